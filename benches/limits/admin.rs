//! A list of the admin, signed in as the owner: what it costs in all, as nobody else's is on this stack.

use super::Outcome;
use super::load::{Asked, measure};
use super::shop::{self, Shop};
use super::table::{Goal, Row};

const ROUNDS: usize = 11;
/// A page of the list is full with so many.
const MORE: usize = 40;

/// Measures the row and prints it.
pub fn row() -> Outcome<()> {
    let shop = Shop::make()?;
    shop.fill(MORE)?;
    let server = shop.serve()?;
    let cookie = shop::owner(server.address())?;
    let asked = Asked::of("/admin/products").with(&format!("cookie: {cookie}"));
    let (cost, waits) = measure(&server, &asked, ROUNDS)?;
    drop(server);
    let row = Row::absolute("admin product list of 30 rows, a request", cost, "CPU-ms", Goal::Most(0.5, 0.25));
    Row { waits: Some(waits), ..row }.print();
    Ok(())
}
