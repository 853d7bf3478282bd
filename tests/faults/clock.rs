//! Clock jumps during orders: orders continue, and the books balance.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::kill::place_order;
use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{Server, command, run_with_input, seed_stocked_shop, send_request, stderr_of, stdout_of};

const BUYERS: usize = 3;
const TIMEOUT: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(20);

const HOUR: i64 = 3_600;

#[test]
fn clock_jumps_stop_no_orders_and_the_books_balance() {
    let folder = TempDir::new().unwrap();
    let database = postgres_url().map(|_| TestDatabase::new());
    let url = database.as_ref().map(|database| database.url.as_str());
    let variant = seed_stocked_shop(folder.path(), url);
    let clock = folder.path().join("clock");
    std::fs::write(&clock, "0").unwrap();
    let mut serve = command(folder.path(), url, &["--trusted-proxies", "127.0.0.1/32"]);
    let mut shop = Server::spawn(serve.env("FAULT_CLOCK", &clock)).unwrap();
    let site = shop.address;
    let (enough, number) = (AtomicBool::new(false), AtomicUsize::new(0));
    let confirmed: Mutex<Vec<(Instant, String)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..BUYERS {
            scope.spawn(|| {
                while !enough.load(Ordering::SeqCst) {
                    let started = Instant::now();
                    if let Ok(Some(path)) = place_order(site, &variant, number.fetch_add(1, Ordering::SeqCst)) {
                        confirmed.lock().unwrap().push((started, path));
                    }
                }
            });
        }
        for ahead in [0, 2 * HOUR, -2 * HOUR, 400 * 24 * HOUR, -400 * 24 * HOUR, 0] {
            // In one step, as NTP services do.
            std::fs::write(folder.path().join("next"), ahead.to_string()).unwrap();
            std::fs::rename(folder.path().join("next"), &clock).unwrap();
            let (since, waiting) = (Instant::now(), Instant::now());
            while !confirmed.lock().unwrap().iter().any(|(started, _)| *started > since) {
                if waiting.elapsed() > TIMEOUT {
                    enough.store(true, Ordering::SeqCst);
                    panic!("nobody can order while the clock is {ahead} seconds ahead");
                }
                std::thread::sleep(TICK);
            }
            let ready = send_request(site, "GET", "/readyz", "", &[]).unwrap();
            assert_eq!(ready.status, 200, "{ahead}: {}", ready.text());
        }
        enough.store(true, Ordering::SeqCst);
    });
    for (_, path) in confirmed.into_inner().unwrap() {
        assert_eq!(send_request(site, "GET", &path, "", &[]).unwrap().status, 200, "{path} was confirmed and is lost");
    }
    assert!(shop.stop());
    let audit = run_with_input(command(folder.path(), url, &["audit"]), "");
    assert!(audit.status.success(), "{}{}", stdout_of(&audit), stderr_of(&audit));
}
