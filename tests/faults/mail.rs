//! A mail server that is silent, slow, refusing or dying, during orders: everything else works, nothing is
//! lost, and nothing is sent twice except after a lost reply.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tradepost::schema::{emails, invoices, jobs, orders, refund_transactions};
use tradepost::support::clock::Clock;

use super::site::{SeededRng, Site};
use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::{FakeSmtpServer, SmtpBehaviour};

const TIMEOUT: Duration = Duration::from_secs(90);
const TICK: Duration = Duration::from_millis(100);

/// Places an order of one item; returns the redirect.
fn order(site: &Site, rng: &SeededRng, number: usize, payment: &str) -> String {
    let added =
        site.request(rng, "POST", "/cart/lines", "", &[("variant_id", &site.variant), ("quantity", "1")]).unwrap();
    let cookie = added.cookie().unwrap();
    let page = site.request(rng, "GET", "/checkout", &cookie, &[]).unwrap();
    let (method, version, quote) =
        (page.field_value("shipping_method"), page.field_value("cart_version"), page.field_value("quote"));
    let email = format!("buyer{number}@kunde.de");
    let choices = [
        ("email", email.as_str()),
        ("shipping_method", method.as_str()),
        ("payment_method", payment),
        ("cart_version", version.as_str()),
        ("quote", quote.as_str()),
    ];
    let form = [&choices, &CHECKOUT_FIELDS[1..]].concat();
    let placed = site.post_checkout(rng, &format!("11.7.{number}.1"), &cookie, &form).unwrap();
    assert_eq!(placed.status, 303, "{}", placed.text());
    placed.header("location").unwrap().to_owned()
}

/// Places a card order that is paid at the provider; returns its session.
fn paid_order(site: &Site, rng: &SeededRng, number: usize) {
    let leads_to = order(site, rng, number, "card");
    let session = leads_to.strip_prefix("https://checkout.stripe.com/c/pay/").unwrap();
    site.stripe.pay(session);
    let event = site.stripe.session_event("checkout.session.completed", session);
    assert_eq!(site.deliver_event(rng, &event).unwrap().status, 200);
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < TIMEOUT, "{what}: not within {TIMEOUT:?}");
        std::thread::sleep(TICK);
    }
}

/// Asserts that orders, payments, stock and invoices work.
fn assert_shop_works(site: &Site, rng: &SeededRng, staff: &str, first: usize) {
    let conn = &mut site.connect();
    let (expired, with_pdf, refunded) =
        (count_expired_orders(site), count_invoice_documents(site), count_refunds(site));
    order(site, rng, first, "bank_transfer");
    paid_order(site, rng, first + 1);
    order(site, rng, first + 2, "card");
    // The hold of the last one has expired.
    let email = format!("buyer{}@kunde.de", first + 2);
    diesel::update(orders::table.filter(orders::email.eq(&email)))
        .set(orders::hold_until.eq(Clock::System.now()))
        .execute(conn)
        .unwrap();
    wait_until("the paid order has its invoice", || count_invoice_documents(site) > with_pdf);
    let paid: String = orders::table
        .filter(orders::email.eq(format!("buyer{}@kunde.de", first + 1)))
        .select(orders::number.assume_not_null())
        .first(conn)
        .unwrap();
    let page = site.request(rng, "GET", &format!("/admin/orders/{paid}"), staff, &[]).unwrap();
    let lines = page.attributes("input[name^=refund_quantity_]", "name");
    let form: Vec<(&str, &str)> = lines.iter().map(|name| (name.as_str(), "1")).collect();
    let refund = site.request(rng, "POST", &format!("/admin/orders/{paid}/refund"), staff, &form).unwrap();
    assert_eq!(refund.status, 303, "{}", refund.text());
    wait_until("the money went back", || count_refunds(site) > refunded);
    wait_until("the unpaid order has expired", || count_expired_orders(site) > expired);
    let written = || {
        let mine = emails::table.filter(emails::recipient.eq(format!("buyer{first}@kunde.de")));
        mine.count().get_result::<i64>(&mut site.connect()).unwrap() > 0
    };
    wait_until("the email is in the outbox", written);
}

fn count_expired_orders(site: &Site) -> i64 {
    orders::table.filter(orders::state.eq("expired")).count().get_result(&mut site.connect()).unwrap()
}

fn count_invoice_documents(site: &Site) -> i64 {
    invoices::table.filter(invoices::pdf_sha256.is_not_null()).count().get_result(&mut site.connect()).unwrap()
}

fn count_refunds(site: &Site) -> i64 {
    refund_transactions::table
        .filter(refund_transactions::state.eq("succeeded"))
        .count()
        .get_result(&mut site.connect())
        .unwrap()
}

