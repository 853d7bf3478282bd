//! Overload: 64 busy connections, then a thousand idle ones beside them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::BenchResult;
use super::load::{LatencySummary, PageRequest, Server};
use super::report::{Goal, Row};
use super::shop::{ACCEPT_ENCODING, MORE_PRODUCTS, PRODUCT_PATH, Shop};

const BUSY: usize = 64;
/// More products than the page cache holds.
const EXTRA_PRODUCTS: usize = 3000;
const IDLE: usize = 1024;
/// Shorter than the server keeps idle connections.
const TIME: Duration = Duration::from_secs(10);

/// Measures both rows and prints them. An error of any request ends the run.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    shop.add_products(EXTRA_PRODUCTS)?;
    let server = shop.serve()?;
    row("64 connections at full speed, half of the pages from memory", &server)?;
    let idle = (0..IDLE).map(|_| once(server.address())).collect::<BenchResult<Vec<TcpStream>>>()?;
    row("the same beside 1,024 idle connections", &server)?;
    // An idle connection still works.
    let mut last = idle.into_iter().next_back().ok_or("no connections")?;
    ask(&mut last, server.address())?;
    Ok(())
}

fn row(what: &str, server: &Server) -> BenchResult<()> {
    let pages = vec![
        PageRequest::new(PRODUCT_PATH).with_header(ACCEPT_ENCODING),
        PageRequest::numbered(MORE_PRODUCTS, EXTRA_PRODUCTS).with_header(ACCEPT_ENCODING),
    ];
    let load = server.run_load(&pages, BUSY, TIME)?;
    let (waits, rate) = (LatencySummary::from_durations(load.latencies), load.requests_per_second);
    let what = format!("{what}, p99 ({rate:.0} requests /s)");
    Row { latency: Some(waits), ..Row::absolute(&what, waits.p99, "ms", Goal::AtMost(40.0, 40.0)) }.print();
    Ok(())
}

/// A connection that has served a request and stays open.
fn once(address: &str) -> BenchResult<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    ask(&mut stream, address)?;
    Ok(stream)
}

fn ask(stream: &mut TcpStream, address: &str) -> BenchResult<()> {
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n")?;
    // The response is short enough for one read.
    let mut response = [0; 4096];
    let length = stream.read(&mut response)?;
    if response.get(..length).is_some_and(|response| response.starts_with(b"HTTP/1.1 200")) {
        Ok(())
    } else {
        Err("an idle connection was dropped".into())
    }
}
