//! An unresponsive database: requests that need it get 503, cached pages work, and everything recovers.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tempfile::TempDir;
use tradepost::db::Conn;
use url::Url;

use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{Response, Server, seed_stocked_shop, send_request};

/// Timeout for the slowest machine.
const TIMEOUT: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);
const BUYERS: usize = 40;

fn get(site: SocketAddr, path: &str) -> Response {
    send_request(site, "GET", path, "", &[]).unwrap()
}

fn is_busy(response: &Response) -> bool {
    response.status == 503 && response.header("retry-after").is_some()
}

/// Asserts that cached pages, static files and the health check work.
fn assert_cached_pages_work(site: SocketAddr, style: &str) {
    for path in ["/", "/shop", style, "/healthz"] {
        let response = get(site, path);
        assert_eq!(response.status, 200, "{path}: {}", response.head);
    }
}

/// Fills the page cache; returns the address of a static file.
fn first_visit(site: SocketAddr) -> String {
    assert_eq!(get(site, "/shop").status, 200);
    get(site, "/").attributes("link[rel=stylesheet]", "href").remove(0)
}

#[test]
fn r59_queued_writes_are_refused_together_while_the_file_is_locked() {
    if postgres_url().is_some() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let variant = seed_stocked_shop(folder.path(), None);
    let shop = Server::start(folder.path(), None, &[]);
    let site = shop.address;
    let style = first_visit(site);
    let line = [("variant_id", variant.as_str()), ("quantity", "1")];
    let mut other = Conn::open(&format!("sqlite://{}", folder.path().join("tradepost.db").display()), false).unwrap();
    other.batch_execute("BEGIN EXCLUSIVE").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..BUYERS {
            // In sequence they would exceed the client's timeout.
            scope.spawn(|| {
                let response = send_request(site, "POST", "/cart/lines", "", &line).unwrap();
                assert!(is_busy(&response), "{}", response.head);
            });
        }
        assert_cached_pages_work(site, &style);
        assert_eq!(get(site, "/search?q=mug").status, 200, "reading needs no lock");
    });
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(send_request(site, "POST", "/cart/lines", "", &line).unwrap().status, 303);
}

/// A TCP proxy to the database that can be blocked.
struct Proxy {
    address: SocketAddr,
    state: Arc<AtomicU8>,
}

const OPEN: u8 = 0;
/// Forwards nothing and closes nothing.
const SILENT: u8 = 1;
/// Refuses connections.
const GONE: u8 = 2;

impl Proxy {
    fn to(database: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, state) = (listener.local_addr().unwrap(), Arc::new(AtomicU8::new(OPEN)));
        let received = state.clone();
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                if received.load(Ordering::SeqCst) == GONE {
                    continue;
                }
                let outer = TcpStream::connect(database).unwrap();
                for (from, to) in [(&inner, &outer), (&outer, &inner)] {
                    let (from, to, received) = (from.try_clone().unwrap(), to.try_clone().unwrap(), received.clone());
                    std::thread::spawn(move || carry(from, to, &received));
                }
            }
        });
        Proxy { address, state }
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, state: &AtomicU8) {
    from.set_read_timeout(Some(TICK)).unwrap();
    let mut buffer = [0; 16 * 1024];
    loop {
        match state.load(Ordering::SeqCst) {
            SILENT => {
                std::thread::sleep(TICK);
                continue;
            }
            GONE => break,
            _ => {}
        }
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(some) => {
                if to.write_all(&buffer[..some]).is_err() {
                    break;
                }
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    let _gone = from.shutdown(Shutdown::Both);
    let _gone = to.shutdown(Shutdown::Both);
}

#[test]
fn cached_pages_work_without_the_database_server() {
    if postgres_url().is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::new();
    let mut url = Url::parse(&database.url).unwrap();
    let host = url.socket_addrs(|| Some(5432)).unwrap().remove(0);
    seed_stocked_shop(folder.path(), Some(&database.url));
    let proxy = Proxy::to(host);
    url.set_ip_host(proxy.address.ip()).unwrap();
    url.set_port(Some(proxy.address.port())).unwrap();
    let shop = Server::start(folder.path(), Some(url.as_str()), &[]);
    let site = shop.address;
    let style = first_visit(site);
    for state in [GONE, SILENT] {
        proxy.set(state);
        std::thread::scope(|scope| {
            for path in ["/search?q=mug", "/cart", "/products/mug", "/readyz"] {
                scope.spawn(move || {
                    let response = get(site, path);
                    assert!(path == "/cart" || is_busy(&response), "{path}: {}", response.head);
                });
            }
            assert_cached_pages_work(site, &style);
        });
        proxy.set(OPEN);
        let started = Instant::now();
        while [get(site, "/search?q=mug").status, get(site, "/readyz").status] != [200, 200] {
            assert!(started.elapsed() < TIMEOUT, "the database is back, and the site is not");
            std::thread::sleep(TICK);
        }
    }
}
