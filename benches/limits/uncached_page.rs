//! Uncached pages, each compared with a bare handler that runs as many indexed queries in one transaction and
//! one blocking task and renders the same template.

use super::BenchResult;
use super::load::{PageRequest, Server, compare};
use super::report::Goal;
use super::shop::{POST_PATH, PRODUCT_PATH, Shop};

const ROUNDS: usize = 11;
/// A page of a list is full with so many.
const EXTRA_PRODUCTS: usize = 40;

/// Measures the rows, each alternating with its bare server, and prints them.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    let server = shop.serve_uncached()?;
    let bare = Server::start_bare(&["bare-page", shop.data_folder()?])?;
    let row = |what: &str, request: PageRequest, limit: &str, goal: Goal| -> BenchResult<()> {
        compare((&server, &bare), (&request, &PageRequest::new(limit)), ROUNDS)?.print(what, goal);
        Ok(())
    };
    let product = PageRequest::new(PRODUCT_PATH);
    row("product page uncached, CPU-ms a request", product, "/product", Goal::AtMost(2.5, 1.5))?;
    row("post uncached", PageRequest::new(POST_PATH), "/post", Goal::AtMost(1.3, 1.05))?;
    shop.add_products(EXTRA_PRODUCTS)?;
    row("list of 24 uncached", PageRequest::new("/shop"), "/list", Goal::AtMost(3.0, 2.0))?;
    Ok(())
}
