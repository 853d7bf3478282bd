//! A new process takes over the listening socket under load: no request is lost.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tempfile::TempDir;
use tradepost::db::Conn;
use tradepost::schema::products;

use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{Server, command, run_with_input, seed_stocked_shop, send_request, stderr_of, stdout_of};

const VISITORS: usize = 16;
const RESTARTS: usize = 2;
/// Timeout for the slowest machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A keep-alive connection, reopened when the server closes it.
struct Visitor {
    site: SocketAddr,
    stream: Option<TcpStream>,
    cart: String,
}

impl Visitor {
    fn send_request(&mut self, method: &str, path: &str, body: &str) -> std::io::Result<u16> {
        let Visitor { site, cart, .. } = self;
        let cookie = if cart.is_empty() { String::new() } else { format!("cookie: {cart}\r\n") };
        let form = match method {
            "POST" => {
                format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n", body.len())
            }
            _ => String::new(),
        };
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: {site}\r\norigin: http://{site}\r\n{cookie}{form}\r\n{body}");
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => TcpStream::connect(self.site)?,
        };
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.write_all(request.as_bytes())?;
        let (mut got, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            let more = stream.read(&mut buffer)?;
            got.extend_from_slice(&buffer[..more]);
            let end = got.windows(4).position(|four| four == b"\r\n\r\n");
            let Some(end) = end.filter(|_| more > 0) else {
                if more == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                continue;
            };
            let head = String::from_utf8_lossy(&got[..end]).to_lowercase();
            let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
            let length: usize = value("content-length: ").map_or(0, |length| length.parse().unwrap());
            if got.len() < end + 4 + length {
                continue;
            }
            if let Some(cookie) = String::from_utf8_lossy(&got[..end]).split("set-cookie: tp-cart=").nth(1) {
                self.cart = format!("tp-cart={}", cookie.split(';').next().unwrap());
            }
            if value("connection: ") != Some("close") {
                self.stream = Some(stream);
            }
            return Ok(head.split(' ').nth(1).unwrap().parse().unwrap());
        }
    }
}

#[test]
fn a_socket_handover_loses_no_request() {
    let folder = TempDir::new().unwrap();
    let database = postgres_url().map(|_| TestDatabase::new());
    let url = database.as_ref().map(|database| database.url.as_str());
    let variant = seed_stocked_shop(folder.path(), url);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let site = socket.local_addr().unwrap();
    let mut serves = Server::start_on_socket(folder.path(), url, &socket);
    let (enough, request_count, lost) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for number in 0..VISITORS {
            let (enough, request_count, lost, variant) = (&enough, &request_count, &lost, &variant);
            scope.spawn(move || {
                let mut visitor = Visitor { site, stream: None, cart: String::new() };
                let line = format!("variant_id={variant}&quantity=1");
                let mut step = number;
                while !enough.load(Ordering::Relaxed) {
                    // A cart holds a limited number of lines.
                    if step.is_multiple_of(100) {
                        visitor.cart.clear();
                    }
                    let (method, path, body) = match step % 4 {
                        0 => ("POST", "/cart/lines", line.as_str()),
                        1 => ("GET", "/cart", ""),
                        2 => ("GET", "/shop", ""),
                        _ => ("GET", "/", ""),
                    };
                    let response = visitor.send_request(method, path, body);
                    if !matches!(response, Ok(200 | 303)) {
                        eprintln!("{method} {path}: {response:?}");
                        lost.fetch_add(1, Ordering::Relaxed);
                    }
                    request_count.fetch_add(1, Ordering::Relaxed);
                    step += 1;
                }
            });
        }
        let go_on = |more: usize| {
            let wanted = request_count.load(Ordering::Relaxed) + more;
            while request_count.load(Ordering::Relaxed) < wanted && lost.load(Ordering::Relaxed) == 0 {
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        for _ in 0..RESTARTS {
            go_on(200);
            let next = Server::start_on_socket(folder.path(), url, &socket);
            assert_eq!(next.address, site);
            assert!(serves.stop(), "the old process did not end well");
            serves = next;
        }
        go_on(200);
        enough.store(true, Ordering::Relaxed);
    });
    eprintln!("{} requests over {RESTARTS} restarts", request_count.load(Ordering::Relaxed));
    assert_eq!(lost.load(Ordering::Relaxed), 0, "requests were lost");
    drop(serves);
    let audit = run_with_input(command(folder.path(), url, &["audit"]), "");
    assert!(audit.status.success(), "{}{}", stdout_of(&audit), stderr_of(&audit));
}

#[test]
fn two_processes_on_one_sqlite_file_see_each_others_writes() {
    if postgres_url().is_some() {
        return;
    }
    let folder = TempDir::new().unwrap();
    seed_stocked_shop(folder.path(), None);
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let one = Server::start(folder.path(), None, &[]);
    let other = Server::start_on_socket(folder.path(), None, &socket);
    let shows = |server: &Server, title: &str| {
        send_request(server.address, "GET", "/shop", "", &[]).unwrap().text().contains(title)
    };
    assert!(shows(&one, "Mug") && shows(&other, "Mug"));
    let mut conn = Conn::open(&format!("sqlite://{}", folder.path().join("tradepost.db").display()), false).unwrap();
    diesel::update(products::table).set(products::title.eq("Beaker")).execute(&mut conn).unwrap();
    let started = Instant::now();
    while !(shows(&one, "Beaker") && shows(&other, "Beaker")) {
        assert!(started.elapsed() < TIMEOUT, "a page stays as it was");
    }
}

#[test]
fn a_socket_for_another_process_is_ignored() {
    let folder = TempDir::new().unwrap();
    let database = postgres_url().map(|_| TestDatabase::new());
    let url = database.as_ref().map(|database| database.url.as_str());
    seed_stocked_shop(folder.path(), url);
    let mut another = command(folder.path(), url, &[]);
    let shop = Server::spawn(another.env("LISTEN_FDS", "1").env("LISTEN_PID", "1")).unwrap();
    assert_eq!(send_request(shop.address, "GET", "/healthz", "", &[]).unwrap().status, 200);
}
