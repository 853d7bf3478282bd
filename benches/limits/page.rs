//! Pages that are made, not kept, each beside a bare handler that asks as many indexed questions in one transaction and
//! one hop and renders the same template.

use super::Outcome;
use super::load::{Asked, Server, compare};
use super::shop::{POST, PRODUCT, Shop};
use super::table::Goal;

const ROUNDS: usize = 11;
/// A page of a list is full with so many.
const MORE: usize = 40;

/// Measures the rows, each in turns with its limit, and prints them.
pub fn rows() -> Outcome<()> {
    let shop = Shop::make()?;
    let server = shop.serve()?;
    let bare = Server::bare(&["bare-page", shop.data()?])?;
    let row = |what: &str, asked: Asked, limit: &str, goal: Goal| -> Outcome<()> {
        compare((&server, &bare), (&asked, &Asked::of(limit)), ROUNDS)?.print(what, goal);
        Ok(())
    };
    let product = Asked::anew(PRODUCT, "page");
    row("product page uncached, CPU-ms a request", product, "/product", Goal::Most(2.5, 1.5))?;
    row("post uncached", Asked::anew(POST, "page"), "/post", Goal::Most(1.3, 1.05))?;
    shop.fill(MORE)?;
    // The page is another one for each number; an order that does not exist is the usual one, under another address.
    row("list of 24 uncached", Asked::anew("/shop", "sort"), "/list", Goal::Most(3.0, 2.0))?;
    Ok(())
}
