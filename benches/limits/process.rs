//! The program as a process: how soon it answers, what it takes of memory, how large its file is.

use std::path::Path;
use std::time::{Duration, Instant};

use super::load::{Asked, Server};
use super::shop::{self, BROWSER, POST, PRODUCT, PROGRAM, Shop};
use super::table::{Goal, Row};
use super::{Outcome, client, median};

const STARTS: usize = 15;
const CONNECTIONS: usize = 64;
/// How long visitors come before memory is looked at; stands in for an hour.
const LONG: Duration = Duration::from_secs(180);
/// What is done after a start is done by then.
const SETTLED: Duration = Duration::from_secs(2);

/// From the start of the program to its first page, with a thousand products, the median.
pub fn start() -> Outcome<()> {
    let shop = Shop::of(1)?;
    let mut took = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let server = shop.serve()?;
        client::bytes(server.address(), "/", "")?;
        took.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    Row::absolute("cold start to the first 200, 1,000 products", median(took), "ms", Goal::Most(40.0, 8.0)).print();
    Ok(())
}

/// Memory after the start, and after many visitors.
pub fn memory() -> Outcome<()> {
    let shop = Shop::make()?;
    // What the sample shop left to be done is done by a start before, so that this is one like any other.
    let server = shop.serve()?;
    std::thread::sleep(SETTLED);
    drop(server);
    let server = shop.serve_shipped()?;
    client::bytes(server.address(), "/", "")?;
    std::thread::sleep(SETTLED);
    let which = if shop::shipped().is_some() { ", the file that is shipped" } else { "" };
    let what = format!("memory (PSS) after the start{which}");
    Row::absolute(&what, server.memory()?, "MiB", Goal::Most(32.0, 20.0)).print();
    let load = server.load(&visitors(&server)?, CONNECTIONS, LONG)?;
    let what = format!("memory (PSS) after three minutes at 64 connections ({:.0} requests /s)", load.rate);
    Row::absolute(&what, server.memory()?, "MiB", Goal::Most(90.0, 50.0)).print();
    Ok(())
}

/// All sorts of pages: kept, made anew, of somebody with a cart, of the owner.
fn visitors(server: &Server) -> Outcome<Vec<Asked>> {
    let cart = format!("cookie: {}", shop::cart(server.address())?);
    let owner = format!("cookie: {}", shop::owner(server.address())?);
    let pages = [
        Asked::of("/"),
        Asked::of(PRODUCT),
        Asked::anew(PRODUCT, "page"),
        Asked::of(PRODUCT).with(&cart),
        Asked::of("/shop"),
        Asked::anew("/shop", "sort"),
        Asked::of("/cart").with(&cart),
        Asked::of(POST),
        Asked::anew(POST, "page"),
        Asked::of("/admin/products").with(&owner),
    ];
    Ok(pages.into_iter().map(|asked| asked.with(BROWSER)).collect())
}

/// The file that is shipped, if it was built, beside the one that the bench runs.
pub fn size() -> Outcome<()> {
    let megabytes = |path: &Path| -> Outcome<f64> { Ok(std::fs::metadata(path)?.len() as f64 / 1_000_000.0) };
    let plain_size = megabytes(Path::new(PROGRAM))?;
    let Some(dist) = shop::shipped() else {
        println!("No file to ship: `cargo build --profile dist` makes it. With its symbols it has {plain_size:.1} MB.");
        return Ok(());
    };
    let what = format!("the file that is shipped (with symbols, less optimised: {plain_size:.1} MB)");
    Row::absolute(&what, megabytes(&dist)?, "MB", Goal::Most(60.0, 40.0)).print();
    Ok(())
}
