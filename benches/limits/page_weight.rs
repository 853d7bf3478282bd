//! The compressed size of pages.

use super::BenchResult;
use super::client::{get_recompressed, header};
use super::report::{Goal, Row};
use super::shop::{self, ACCEPT_ENCODING, POST_PATH, PRODUCT_PATH, Shop};

/// Prints the size of each page.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    let server = shop.serve()?;
    let cart = format!("cookie: {}\r\n", shop::create_cart(server.address())?);
    for (what, path, cookie) in [
        ("product", PRODUCT_PATH, ""),
        ("post", POST_PATH, ""),
        ("list", "/shop", ""),
        ("product, with a cart", PRODUCT_PATH, &cart),
        ("cart", "/cart", &cart),
    ] {
        let (head, body) = get_recompressed(server.address(), path, &format!("{ACCEPT_ENCODING}\r\n{cookie}"))?;
        let what = format!("HTML of a page: {what} ({})", header(&head, "content-encoding").ok_or("not packed")?);
        let kilobytes = body.len() as f64 / 1000.0;
        Row::absolute(&what, kilobytes, "kB", Goal::AtMost(5.0, 3.0)).print();
    }
    Ok(())
}
