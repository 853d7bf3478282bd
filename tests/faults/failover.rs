//! PostgreSQL that goes away in ways that nobody announces, with buyers beside it: orders go on by themselves soon
//! afterwards, and what a buyer was told holds.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tempfile::TempDir;
use tradepost::db::Conn;
use url::Url;

use super::kill::place_order;
use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{Server, command, run_with_input, seed_stocked_shop, send_request, stderr_of, stdout_of};

const BUYERS: usize = 3;
/// How soon orders must go on.
const SOON: Duration = Duration::from_secs(15);
/// Long enough for everybody on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);

/// A way to the database on which old connections can be made silent: nothing comes through, and nobody is told.
struct Way {
    address: SocketAddr,
    opened: Arc<AtomicUsize>,
    silent: Arc<AtomicUsize>,
}

impl Way {
    fn to(database: SocketAddr) -> Way {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Way { address: listener.local_addr().unwrap(), opened: Arc::default(), silent: Arc::default() };
        let (opened, silent) = (way.opened.clone(), way.silent.clone());
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                let number = opened.fetch_add(1, Ordering::SeqCst);
                let Ok(outer) = TcpStream::connect(database) else { continue };
                for (from, to) in [(&inner, &outer), (&outer, &inner)] {
                    let (from, to, silent) = (from.try_clone().unwrap(), to.try_clone().unwrap(), silent.clone());
                    std::thread::spawn(move || carry(from, to, number, &silent));
                }
            }
        });
        way
    }

    /// Connections that were opened before are silent from now on.
    fn silence_old(&self) {
        self.silent.store(self.opened.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn silence_all(&self, silent: bool) {
        self.silent.store(if silent { usize::MAX } else { 0 }, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, number: usize, silent: &AtomicUsize) {
    from.set_read_timeout(Some(TICK)).unwrap();
    let mut buffer = [0; 16 * 1024];
    loop {
        if number < silent.load(Ordering::SeqCst) {
            std::thread::sleep(TICK);
            continue;
        }
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(some) => {
                // Caught on its way.
                while number < silent.load(Ordering::SeqCst) {
                    std::thread::sleep(TICK);
                }
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

/// A shop whose database is behind a way, and buyers.
struct Trial {
    folder: TempDir,
    database: TestDatabase,
    way: Way,
    shop: Server,
    variant: String,
}

impl Trial {
    fn new() -> Option<Trial> {
        postgres_url()?;
        let folder = TempDir::new().unwrap();
        let database = TestDatabase::new();
        let variant = seed_stocked_shop(folder.path(), Some(&database.url));
        let mut url = Url::parse(&database.url).unwrap();
        let way = Way::to(url.socket_addrs(|| Some(5432)).unwrap().remove(0));
        url.set_ip_host(way.address.ip()).unwrap();
        url.set_port(Some(way.address.port())).unwrap();
        let shop = Server::start(folder.path(), Some(url.as_str()), &["--trusted-proxies", "127.0.0.1/32"]);
        Some(Trial { folder, database, way, shop, variant })
    }

    /// Runs a statement past the shop.
    fn sql(&self, sql: &str) {
        self.database.connect().batch_execute(sql).unwrap();
    }

    fn ready(&self) -> u16 {
        send_request(self.shop.address, "GET", "/readyz", "", &[]).map_or(0, |answer| answer.status)
    }

    /// Buyers buy while something happens, and until an order that was begun afterwards has been confirmed. How long that
    /// took; what was confirmed must be there.
    fn buy_while(&self, happens: impl FnOnce()) -> Duration {
        let (enough, number) = (AtomicBool::new(false), AtomicUsize::new(0));
        // When each confirmed order was begun, and its page.
        let confirmed: Mutex<Vec<(Instant, String)>> = Mutex::default();
        let took = std::thread::scope(|scope| {
            for _ in 0..BUYERS {
                scope.spawn(|| {
                    while !enough.load(Ordering::SeqCst) {
                        let begun = Instant::now();
                        let bought =
                            place_order(self.shop.address, &self.variant, number.fetch_add(1, Ordering::SeqCst));
                        match bought {
                            Ok(Some(path)) => confirmed.lock().unwrap().push((begun, path)),
                            Ok(None) | Err(_) => std::thread::sleep(TICK),
                        }
                    }
                });
            }
            let wait_for = |since: Instant| {
                let waiting = Instant::now();
                while !confirmed.lock().unwrap().iter().any(|(begun, _)| *begun > since) {
                    if waiting.elapsed() > PATIENCE {
                        enough.store(true, Ordering::SeqCst);
                        panic!("no order goes through any more");
                    }
                    std::thread::sleep(TICK);
                }
            };
            wait_for(Instant::now());
            happens();
            let since = Instant::now();
            wait_for(since);
            let took = since.elapsed();
            enough.store(true, Ordering::SeqCst);
            took
        });
        let begun = Instant::now();
        while self.ready() != 200 {
            assert!(begun.elapsed() < SOON, "the shop takes orders, and does not say so");
            std::thread::sleep(TICK);
        }
        let confirmed = confirmed.into_inner().unwrap();
        for (_, path) in &confirmed {
            let page = send_request(self.shop.address, "GET", path, "", &[]).unwrap();
            assert_eq!(page.status, 200, "{path} was confirmed and is lost");
        }
        eprintln!("{} orders, the next one after {took:?}", confirmed.len());
        took
    }

    fn end(self) {
        let Trial { folder, database, mut shop, .. } = self;
        let begun = Instant::now();
        assert!(shop.stop(), "it did not end well");
        assert!(begun.elapsed() < SOON, "it took {:?} to stop", begun.elapsed());
        let audit = run_with_input(command(folder.path(), Some(&database.url), &["audit"]), "");
        assert!(audit.status.success(), "{}{}", stdout_of(&audit), stderr_of(&audit));
    }
}

#[test]
fn a_fail_over_that_leaves_old_connections_silent_heals_by_itself() {
    let Some(trial) = Trial::new() else { return };
    let took = trial.buy_while(|| trial.way.silence_old());
    assert!(took < SOON, "{took:?}");
    // And once more: no thread and no connection was lost for good.
    let took = trial.buy_while(|| trial.way.silence_old());
    assert!(took < SOON, "{took:?}");
    trial.end();
}

#[test]
fn a_database_that_is_silent_for_a_while_is_taken_up_again() {
    let Some(trial) = Trial::new() else { return };
    let took = trial.buy_while(|| {
        trial.way.silence_all(true);
        let begun = Instant::now();
        while trial.ready() != 503 {
            assert!(begun.elapsed() < SOON, "nobody can order, and the shop does not say so");
        }
        trial.way.silence_all(false);
    });
    assert!(took < SOON, "{took:?}");
    trial.end();
}

#[test]
fn connections_that_are_cut_are_replaced_at_once() {
    let Some(trial) = Trial::new() else { return };
    let name = Url::parse(&trial.database.url).unwrap().path().trim_start_matches('/').to_owned();
    for _ in 0..3 {
        let took = trial.buy_while(|| {
            trial.sql(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            ));
        });
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
    trial.end();
}

#[test]
fn a_database_that_may_only_be_read_says_so_and_recovers() {
    let Some(trial) = Trial::new() else { return };
    let site = trial.shop.address;
    let line = [("variant_id", trial.variant.as_str()), ("quantity", "1")];
    let name = Url::parse(&trial.database.url).unwrap().path().trim_start_matches('/').to_owned();
    // As after a fail-over to a standby: sessions begin read-only.
    let turn = |setting: &str| {
        let mut conn = Conn::open(&postgres_url().unwrap(), false).unwrap();
        conn.batch_execute(&format!("ALTER DATABASE {name} SET default_transaction_read_only = {setting}")).unwrap();
        let all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        conn.batch_execute(&all).unwrap();
    };
    let took = trial.buy_while(|| {
        turn("on");
        let refused = send_request(site, "POST", "/cart/lines", "", &line).unwrap();
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert!(refused.text().contains("The shop cannot take orders right now"), "{}", refused.text());
        let begun = Instant::now();
        loop {
            let ready = send_request(site, "GET", "/readyz", "", &[]).unwrap();
            if ready.status == 503 {
                assert_eq!(ready.text(), "not ready: the database is read-only\n");
                break;
            }
            assert!(begun.elapsed() < SOON, "nobody can order, and the shop does not say so");
        }
        assert_eq!(send_request(site, "GET", "/shop", "", &[]).unwrap().status, 200, "reading goes on");
        assert_eq!(send_request(site, "GET", "/healthz", "", &[]).unwrap().status, 200);
        turn("off");
    });
    assert!(took < SOON, "{took:?}");
    trial.end();
}

#[test]
fn a_lock_that_is_not_to_be_had_is_waited_for_whatever_language_the_database_speaks() {
    let Some(trial) = Trial::new() else { return };
    let name = Url::parse(&trial.database.url).unwrap().path().trim_start_matches('/').to_owned();
    let mut other = trial.database.connect();
    let german = other.batch_execute(&format!("ALTER DATABASE {name} SET lc_messages = 'de_DE.UTF-8'"));
    if let Err(error) = german {
        eprintln!("in English, because the server has no German: {error}");
    }
    // Those who come from now on speak it.
    trial.sql(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND application_name = '' \
         AND pid <> pg_backend_pid() AND pid <> {}",
        pid(&mut other)
    ));
    let line = [("variant_id", trial.variant.as_str()), ("quantity", "1")];
    other.batch_execute("BEGIN; LOCK TABLE carts IN EXCLUSIVE MODE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| send_request(trial.shop.address, "POST", "/cart/lines", "", &line).unwrap());
        // Longer than PostgreSQL lets one statement wait, shorter than the shop lets the buyer.
        std::thread::sleep(Duration::from_millis(4_000));
        other.batch_execute("COMMIT").unwrap();
        let answer = waiting.join().unwrap();
        assert_eq!(answer.status, 303, "{}", answer.text());
    });
    other.batch_execute("BEGIN; LOCK TABLE carts IN EXCLUSIVE MODE").unwrap();
    let refused = send_request(trial.shop.address, "POST", "/cart/lines", "", &line).unwrap();
    assert_eq!(refused.status, 503, "too long for anybody: {}", refused.text());
    assert!(refused.text().contains("Nothing was changed"), "{}", refused.text());
    other.batch_execute("COMMIT").unwrap();
    drop(other);
    trial.end();
}

fn pid(conn: &mut Conn) -> i32 {
    use diesel::prelude::*;
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("pg_backend_pid()")).get_result(conn).unwrap()
}

#[test]
fn a_pooler_that_mixes_transactions_is_refused_at_the_start() {
    let Some(postgres_url) = postgres_url() else { return };
    if std::process::Command::new("pgbouncer").arg("--version").output().is_err() {
        eprintln!("skipped: there is no pgbouncer on this machine");
        return;
    }
    let database = TestDatabase::new();
    let there = Url::parse(&postgres_url).unwrap();
    let folder = TempDir::new().unwrap();
    for (mode, starts) in [("transaction", false), ("session", true)] {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={} port={} user={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = any\npool_mode = {mode}\nunix_socket_dir =\n",
            there.host_str().unwrap(),
            there.port().unwrap_or(5432),
            there.username()
        );
        std::fs::write(&settings, text).unwrap();
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), readable).unwrap();
        let mut pooler = std::process::Command::new("pgbouncer");
        pooler.args(["-q", "-u", "nobody"]).arg(&settings).stderr(std::process::Stdio::null());
        let mut pooler = pooler.spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the pooler does not listen");
            std::thread::sleep(TICK);
        }
        let mut url = Url::parse(&database.url).unwrap();
        url.set_ip_host([127, 0, 0, 1].into()).unwrap();
        url.set_port(Some(port)).unwrap();
        let done = run_with_input(command(folder.path(), Some(url.as_str()), &["migrate"]), "");
        pooler.kill().unwrap();
        pooler.wait().unwrap();
        assert_eq!(done.status.success(), starts, "{mode}: {}{}", stdout_of(&done), stderr_of(&done));
        if !starts {
            let line = stderr_of(&done);
            assert!(line.contains("pool_mode = transaction") && line.trim_end().lines().count() == 1, "{line}");
        }
    }
}
