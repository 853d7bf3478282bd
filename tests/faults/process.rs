//! The process: signals, shutdown, system limits, and a log that is read slowly or not at all.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{
    Server, command, run_with_input, seed_stocked_shop, send_raw, send_request, send_request_from, stderr_of, stdout_of,
};

const RECOVERY_LIMIT: Duration = Duration::from_secs(15);

/// A data folder with an open shop.
struct Place {
    folder: TempDir,
    database: Option<TestDatabase>,
    variant: String,
}

impl Place {
    fn new() -> Place {
        let folder = TempDir::new().unwrap();
        let database = postgres_url().map(|_| TestDatabase::new());
        let variant = seed_stocked_shop(folder.path(), database.as_ref().map(|database| database.url.as_str()));
        Place { folder, database, variant }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(self.folder.path(), self.database.as_ref().map(|database| database.url.as_str()), arguments)
    }

    /// A server that logs everything into a file.
    fn logging(&self, format: &str) -> Server {
        let mut serve = self.command(&["--trusted-proxies", "127.0.0.1/32", "--log-format", format]);
        let log = File::create(self.folder.path().join("log")).unwrap();
        Server::spawn(serve.env("TRADEPOST_LOG", "info").stderr(log)).unwrap()
    }

    /// Waits until the log has a line with all `words`.
    fn line(&self, words: &[&str]) -> String {
        let started = Instant::now();
        loop {
            let text = self.log();
            if let Some(line) = text.lines().find(|line| words.iter().all(|word| line.contains(word))) {
                return line.to_owned();
            }
            assert!(started.elapsed() < RECOVERY_LIMIT, "no line with {words:?} in {text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

#[test]
fn a_server_without_connections_stops_at_once() {
    let place = Place::new();
    for signal in ["TERM", "INT"] {
        let mut shop = place.logging("text");
        assert_eq!(send_request(shop.address, "GET", "/", "", &[]).unwrap().status, 200);
        let started = Instant::now();
        shop.send_signal(signal);
        while !shop.has_exited() {
            std::thread::sleep(Duration::from_millis(10));
        }
        let took = started.elapsed();
        assert!(took < Duration::from_millis(1_800), "{signal}: it took {took:?}");
    }
}

#[test]
fn a_stopping_server_is_not_ready_and_finishes_open_requests() {
    let place = Place::new();
    let mut shop =
        Server::start(place.folder.path(), place.database.as_ref().map(|database| database.url.as_str()), &[]);
    let site = shop.address;
    let mut kept = TcpStream::connect(site).unwrap();
    kept.set_read_timeout(Some(RECOVERY_LIMIT)).unwrap();
    let mut say = |path: &str| {
        kept.write_all(format!("GET {path} HTTP/1.1\r\nhost: {site}\r\n\r\n").as_bytes()).unwrap();
        let mut buffer = [0; 64 * 1024];
        let some = kept.read(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..some]).into_owned()
    };
    assert!(say("/readyz").starts_with("HTTP/1.1 200"));
    shop.send_signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    let response = say("/readyz");
    assert!(response.starts_with("HTTP/1.1 503") && response.contains("not ready: stopping"), "{response}");
    assert!(response.to_lowercase().contains("connection: close"), "{response}");
    assert!(shop.stop());
}

#[test]
fn sighup_does_not_stop_the_server() {
    let place = Place::new();
    let mut shop = place.logging("text");
    for _ in 0..3 {
        shop.send_signal("HUP");
    }
    place.line(&["SIGHUP"]);
    assert_eq!(send_request(shop.address, "GET", "/healthz", "", &[]).unwrap().status, 200);
    assert!(!shop.has_exited() && shop.stop(), "it ends as asked, and well");
}

#[test]
fn a_blocked_log_pipe_stops_no_request() {
    let place = Place::new();
    let mut serve = place.command(&[]);
    // A pipe holds 64 KiB; further writes block.
    let mut shop = Server::spawn(serve.env("TRADEPOST_LOG", "info").stderr(Stdio::piped())).unwrap();
    for number in 0..1_500 {
        let response = send_request(shop.address, "GET", "/healthz/none", "", &[]);
        assert_eq!(response.map_or(0, |response| response.status), 404, "after {number} requests");
    }
    assert!(shop.stop(), "and it ends all the same");
}

#[test]
fn a_closed_log_pipe_stops_no_request() {
    let place = Place::new();
    let mut serve = place.command(&[]);
    let mut shop = Server::spawn(serve.env("TRADEPOST_LOG", "info").stderr(Stdio::piped())).unwrap();
    shop.close_stderr();
    for _ in 0..50 {
        assert_eq!(send_request(shop.address, "GET", "/", "", &[]).unwrap().status, 200);
    }
    assert!(shop.stop());
}

#[test]
fn a_low_open_file_limit_is_a_one_line_error() {
    let place = Place::new();
    for (limit, starts) in [(24, false), (40, false), (200, true)] {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" --bind 127.0.0.1:0")]);
        shell.arg(env!("CARGO_BIN_EXE_tradepost")).env("TRADEPOST_DATA", place.folder.path());
        shell.current_dir(place.folder.path()).env("TRADEPOST_LOG", "error");
        if let Some(database) = &place.database {
            shell.env("DATABASE_URL", &database.url);
        }
        if starts {
            let shop = Server::spawn(&mut shell).unwrap();
            assert_eq!(send_request(shop.address, "GET", "/", "", &[]).unwrap().status, 200);
            continue;
        }
        let done = run_with_input(shell, "");
        let line = stderr_of(&done);
        assert_eq!(done.status.code(), Some(1), "{line}");
        assert!(line.contains("ulimit -n") && line.contains("LimitNOFILE") && line.lines().count() == 1, "{line}");
        assert!(!line.contains("panicked"), "{line}");
    }
}

