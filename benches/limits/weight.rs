//! How much HTML travels, packed as a browser takes it.

use super::Outcome;
use super::client::{header, settled};
use super::shop::{self, BROWSER, POST, PRODUCT, Shop};
use super::table::{Goal, Row};

/// Weighs the pages and prints a row each.
pub fn rows() -> Outcome<()> {
    let shop = Shop::make()?;
    let server = shop.serve()?;
    let cart = format!("cookie: {}\r\n", shop::cart(server.address())?);
    for (what, path, cookie) in [
        ("product", PRODUCT, ""),
        ("post", POST, ""),
        ("list", "/shop", ""),
        ("product, with a cart", PRODUCT, &cart),
        ("cart", "/cart", &cart),
    ] {
        let (head, body) = settled(server.address(), path, &format!("{BROWSER}\r\n{cookie}"))?;
        let what = format!("HTML of a page: {what} ({})", header(&head, "content-encoding").ok_or("not packed")?);
        let kilobytes = body.len() as f64 / 1000.0;
        Row::absolute(&what, kilobytes, "kB", Goal::Most(5.0, 3.0)).print();
    }
    Ok(())
}
