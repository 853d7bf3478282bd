//! PostgreSQL outages without notice, during orders: orders resume by themselves soon
//! afterwards, and confirmed orders survive.

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
/// Maximum time until orders resume.
const RECOVERY_LIMIT: Duration = Duration::from_secs(15);
/// Timeout for the slowest machine.
const TIMEOUT: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);

/// A TCP proxy to the database that can silence open connections without closing them.
struct Proxy {
    address: SocketAddr,
    open_count: Arc<AtomicUsize>,
    silent: Arc<AtomicUsize>,
}

impl Proxy {
    fn to(database: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy =
            Proxy { address: listener.local_addr().unwrap(), open_count: Arc::default(), silent: Arc::default() };
        let (open_count, silent) = (proxy.open_count.clone(), proxy.silent.clone());
        std::thread::spawn(move || {
            for inner in listener.incoming().flatten() {
                let number = open_count.fetch_add(1, Ordering::SeqCst);
                let Ok(outer) = TcpStream::connect(database) else { continue };
                for (from, to) in [(&inner, &outer), (&outer, &inner)] {
                    let (from, to, silent) = (from.try_clone().unwrap(), to.try_clone().unwrap(), silent.clone());
                    std::thread::spawn(move || carry(from, to, number, &silent));
                }
            }
        });
        proxy
    }

    /// Silences the connections that are open now.
    fn silence_open_connections(&self) {
        self.silent.store(self.open_count.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn silence_all_connections(&self, silent: bool) {
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
                // In flight when the connection was silenced.
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

/// A shop whose database is behind a proxy, and buyers.
struct Trial {
    folder: TempDir,
    database: TestDatabase,
    proxy: Proxy,
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
        let proxy = Proxy::to(url.socket_addrs(|| Some(5432)).unwrap().remove(0));
        url.set_ip_host(proxy.address.ip()).unwrap();
        url.set_port(Some(proxy.address.port())).unwrap();
        let shop = Server::start(folder.path(), Some(url.as_str()), &["--trusted-proxies", "127.0.0.1/32"]);
        Some(Trial { folder, database, proxy, shop, variant })
    }

    /// Runs a statement directly on the database.
    fn sql(&self, sql: &str) {
        self.database.connect().batch_execute(sql).unwrap();
    }

    fn ready(&self) -> u16 {
        send_request(self.shop.address, "GET", "/readyz", "", &[]).map_or(0, |response| response.status)
    }

    /// Runs buyers during `what` and until an order started afterwards is confirmed. Returns how long that
    /// took; what was confirmed must be there.
    fn buy_while(&self, happens: impl FnOnce()) -> Duration {
        let (enough, number) = (AtomicBool::new(false), AtomicUsize::new(0));
        // Start and page of each confirmed order.
        let confirmed: Mutex<Vec<(Instant, String)>> = Mutex::default();
        let took = std::thread::scope(|scope| {
            for _ in 0..BUYERS {
                scope.spawn(|| {
                    while !enough.load(Ordering::SeqCst) {
                        let started = Instant::now();
                        let bought =
                            place_order(self.shop.address, &self.variant, number.fetch_add(1, Ordering::SeqCst));
                        match bought {
                            Ok(Some(path)) => confirmed.lock().unwrap().push((started, path)),
                            Ok(None) | Err(_) => std::thread::sleep(TICK),
                        }
                    }
                });
            }
            let wait_for = |since: Instant| {
                let waiting = Instant::now();
                while !confirmed.lock().unwrap().iter().any(|(started, _)| *started > since) {
                    if waiting.elapsed() > TIMEOUT {
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
        let started = Instant::now();
        while self.ready() != 200 {
            assert!(started.elapsed() < RECOVERY_LIMIT, "the shop takes orders, but is not ready");
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
        let started = Instant::now();
        assert!(shop.stop(), "it did not end well");
        assert!(started.elapsed() < RECOVERY_LIMIT, "it took {:?} to stop", started.elapsed());
        let audit = run_with_input(command(folder.path(), Some(&database.url), &["audit"]), "");
        assert!(audit.status.success(), "{}{}", stdout_of(&audit), stderr_of(&audit));
    }
}

#[test]
fn a_failover_with_silent_old_connections_recovers() {
    let Some(trial) = Trial::new() else { return };
    let took = trial.buy_while(|| trial.proxy.silence_open_connections());
    assert!(took < RECOVERY_LIMIT, "{took:?}");
    // And again: no thread or connection was leaked.
    let took = trial.buy_while(|| trial.proxy.silence_open_connections());
    assert!(took < RECOVERY_LIMIT, "{took:?}");
    trial.end();
}

#[test]
fn orders_resume_after_the_database_was_silent() {
    let Some(trial) = Trial::new() else { return };
    let took = trial.buy_while(|| {
        trial.proxy.silence_all_connections(true);
        let started = Instant::now();
        while trial.ready() != 503 {
            assert!(started.elapsed() < RECOVERY_LIMIT, "nobody can order, but the shop is ready");
        }
        trial.proxy.silence_all_connections(false);
    });
    assert!(took < RECOVERY_LIMIT, "{took:?}");
    trial.end();
}

#[test]
fn closed_connections_are_replaced_at_once() {
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
fn a_read_only_database_is_reported_and_recovers() {
    let Some(trial) = Trial::new() else { return };
    let site = trial.shop.address;
    let line = [("variant_id", trial.variant.as_str()), ("quantity", "1")];
    let name = Url::parse(&trial.database.url).unwrap().path().trim_start_matches('/').to_owned();
    // As after a failover to a standby: sessions are read-only.
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
        let started = Instant::now();
        loop {
            let ready = send_request(site, "GET", "/readyz", "", &[]).unwrap();
            if ready.status == 503 {
                assert_eq!(ready.text(), "not ready: the database is read-only\n");
                break;
            }
            assert!(started.elapsed() < RECOVERY_LIMIT, "nobody can order, but the shop is ready");
        }
        assert_eq!(send_request(site, "GET", "/shop", "", &[]).unwrap().status, 200, "reading goes on");
        assert_eq!(send_request(site, "GET", "/healthz", "", &[]).unwrap().status, 200);
        turn("off");
    });
    assert!(took < RECOVERY_LIMIT, "{took:?}");
    trial.end();
}

#[test]
fn lock_timeouts_are_recognised_in_any_server_language() {
    let Some(trial) = Trial::new() else { return };
    let name = Url::parse(&trial.database.url).unwrap().path().trim_start_matches('/').to_owned();
    let mut other = trial.database.connect();
    let german = other.batch_execute(&format!("ALTER DATABASE {name} SET lc_messages = 'de_DE.UTF-8'"));
    if let Err(error) = german {
        eprintln!("in English, because the server has no German: {error}");
    }
    // New sessions use it.
    trial.sql(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND application_name = '' \
         AND pid <> pg_backend_pid() AND pid <> {}",
        pid(&mut other)
    ));
    let line = [("variant_id", trial.variant.as_str()), ("quantity", "1")];
    other.batch_execute("BEGIN; LOCK TABLE carts IN EXCLUSIVE MODE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| send_request(trial.shop.address, "POST", "/cart/lines", "", &line).unwrap());
        // Longer than `lock_timeout`, shorter than the write timeout.
        std::thread::sleep(Duration::from_millis(4_000));
        other.batch_execute("COMMIT").unwrap();
        let response = waiting.join().unwrap();
        assert_eq!(response.status, 303, "{}", response.text());
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
fn a_transaction_pooler_is_refused_at_startup() {
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
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < TIMEOUT, "the pooler does not listen");
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
