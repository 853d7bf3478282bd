//! More visitors than there is room for: 64 connections that never pause, then a thousand idle ones beside them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::BenchResult;
use super::load::{LatencySummary, PageRequest, Server};
use super::report::{Goal, Row};
use super::shop::{ACCEPT_ENCODING, PRODUCT_PATH, Shop};

const BUSY: usize = 64;
const IDLE: usize = 1024;
/// Shorter than the server keeps idle connections.
const TIME: Duration = Duration::from_secs(10);

/// Measures both rows and prints them. An error of any request ends the run.
pub fn run() -> BenchResult<()> {
    let shop = Shop::create()?;
    let server = shop.serve()?;
    row("64 connections at full speed, half of the pages from memory", &server)?;
    let idle = (0..IDLE).map(|_| once(server.address())).collect::<BenchResult<Vec<TcpStream>>>()?;
    row("the same beside 1,024 idle connections", &server)?;
    // One that was idle all the while is answered still.
    let mut last = idle.into_iter().next_back().ok_or("no connections")?;
    ask(&mut last, server.address())?;
    Ok(())
}

fn row(what: &str, server: &Server) -> BenchResult<()> {
    let pages = vec![
        PageRequest::new(PRODUCT_PATH).with_header(ACCEPT_ENCODING),
        PageRequest::uncached(PRODUCT_PATH, "page").with_header(ACCEPT_ENCODING),
    ];
    let load = server.run_load(&pages, BUSY, TIME)?;
    let (waits, rate) = (LatencySummary::from_durations(load.latencies), load.requests_per_second);
    let what = format!("{what}, p99 ({rate:.0} requests /s)");
    Row { latency: Some(waits), ..Row::absolute(&what, waits.p99, "ms", Goal::AtMost(40.0, 40.0)) }.print();
    Ok(())
}

/// A connection on which something was asked, and which stays open.
fn once(address: &str) -> BenchResult<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    ask(&mut stream, address)?;
    Ok(stream)
}

fn ask(stream: &mut TcpStream, address: &str) -> BenchResult<()> {
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: {address}\r\n\r\n")?;
    // So short an answer comes in one piece.
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer)?;
    if answer.get(..length).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 200")) {
        Ok(())
    } else {
        Err("an idle connection was dropped".into())
    }
}
