//! Everything at once, with real processes: buyers who click twice, pay, return or do not; staff who refund
//! twice concurrently; a payment provider that loses responses and repeats webhooks in any order; and
//! servers that are killed. Afterwards the books must balance with the provider's.
//!
//! `TEST_STORM_SECONDS` sets the duration (default 8; `bin/ci` uses 60).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::site::{SeededRng, Site};
use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::program::Response;

const BUYERS: u64 = 6;

/// One buyer's path through the shop. An error is a connection that was cut, on which nothing was confirmed.
fn buy(site: &Site, rng: &SeededRng) -> io::Result<()> {
    let quantity = (rng.below(3) + 1).to_string();
    let added =
        site.request(rng, "POST", "/cart/lines", "", &[("variant_id", &site.variant), ("quantity", &quantity)])?;
    let Some(cookie) = added.cookie() else { return Ok(()) };
    let page = site.request(rng, "GET", "/checkout", &cookie, &[])?;
    let (method, version, quote) =
        (page.field_value("shipping_method"), page.field_value("cart_version"), page.field_value("quote"));
    // Each buyer is new, except for a crowd in one network, which is throttled.
    let from = match rng.one_in(8) {
        true => "203.0.113.1".to_owned(),
        false => format!("11.{}.{}.1", rng.below(256), rng.below(256)),
    };
    let email = format!("buyer{}.{}@example.com", rng.below(1_000_000), rng.below(1_000_000));
    let choices = [
        ("email", email.as_str()),
        ("shipping_method", method.as_str()),
        ("payment_method", if rng.one_in(4) { "bank_transfer" } else { "card" }),
        ("cart_version", version.as_str()),
        ("quote", quote.as_str()),
    ];
    let form = [&choices, &CHECKOUT_FIELDS[1..]].concat();
    // A double click, on one process or two.
    let clicks = if rng.one_in(3) { 2 } else { 1 };
    let responses: Vec<io::Result<Response>> = std::thread::scope(|scope| {
        let click = || scope.spawn(|| site.post_checkout(rng, &from, &cookie, &form));
        let clicks: Vec<_> = (0..clicks).map(|_| click()).collect();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    for response in responses.into_iter().flatten() {
        let leads_to = response.header("location").unwrap_or("").to_owned();
        assert!(matches!(response.status, 303 | 409 | 422 | 429 | 500 | 503), "{} for an order", response.status);
        let Some(session) = leads_to.strip_prefix("https://checkout.stripe.com/c/pay/") else { continue };
        if rng.one_in(4) {
            continue;
        }
        site.stripe.try_pay(session);
        if rng.one_in(2)
            && let Some(stripe_session) =
                site.stripe.sessions().into_iter().find(|stripe_session| stripe_session.id == session)
            && let Some((_, back)) = stripe_session.success_url.split_once("/orders/")
        {
            site.request(rng, "GET", &format!("/orders/{back}"), &cookie, &[])?;
        }
    }
    Ok(())
}

/// Delivers webhooks about any session, in any order, repeatedly.
fn deliver_webhooks(site: &Site, rng: &SeededRng) -> io::Result<()> {
    let sessions = site.stripe.sessions();
    if sessions.is_empty() {
        return Ok(());
    }
    let session = &sessions[rng.below(sessions.len())];
    let kinds = ["checkout.session.completed", "charge.succeeded", "checkout.session.expired", "charge.refunded"];
    let event = site.stripe.session_event(kinds[rng.below(kinds.len())], &session.id);
    for _ in 0..=rng.below(3) {
        site.deliver_event(rng, &event)?;
    }
    std::thread::sleep(Duration::from_millis(15));
    Ok(())
}

/// A member of staff who refunds, cancels, fulfils and marks as paid, twice concurrently.
fn act_as_staff(site: &Site, rng: &SeededRng, cookie: &str) -> io::Result<()> {
    let list = site.request(rng, "GET", "/admin/orders", cookie, &[])?;
    let links = list.attributes("table.list th a", "href");
    if links.is_empty() {
        std::thread::sleep(Duration::from_millis(100));
        return Ok(());
    }
    let order = &links[rng.below(links.len())];
    let page = site.request(rng, "GET", order, cookie, &[])?;
    let lines = page.attributes("input[name^=refund_quantity_]", "name");
    let (path, form): (String, Vec<(&str, &str)>) = match rng.below(5) {
        0 => (format!("{order}/cancellation"), Vec::new()),
        1 => (format!("{order}/payment"), Vec::new()),
        2 => (format!("{order}/fulfilment"), Vec::new()),
        _ => {
            let mut form: Vec<(&str, &str)> = lines.iter().map(|name| (name.as_str(), "1")).collect();
            if rng.one_in(2) {
                form.push(("refund_shipping", "1"));
            }
            if rng.one_in(2) {
                form.push(("restock", "1"));
            }
            (format!("{order}/refund"), form)
        }
    };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| site.request(rng, "POST", &path, cookie, &form));
        let first = site.request(rng, "POST", &path, cookie, &form);
        for response in [first, second.join().unwrap()].into_iter().flatten() {
            assert!(matches!(response.status, 303 | 422 | 503), "{} for {path}", response.status);
        }
    });
    Ok(())
}

/// What a thread repeats.
type Work = Box<dyn Fn(&Site, &SeededRng) + Send>;

/// Runs the chaos, drains the queue, and returns violations of the books.
pub fn run_chaos(site: &Arc<Site>, seconds: u64) -> Vec<String> {
    let is_over = Arc::new(AtomicBool::new(false));
    let staff = site.log_in();
    site.stripe.set_unreliable(true);
    let mut threads = Vec::new();
    let mut each = |seed: u64, work: Work| {
        let (site, is_over) = (site.clone(), is_over.clone());
        threads.push(std::thread::spawn(move || {
            let rng = SeededRng::new(seed);
            while !is_over.load(Ordering::Relaxed) {
                work(&site, &rng);
            }
        }));
    };
    for seed in 0..BUYERS {
        each(seed, Box::new(|site, rng| drop(buy(site, rng))));
    }
    each(20, Box::new(|site, rng| drop(deliver_webhooks(site, rng))));
    each(30, Box::new(move |site, rng| drop(act_as_staff(site, rng, &staff))));
    each(
        40,
        Box::new(|site, rng| {
            std::thread::sleep(Duration::from_millis(1_000 + u64::try_from(rng.below(1_500)).unwrap()));
            site.kill_count.fetch_add(1, Ordering::Relaxed);
            site.restart(rng.below(site.process_count()));
        }),
    );
    std::thread::sleep(Duration::from_secs(seconds));
    is_over.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }
    site.drain_queue();
    site.find_violations()
}

fn seconds() -> u64 {
    std::env::var("TEST_STORM_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(8)
}

#[test]
fn the_books_balance_after_chaos() {
    let site = Arc::new(Site::start());
    let violations = run_chaos(&site, seconds());
    assert!(violations.is_empty(), "{violations:#?}");
}
