//! The process: startup time, memory, and size of the binary.

use std::path::Path;
use std::time::{Duration, Instant};

use super::load::{PageRequest, Server};
use super::report::{Goal, Row};
use super::shop::{self, ACCEPT_ENCODING, BINARY, MORE_PRODUCTS, POST_PATH, PRODUCT_PATH, Shop};
use super::{BenchResult, client, median};

const STARTS: usize = 15;
/// More products than the page cache holds.
const EXTRA_PRODUCTS: usize = 3000;
const CONNECTIONS: usize = 64;
/// Duration of the load before memory is measured; stands for an hour.
const LOAD_TIME: Duration = Duration::from_secs(180);
/// Time for work after the start to finish.
const SETTLE_TIME: Duration = Duration::from_secs(2);

/// From the start of the program to its first page, with a thousand products, the median.
pub fn measure_startup() -> BenchResult<()> {
    let shop = Shop::with_scale(1)?;
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let started = Instant::now();
        let server = shop.serve()?;
        client::get_page(server.address(), "/", "")?;
        took.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Row::absolute("cold start to the first 200, 1,000 products", median(took), "ms", Goal::AtMost(40.0, 8.0)).print();
    Ok(())
}

/// Memory after the start, and after many visitors.
pub fn measure_memory() -> BenchResult<()> {
    let shop = Shop::create()?;
    shop.add_products(EXTRA_PRODUCTS)?;
    // A first start finishes the jobs of the sample shop.
    let server = shop.serve()?;
    std::thread::sleep(SETTLE_TIME);
    drop(server);
    let server = shop.serve_dist()?;
    client::get_page(server.address(), "/", "")?;
    std::thread::sleep(SETTLE_TIME);
    let which = if shop::dist_binary().is_some() { ", the file that is shipped" } else { "" };
    let what = format!("memory (PSS) after the start{which}");
    Row::absolute(&what, server.memory_mib()?, "MiB", Goal::AtMost(32.0, 20.0)).print();
    let load = server.run_load(&visitors(&server)?, CONNECTIONS, LOAD_TIME)?;
    let what =
        format!("memory (PSS) after three minutes at 64 connections ({:.0} requests /s)", load.requests_per_second);
    Row::absolute(&what, server.memory_mib()?, "MiB", Goal::AtMost(90.0, 50.0)).print();
    Ok(())
}

/// Cached and uncached pages, of guests, of a visitor with a cart, and of the owner.
fn visitors(server: &Server) -> BenchResult<Vec<PageRequest>> {
    let cart = format!("cookie: {}", shop::create_cart(server.address())?);
    let owner = format!("cookie: {}", shop::log_in_owner(server.address())?);
    let pages = [
        PageRequest::new("/"),
        PageRequest::new(PRODUCT_PATH),
        PageRequest::numbered(MORE_PRODUCTS, EXTRA_PRODUCTS),
        PageRequest::new(PRODUCT_PATH).with_header(&cart),
        PageRequest::new("/shop"),
        PageRequest::new("/search?q=coffee"),
        PageRequest::new("/cart").with_header(&cart),
        PageRequest::new(POST_PATH),
        PageRequest::new("/search?q=tea+towel"),
        PageRequest::new("/admin/products").with_header(&owner),
    ];
    Ok(pages.into_iter().map(|request| request.with_header(ACCEPT_ENCODING)).collect())
}

/// The file that is shipped, if it was built, beside the one that the bench runs.
pub fn measure_binary_size() -> BenchResult<()> {
    let megabytes = |path: &Path| -> BenchResult<f64> { Ok(std::fs::metadata(path)?.len() as f64 / 1_000_000.0) };
    let plain_size = megabytes(Path::new(BINARY))?;
    let Some(dist) = shop::dist_binary() else {
        println!("No file to ship: `cargo build --profile dist` makes it. With its symbols it has {plain_size:.1} MB.");
        return Ok(());
    };
    let what = format!("the file that is shipped (with symbols, less optimised: {plain_size:.1} MB)");
    Row::absolute(&what, megabytes(&dist)?, "MB", Goal::AtMost(60.0, 40.0)).print();
    Ok(())
}