/// The emails to buyers by state.
fn states(site: &Site) -> BTreeMap<String, i64> {
    let all: Vec<String> = emails::table
        .filter(emails::recipient.like("%@kunde.de"))
        .select(emails::state)
        .load(&mut site.connect())
        .unwrap();
    let mut states = BTreeMap::new();
    for state in all {
        *states.entry(state).or_default() += 1;
    }
    states
}

/// Restores the mail server and sends all waiting emails. Returns how often each arrived, by `Message-ID`.
fn recover(site: &Site, server: &FakeSmtpServer) -> BTreeMap<String, usize> {
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    wait_until("all emails have been sent", || {
        // One row per statement: a statement that locks several rows may deadlock with a worker.
        let conn = &mut site.connect();
        let failed = jobs::table.filter(jobs::state.eq("queued").and(jobs::queue.eq("mail")));
        for id in failed.select(jobs::id).load::<i64>(conn).unwrap() {
            diesel::update(jobs::table.find(id)).set(jobs::run_at.eq(Clock::System.now())).execute(conn).unwrap();
        }
        !states(site).contains_key("queued")
    });
    let mut arrived = BTreeMap::new();
    for email in server.received() {
        *arrived.entry(email.header("Message-ID").unwrap().to_owned()).or_default() += 1;
    }
    arrived
}

/// The `Message-ID`s of the emails to buyers that count as sent.
fn sent(site: &Site) -> Vec<String> {
    emails::table.filter(emails::state.eq("sent")).select(emails::message_id).load(&mut site.connect()).unwrap()
}

fn with_server_behaviour(manners: &[SmtpBehaviour], repeats: bool) {
    let server = FakeSmtpServer::start();
    let site = Site::with_mail_server(server.url());
    let (rng, staff) = (SeededRng::new(5), site.log_in());
    for (round, manner) in manners.iter().enumerate() {
        server.set_behaviour(*manner);
        assert_shop_works(&site, &rng, &staff, 1 + round * 3);
    }
    let arrived = recover(&site, &server);
    for name in sent(&site) {
        let times = arrived.get(&name).copied().unwrap_or(0);
        assert!(times == 1 || (repeats && times > 1), "{name} has arrived {times} times");
    }
    let states = states(&site);
    assert_eq!(states.keys().collect::<Vec<_>>(), ["sent"], "{states:?}");
    site.kill_all();
    let wrong = site.find_violations();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_silent_mail_server_holds_up_nothing_else() {
    with_server_behaviour(
        &[
            SmtpBehaviour::NeverGreets,
            SmtpBehaviour::SilentAfterGreeting,
            SmtpBehaviour::SilentAfterData,
            SmtpBehaviour::TricklesGreeting,
        ],
        false,
    );
}

#[test]
fn a_deferring_mail_server_holds_up_nothing_else() {
    let manners = [
        SmtpBehaviour::GreetsWith("421 4.3.2 Closing down"),
        SmtpBehaviour::AnswersRcpt("451 4.3.0 Try again later"),
        SmtpBehaviour::AnswersContent("421 4.3.2 Closing down"),
        SmtpBehaviour::DropsBeforeAccepting,
    ];
    with_server_behaviour(&manners, false);
}

#[test]
fn an_email_is_sent_twice_only_after_a_lost_smtp_reply() {
    with_server_behaviour(&[SmtpBehaviour::DropsAfterAccepting], true);
}

#[test]
fn permanently_refused_emails_are_not_retried_and_hold_up_nothing() {
    let server = FakeSmtpServer::start();
    let site = Site::with_mail_server(server.url());
    let (rng, staff) = (SeededRng::new(5), site.log_in());
    for (round, manner) in
        [SmtpBehaviour::AnswersRcpt("550 5.1.1 No such user"), SmtpBehaviour::AnswersContent("554 5.7.1 No")]
            .into_iter()
            .enumerate()
    {
        server.set_behaviour(manner);
        assert_shop_works(&site, &rng, &staff, 1 + round * 3);
    }
    wait_until("all are refused", || states(&site).keys().collect::<Vec<_>>() == ["refused"]);
    let page = site.request(&rng, "GET", "/admin/attention", &staff, &[]).unwrap().text();
    assert!(page.contains("550 5.1.1 No such user") && page.contains("554 5.7.1 No"), "{page}");
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    let sending = jobs::table.filter(jobs::queue.eq("mail")).count();
    assert_eq!(sending.get_result::<i64>(&mut site.connect()).unwrap(), 0);
    assert!(server.received().is_empty());
    site.kill_all();
    let wrong = site.find_violations();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
