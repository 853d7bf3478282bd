//! A list of the admin, logged in as the owner.

use super::BenchResult;
use super::load::{PageRequest, measure};
use super::report::{Goal, Row};
use super::shop::{self, Shop};

const ROUNDS: usize = 11;
/// A page of the list is full with so many.
const EXTRA_PRODUCTS: usize = 40;

/// Measures the row and prints it.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    shop.add_products(EXTRA_PRODUCTS)?;
    let server = shop.serve()?;
    let cookie = shop::log_in_owner(server.address())?;
    let request = PageRequest::new("/admin/products").with_header(&format!("cookie: {cookie}"));
    let (cost, latencies) = measure(&server, &request, ROUNDS)?;
    drop(server);
    let row = Row::absolute("admin product list of 30 rows, a request", cost, "CPU-ms", Goal::AtMost(0.5, 0.25));
    Row { latency: Some(latencies), ..row }.print();
    Ok(())
}