#[test]
fn each_request_logs_one_line() {
    let place = Place::new();
    let owner = ["account", "create", "--email", "o@log.example", "--name", "O", "--role", "owner", "--password-stdin"];
    assert!(run_with_input(place.command(&owner), "violet kettle seven harbour\n").status.success());
    let shop = place.logging("text");
    let site = shop.address;
    let from = |from: &str, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]| {
        send_request_from(from, site, site, method, path, cookie, form).unwrap()
    };
    // A cache miss and a hit.
    for _ in 0..2 {
        assert_eq!(from("203.0.113.7", "GET", "/shop?token=plughxyzzy", "", &[]).status, 200);
    }
    let made = place.line(&["203.0.113.7", "GET"]);
    for part in
        ["INFO", "request_id=", "client=203.0.113.7", "method=GET", "route=\"/shop\"", "status=200", "ms=", "bytes="]
    {
        assert!(made.contains(part), "{part} in {made}");
    }
    assert!(made.contains("handler=\"shop::products::index\""), "{made}");
    let started = Instant::now();
    while place.log().matches("route=\"/shop\"").count() < 2 {
        assert!(started.elapsed() < RECOVERY_LIMIT, "a cached page logs no line: {}", place.log());
    }
    // The login.
    let wrong = from("203.0.113.8", "POST", "/login", "", &[("email", "o@log.example"), ("password", "not this one")]);
    assert_eq!(wrong.status, 422);
    let line = place.line(&["event=\"login_failed\" client=\"203.0.113.8\""]);
    assert!(line.contains("WARN"), "{line}");
    assert!(place.line(&["client=203.0.113.8", "status=422"]).contains("INFO"));
    let right = [("email", "o@log.example"), ("password", "violet kettle seven harbour")];
    let cookie = from("203.0.113.9", "POST", "/login", "", &right).cookie().unwrap();
    assert_eq!(from("203.0.113.9", "GET", "/admin", &cookie, &[]).status, 200);
    let line = place.line(&["route=\"/admin\"", "status=200"]);
    assert!(line.contains("account=1") && line.contains("client=203.0.113.9"), "{line}");
    // A foreign host.
    let forged = send_raw(
        site,
        &format!(
            "POST /cart/lines HTTP/1.1\r\nhost: {site}\r\norigin: http://evil.example\r\nx-forwarded-for: 203.0.113.10\r\n"
        ),
        "",
    );
    assert_eq!(forged.unwrap().status, 403);
    assert!(place.line(&["event=\"forged\" client=\"203.0.113.10\""]).contains("WARN"));
    let lost = send_raw(site, "GET / HTTP/1.1\r\nhost: evil.example\r\n", "").unwrap();
    assert_eq!((lost.status, lost.body.len()), (421, 0));
    assert!(place.line(&["event=\"wrong_host\""]).contains("WARN"));
    // A malformed request is not a server error.
    for junk in ["GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\u{1} HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut stream = TcpStream::connect(site).unwrap();
        stream.set_read_timeout(Some(RECOVERY_LIMIT)).unwrap();
        stream.write_all(junk.as_bytes()).unwrap();
        let _answer = stream.read_to_end(&mut Vec::new());
    }
    // Health checks are not logged.
    for path in ["/healthz", "/readyz"] {
        assert_eq!(send_request(site, "GET", path, "", &[]).unwrap().status, 200);
    }
    assert_eq!(from("203.0.113.11", "GET", "/blog", "", &[]).status, 200);
    place.line(&["client=203.0.113.11"]);
    let log = place.log();
    assert!(!log.contains('\u{1b}'), "colours in a file: {log}");
    assert!(!log.contains("ERROR") && !log.contains("/readyz") && !log.contains("/healthz"), "{log}");
    for secret in ["plughxyzzy", "violet", "not this one", "o@log.example", cookie.split('=').nth(1).unwrap()] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn r73_json_log_lines_are_valid() {
    let place = Place::new();
    let shop = place.logging("json");
    let line = [("variant_id", place.variant.as_str()), ("quantity", "1")];
    let added = send_request_from("203.0.113.7", shop.address, shop.address, "POST", "/cart/lines", "", &line).unwrap();
    assert_eq!(added.status, 303);
    let line: serde_json::Value = serde_json::from_str(&place.line(&["/cart/lines"])).unwrap();
    let fields = &line["fields"];
    assert_eq!(
        (&fields["client"], &fields["status"], &fields["method"]),
        (&"203.0.113.7".into(), &303.into(), &"POST".into())
    );
    assert_eq!(fields["handler"], "shop::cart_lines::create");
    assert!(fields["ms"].is_number() && fields["bytes"].is_number(), "{line}");
}

#[test]
fn a_large_demo_leaves_a_small_wal() {
    if postgres_url().is_some() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let done = run_with_input(command(folder.path(), None, &["demo"]), "");
    assert!(done.status.success(), "{}{}", stdout_of(&done), stderr_of(&done));
    let log = std::fs::metadata(folder.path().join("tradepost.db-wal")).map_or(0, |file| file.len());
    assert!(log < 1024 * 1024, "{log} bytes lie in the log");
}
