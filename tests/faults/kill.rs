//! `kill -9` during orders: confirmed orders survive.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};

use tempfile::TempDir;

use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::database::{TestDatabase, postgres_url};
use crate::support::program::{
    Server, command, run_with_input, seed_stocked_shop, send_request, send_request_from, stderr_of, stdout_of,
};

const THREADS: usize = 6;

/// Places an order; returns its path if the server confirmed it.
pub fn place_order(server: SocketAddr, variant: &str, number: usize) -> std::io::Result<Option<String>> {
    let (from, email) = (format!("11.{}.{}.1", number / 256, number % 256), format!("buyer{number}@example.com"));
    let added = send_request(server, "POST", "/cart/lines", "", &[("variant_id", variant), ("quantity", "1")])?;
    let Some(cookie) = added.cookie() else { return Ok(None) };
    let page = send_request(server, "GET", "/checkout", &cookie, &[])?;
    let (method, version, quote) =
        (page.field_value("shipping_method"), page.field_value("cart_version"), page.field_value("quote"));
    let choices = [
        ("shipping_method", method.as_str()),
        ("payment_method", "bank_transfer"),
        ("cart_version", version.as_str()),
        ("quote", quote.as_str()),
        ("email", email.as_str()),
    ];
    let form = [&choices, &CHECKOUT_FIELDS[1..]].concat();
    let placed = send_request_from(&from, server, server, "POST", "/checkout", &cookie, &form)?;
    let path = placed.header("location").filter(|path| placed.status == 303 && path.starts_with("/orders/"));
    Ok(path.map(str::to_owned))
}

#[test]
fn every_confirmed_order_survives_a_kill() {
    let orders: usize = std::env::var("TEST_KILL_ORDERS").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let folder = TempDir::new().unwrap();
    let database = postgres_url().map(|_| TestDatabase::new());
    let url = database.as_ref().map(|database| database.url.as_str());
    let variant = seed_stocked_shop(folder.path(), url);
    let mut first = Server::start(folder.path(), url, &["--trusted-proxies", "127.0.0.1/32"]);
    let address = first.address;

    let (started, confirmed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let (half, killer) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let half = half.clone();
            let (started, confirmed, variant) = (&started, &confirmed, &variant);
            scope.spawn(move || {
                loop {
                    let number = started.fetch_add(1, Ordering::SeqCst);
                    if number >= orders {
                        break;
                    }
                    // The kill cut the connection, so nothing was confirmed.
                    let Ok(Some(path)) = place_order(address, variant, number) else { continue };
                    let mut confirmed = confirmed.lock().unwrap();
                    confirmed.push(path);
                    if confirmed.len() == orders.div_ceil(2) {
                        half.send(()).unwrap();
                    }
                }
            });
        }
        drop(half);
        // Half are confirmed, the others are in flight.
        killer.recv().expect("not even half of the orders were confirmed");
        first.kill();
    });

    let confirmed = confirmed.into_inner().unwrap();
    assert!(confirmed.len() < orders, "the kill came too late to harm anything");
    eprintln!("{} of {orders} orders were confirmed before the kill", confirmed.len());
    let second = Server::start(folder.path(), url, &[]);
    for path in &confirmed {
        let page = send_request(second.address, "GET", path, "", &[]).unwrap();
        assert_eq!(page.status, 200, "{path} was confirmed and is lost");
        assert!(page.text().contains("data-order-number"), "{path}");
    }
    drop(second);
    let audit = run_with_input(command(folder.path(), url, &["audit"]), "");
    assert!(audit.status.success(), "{}{}", stdout_of(&audit), stderr_of(&audit));
}
