//! Everything at once, with real processes: buyers who click twice, pay, come back or do not; staff who pay back
//! twice at the same second; a payment provider that loses its answers and repeats its messages in any order; and
//! servers that are killed. Afterwards the books must balance, on our side and on the provider's.
//!
//! `TEST_STORM_SECONDS` says how long (8 without it; `bin/ci` takes 60).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::site::{SeededRng, Site};
use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::program::Response;

const BUYERS: u64 = 6;

/// One buyer's way through the shop. An error is a connection that was cut off: nothing was promised on it.
fn buy(site: &Site, dice: &SeededRng) -> io::Result<()> {
    let pieces = (dice.below(3) + 1).to_string();
    let added =
        site.request(dice, "POST", "/cart/lines", "", &[("variant_id", &site.variant), ("quantity", &pieces)])?;
    let Some(cookie) = added.cookie() else { return Ok(()) };
    let page = site.request(dice, "GET", "/checkout", &cookie, &[])?;
    let (method, version, quote) =
        (page.field_value("shipping_method"), page.field_value("cart_version"), page.field_value("quote"));
    // Each is somebody else, except for a crowd in one network whom the gate asks for patience.
    let from = match dice.one_in(8) {
        true => "203.0.113.1".to_owned(),
        false => format!("11.{}.{}.1", dice.below(256), dice.below(256)),
    };
    let email = format!("buyer{}.{}@example.com", dice.below(1_000_000), dice.below(1_000_000));
    let choices = [
        ("email", email.as_str()),
        ("shipping_method", method.as_str()),
        ("payment_method", if dice.one_in(4) { "bank_transfer" } else { "card" }),
        ("cart_version", version.as_str()),
        ("quote", quote.as_str()),
    ];
    let form = [&choices, &CHECKOUT_FIELDS[1..]].concat();
    // A double click, at one process or at two.
    let clicks = if dice.one_in(3) { 2 } else { 1 };
    let answers: Vec<io::Result<Response>> = std::thread::scope(|scope| {
        let click = || scope.spawn(|| site.post_checkout(dice, &from, &cookie, &form));
        let clicks: Vec<_> = (0..clicks).map(|_| click()).collect();
        clicks.into_iter().map(|click| click.join().unwrap()).collect()
    });
    for answer in answers.into_iter().flatten() {
        let leads_to = answer.header("location").unwrap_or("").to_owned();
        assert!(matches!(answer.status, 303 | 409 | 422 | 429 | 500 | 503), "{} for an order", answer.status);
        let Some(session) = leads_to.strip_prefix("https://checkout.stripe.com/c/pay/") else { continue };
        if dice.one_in(4) {
            continue;
        }
        site.stripe.try_pay(session);
        if dice.one_in(2)
            && let Some(seen) = site.stripe.sessions().into_iter().find(|seen| seen.id == session)
            && let Some((_, back)) = seen.success_url.split_once("/orders/")
        {
            site.request(dice, "GET", &format!("/orders/{back}"), &cookie, &[])?;
        }
    }
    Ok(())
}

/// What the provider sends: about any page, in any order, again and again.
fn chatter(site: &Site, dice: &SeededRng) -> io::Result<()> {
    let sessions = site.stripe.sessions();
    if sessions.is_empty() {
        return Ok(());
    }
    let seen = &sessions[dice.below(sessions.len())];
    let kinds = ["checkout.session.completed", "charge.succeeded", "checkout.session.expired", "charge.refunded"];
    let event = site.stripe.session_event(kinds[dice.below(kinds.len())], &seen.id);
    for _ in 0..=dice.below(3) {
        site.deliver_event(dice, &event)?;
    }
    std::thread::sleep(Duration::from_millis(15));
    Ok(())
}

/// A member of staff who pays back, calls off, sends and marks as paid, sometimes twice at the same second.
fn attend(site: &Site, dice: &SeededRng, cookie: &str) -> io::Result<()> {
    let list = site.request(dice, "GET", "/admin/orders", cookie, &[])?;
    let links = list.attributes("table.list th a", "href");
    if links.is_empty() {
        std::thread::sleep(Duration::from_millis(100));
        return Ok(());
    }
    let order = &links[dice.below(links.len())];
    let page = site.request(dice, "GET", order, cookie, &[])?;
    let lines = page.attributes("input[name^=refund_quantity_]", "name");
    let (path, form): (String, Vec<(&str, &str)>) = match dice.below(5) {
        0 => (format!("{order}/cancellation"), Vec::new()),
        1 => (format!("{order}/payment"), Vec::new()),
        2 => (format!("{order}/fulfilment"), Vec::new()),
        _ => {
            let mut form: Vec<(&str, &str)> = lines.iter().map(|name| (name.as_str(), "1")).collect();
            if dice.one_in(2) {
                form.push(("refund_shipping", "1"));
            }
            if dice.one_in(2) {
                form.push(("restock", "1"));
            }
            (format!("{order}/refund"), form)
        }
    };
    std::thread::scope(|scope| {
        let again = scope.spawn(|| site.request(dice, "POST", &path, cookie, &form));
        let first = site.request(dice, "POST", &path, cookie, &form);
        for answer in [first, again.join().unwrap()].into_iter().flatten() {
            assert!(matches!(answer.status, 303 | 422 | 503), "{} for {path}", answer.status);
        }
    });
    Ok(())
}

/// What a thread does over and over.
type Work = Box<dyn Fn(&Site, &SeededRng) + Send>;

/// Lets the storm blow, then waits for calm. Says what is wrong with the books.
pub fn run_chaos(site: &Arc<Site>, seconds: u64) -> Vec<String> {
    let over = Arc::new(AtomicBool::new(false));
    let staff = site.log_in();
    site.stripe.set_unreliable(true);
    let mut threads = Vec::new();
    let mut each = |seed: u64, work: Work| {
        let (site, over) = (site.clone(), over.clone());
        threads.push(std::thread::spawn(move || {
            let dice = SeededRng::new(seed);
            while !over.load(Ordering::Relaxed) {
                work(&site, &dice);
            }
        }));
    };
    for seed in 0..BUYERS {
        each(seed, Box::new(|site, dice| drop(buy(site, dice))));
    }
    each(20, Box::new(|site, dice| drop(chatter(site, dice))));
    each(30, Box::new(move |site, dice| drop(attend(site, dice, &staff))));
    each(
        40,
        Box::new(|site, dice| {
            std::thread::sleep(Duration::from_millis(1_000 + u64::try_from(dice.below(1_500)).unwrap()));
            site.kill_count.fetch_add(1, Ordering::Relaxed);
            site.restart(dice.below(site.process_count()));
        }),
    );
    std::thread::sleep(Duration::from_secs(seconds));
    over.store(true, Ordering::Relaxed);
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
fn the_books_balance_after_a_storm() {
    let site = Arc::new(Site::start());
    let wrong = run_chaos(&site, seconds());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
