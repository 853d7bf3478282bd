//! A database that does not answer: what needs it is told so, what does not goes on, and all is well afterwards.

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

/// Long enough for everybody on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);
const BUYERS: usize = 40;

fn get(site: SocketAddr, path: &str) -> Response {
    send_request(site, "GET", path, "", &[]).unwrap()
}

fn is_busy(answer: &Response) -> bool {
    answer.status == 503 && answer.header("retry-after").is_some()
}

/// What needs no database: pages that were shown before, static files, the sign of life.
fn what_is_kept_goes_on(site: SocketAddr, style: &str) {
    for path in ["/", "/shop", style, "/healthz"] {
        let answer = get(site, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.head);
    }
}

/// Shows what will be kept; a static file's address.
fn first_visit(site: SocketAddr) -> String {
    assert_eq!(get(site, "/shop").status, 200);
    get(site, "/").attributes("link[rel=stylesheet]", "href").remove(0)
}

#[test]
fn writes_are_refused_together_while_somebody_else_holds_the_file() {
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
            // One after the other they would wait for longer than the client does.
            scope.spawn(|| {
                let answer = send_request(site, "POST", "/cart/lines", "", &line).unwrap();
                assert!(is_busy(&answer), "{}", answer.head);
            });
        }
        what_is_kept_goes_on(site, &style);
        assert_eq!(get(site, "/search?q=mug").status, 200, "reading needs no lock");
    });
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(send_request(site, "POST", "/cart/lines", "", &line).unwrap().status, 303);
}

/// A way to the database that can be blocked.
struct Way {
    address: SocketAddr,
    state: Arc<AtomicU8>,
}

const OPEN: u8 = 0;
/// Nothing comes through, and nobody is told.
const SILENT: u8 = 1;
/// Nobody is there.
const GONE: u8 = 2;

impl Way {
    fn to(database: SocketAddr) -> Way {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, state) = (listener.local_addr().unwrap(), Arc::new(AtomicU8::new(OPEN)));
        let told = state.clone();
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                if told.load(Ordering::SeqCst) == GONE {
                    continue;
                }
                let outer = TcpStream::connect(database).unwrap();
                for (from, to) in [(&inner, &outer), (&outer, &inner)] {
                    let (from, to, told) = (from.try_clone().unwrap(), to.try_clone().unwrap(), told.clone());
                    std::thread::spawn(move || carry(from, to, &told));
                }
            }
        });
        Way { address, state }
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
fn pages_go_on_without_the_server_of_the_database() {
    if postgres_url().is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let database = TestDatabase::new();
    let mut url = Url::parse(&database.url).unwrap();
    let host = url.socket_addrs(|| Some(5432)).unwrap().remove(0);
    seed_stocked_shop(folder.path(), Some(&database.url));
    let way = Way::to(host);
    url.set_ip_host(way.address.ip()).unwrap();
    url.set_port(Some(way.address.port())).unwrap();
    let shop = Server::start(folder.path(), Some(url.as_str()), &[]);
    let site = shop.address;
    let style = first_visit(site);
    for state in [GONE, SILENT] {
        way.set(state);
        std::thread::scope(|scope| {
            for path in ["/search?q=mug", "/cart", "/products/mug", "/readyz"] {
                scope.spawn(move || {
                    let answer = get(site, path);
                    assert!(path == "/cart" || is_busy(&answer), "{path}: {}", answer.head);
                });
            }
            what_is_kept_goes_on(site, &style);
        });
        way.set(OPEN);
        let begun = Instant::now();
        while [get(site, "/search?q=mug").status, get(site, "/readyz").status] != [200, 200] {
            assert!(begun.elapsed() < PATIENCE, "the database is back, and the site is not");
            std::thread::sleep(TICK);
        }
    }
}
