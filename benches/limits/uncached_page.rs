//! Pages that are made, not kept, each beside a bare handler that asks as many indexed questions in one transaction and
//! one hop and renders the same template.

use super::BenchResult;
use super::load::{PageRequest, Server, compare};
use super::report::Goal;
use super::shop::{POST_PATH, PRODUCT_PATH, Shop};

const ROUNDS: usize = 11;
/// A page of a list is full with so many.
const MORE: usize = 40;

/// Measures the rows, each in turns with its limit, and prints them.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    let server = shop.serve()?;
    let bare = Server::start_bare(&["bare-page", shop.data_folder()?])?;
    let row = |what: &str, asked: PageRequest, limit: &str, goal: Goal| -> BenchResult<()> {
        compare((&server, &bare), (&asked, &PageRequest::new(limit)), ROUNDS)?.print(what, goal);
        Ok(())
    };
    let product = PageRequest::uncached(PRODUCT_PATH, "page");
    row("product page uncached, CPU-ms a request", product, "/product", Goal::AtMost(2.5, 1.5))?;
    row("post uncached", PageRequest::uncached(POST_PATH, "page"), "/post", Goal::AtMost(1.3, 1.05))?;
    shop.add_products(MORE)?;
    // The page is another one for each number; an order that does not exist is the usual one, under another address.
    row("list of 24 uncached", PageRequest::uncached("/shop", "sort"), "/list", Goal::AtMost(3.0, 2.0))?;
    Ok(())
}
