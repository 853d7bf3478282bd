//! Stalled clients of every kind: each is disconnected, and other visitors notice nothing.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{Server, seed_stocked_shop, send_request};

/// Timeout for the slowest machine.
const TIMEOUT: Duration = Duration::from_secs(120);
const TICK: Duration = Duration::from_millis(500);

/// Sends a start and then a few bytes repeatedly until the server closes; returns the response.
fn send_slowly(server: SocketAddr, beginning: &str, bytes: &str) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(TICK)).unwrap();
    stream.write_all(beginning.as_bytes()).unwrap();
    let (mut got, started) = (Vec::new(), Instant::now());
    let mut buffer = [0; 4096];
    while started.elapsed() < TIMEOUT {
        match stream.read(&mut buffer) {
            Ok(0) => return String::from_utf8_lossy(&got).into_owned(),
            Ok(more) => got.extend_from_slice(&buffer[..more]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                // If it was just closed, the next read reports it.
                let _cut = stream.write_all(bytes.as_bytes());
            }
            Err(_) => return String::from_utf8_lossy(&got).into_owned(),
        }
    }
    panic!("nobody ended this: {beginning:?}, answered by {:?}", String::from_utf8_lossy(&got));
}

#[test]
fn r61_stalled_clients_are_disconnected() {
    let folder = TempDir::new().unwrap();
    let database = postgres_url().map(|_| TestDatabase::new());
    let url = database.as_ref().map(|database| database.url.as_str());
    seed_stocked_shop(folder.path(), url);
    let stripe = [
        "--stripe-secret-key",
        "sk_test_slow",
        "--stripe-webhook-secret",
        "whsec_slow",
        "--stripe-api-base",
        "http://127.0.0.1:1",
    ];
    let shop = Server::start(folder.path(), url, &stripe);
    let site = shop.address;
    assert_eq!(send_request(site, "GET", "/", "", &[]).unwrap().status, 200);
    let at_first = shop.open_socket_count();

    let host = format!("host: {site}\r\norigin: http://{site}\r\n");
    let post = |path: &str, kind: &str, length: &str| {
        format!("POST {path} HTTP/1.1\r\n{host}content-type: {kind}\r\n{length}\r\n\r\n")
    };
    let (form, files) = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x");
    let (long, chunked) = ("content-length: 50000", "transfer-encoding: chunked");
    let part = "--x\r\ncontent-disposition: form-data; name=\"f\"\r\n\r\n";
    let (byte, chunk) = ("a", "1\r\na\r\n");
    let cases = [
        ("408", format!("GET / HTTP/1.1\r\n{host}x: "), byte),
        ("", format!("GET / HTTP/1.1\r\n{host}\r\nGET / HTTP/1.1\r\n{host}x: "), byte),
        ("408", post("/cart/lines", form, long), byte),
        ("408", post("/cart/lines", form, chunked), chunk),
        ("408", post("/login", files, long) + part, byte),
        ("408", post("/webhooks/stripe", "application/json", long), byte),
        ("408", post("/webhooks/stripe", "application/json", chunked), chunk),
        ("404", post("/nowhere", form, long), byte),
        ("404", post("/nowhere", form, chunked), chunk),
        ("200", format!("GET / HTTP/1.1\r\n{host}{long}\r\n\r\n"), byte),
        ("200", format!("GET / HTTP/1.1\r\n{host}{chunked}\r\n\r\n"), chunk),
        ("303", format!("GET /admin HTTP/1.1\r\n{host}{chunked}\r\n\r\n"), chunk),
    ];
    // Requests a large response and reads nothing.
    let pages = format!("GET / HTTP/1.1\r\n{host}\r\n").repeat(1000);
    let reader = TcpStream::connect(site).unwrap();
    (&reader).write_all(pages.as_bytes()).unwrap();
    std::thread::scope(|scope| {
        for (status, beginning, bytes) in &cases {
            scope.spawn(move || {
                let response = send_slowly(site, beginning, bytes);
                let status_code = response.split(' ').nth(1).unwrap_or_default();
                assert!(status.is_empty() || status_code == *status, "{status_code} after {beginning}");
                assert!(status_code != "408" || response.contains("connection: close"), "{response}");
            });
        }
        assert_eq!(send_request(site, "GET", "/", "", &[]).unwrap().status, 200);
    });
    let started = Instant::now();
    while shop.open_socket_count() > at_first {
        assert!(started.elapsed() < TIMEOUT, "{} connections are open, {at_first} were", shop.open_socket_count());
        std::thread::sleep(TICK);
    }
    drop(reader);
}
