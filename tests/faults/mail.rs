//! A mail server that is silent, slow, refusing or dying, with orders beside it: everything else goes on, nothing is
//! lost, and nothing is sent twice except after an answer that was lost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tradepost::schema::{emails, invoices, jobs, orders, refund_transactions};
use tradepost::support::clock::Clock;

use super::site::{SeededRng, Site};
use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::{FakeSmtpServer, SmtpBehaviour};

const PATIENCE: Duration = Duration::from_secs(90);
const TICK: Duration = Duration::from_millis(100);

/// An order of one piece; where it leads.
fn order(site: &Site, dice: &SeededRng, number: usize, payment: &str) -> String {
    let added =
        site.request(dice, "POST", "/cart/lines", "", &[("variant_id", &site.variant), ("quantity", "1")]).unwrap();
    let cookie = added.cookie().unwrap();
    let page = site.request(dice, "GET", "/checkout", &cookie, &[]).unwrap();
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
    let placed = site.post_checkout(dice, &format!("11.7.{number}.1"), &cookie, &form).unwrap();
    assert_eq!(placed.status, 303, "{}", placed.text());
    placed.header("location").unwrap().to_owned()
}

/// A card order that is paid at the provider; its page there.
fn paid_order(site: &Site, dice: &SeededRng, number: usize) {
    let leads_to = order(site, dice, number, "card");
    let session = leads_to.strip_prefix("https://checkout.stripe.com/c/pay/").unwrap();
    site.stripe.pay(session);
    let event = site.stripe.session_event("checkout.session.completed", session);
    assert_eq!(site.deliver_event(dice, &event).unwrap().status, 200);
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(TICK);
    }
}

/// Orders, money, stock and papers go on with such a mail server.
fn goes_on(site: &Site, dice: &SeededRng, staff: &str, first: usize) {
    let conn = &mut site.connect();
    let (expired, sealed, repaid) = (expired_orders(site), sealed_papers(site), succeeded(site));
    order(site, dice, first, "bank_transfer");
    paid_order(site, dice, first + 1);
    order(site, dice, first + 2, "card");
    // The time of the last one is up.
    let email = format!("buyer{}@kunde.de", first + 2);
    diesel::update(orders::table.filter(orders::email.eq(&email)))
        .set(orders::hold_until.eq(Clock::System.now()))
        .execute(conn)
        .unwrap();
    until("the paid order has its invoice", || sealed_papers(site) > sealed);
    let paid: String = orders::table
        .filter(orders::email.eq(format!("buyer{}@kunde.de", first + 1)))
        .select(orders::number.assume_not_null())
        .first(conn)
        .unwrap();
    let page = site.request(dice, "GET", &format!("/admin/orders/{paid}"), staff, &[]).unwrap();
    let lines = page.attributes("input[name^=refund_quantity_]", "name");
    let form: Vec<(&str, &str)> = lines.iter().map(|name| (name.as_str(), "1")).collect();
    let refund = site.request(dice, "POST", &format!("/admin/orders/{paid}/refund"), staff, &form).unwrap();
    assert_eq!(refund.status, 303, "{}", refund.text());
    until("the money went back", || succeeded(site) > repaid);
    until("the unpaid order has expired", || expired_orders(site) > expired);
    let written = || {
        let mine = emails::table.filter(emails::recipient.eq(format!("buyer{first}@kunde.de")));
        mine.count().get_result::<i64>(&mut site.connect()).unwrap() > 0
    };
    until("the letter is in the outbox", written);
}

fn expired_orders(site: &Site) -> i64 {
    orders::table.filter(orders::state.eq("expired")).count().get_result(&mut site.connect()).unwrap()
}

fn sealed_papers(site: &Site) -> i64 {
    invoices::table.filter(invoices::pdf_sha256.is_not_null()).count().get_result(&mut site.connect()).unwrap()
}

fn succeeded(site: &Site) -> i64 {
    refund_transactions::table
        .filter(refund_transactions::state.eq("succeeded"))
        .count()
        .get_result(&mut site.connect())
        .unwrap()
}

/// The letters to buyers by their state.
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

/// The server is well again: all that wait are tried now and arrive. How often each letter has arrived, by its name.
fn heal(site: &Site, server: &FakeSmtpServer) -> BTreeMap<String, usize> {
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    until("all letters have left", || {
        let failed = jobs::table.filter(jobs::state.eq("queued").and(jobs::queue.eq("mail")));
        diesel::update(failed).set(jobs::run_at.eq(Clock::System.now())).execute(&mut site.connect()).unwrap();
        !states(site).contains_key("queued")
    });
    let mut arrived = BTreeMap::new();
    for letter in server.received() {
        *arrived.entry(letter.header("Message-ID").unwrap().to_owned()).or_default() += 1;
    }
    arrived
}

/// The names of the letters to buyers that count as sent.
fn sent(site: &Site) -> Vec<String> {
    emails::table.filter(emails::state.eq("sent")).select(emails::message_id).load(&mut site.connect()).unwrap()
}

fn with_a_server_that(manners: &[SmtpBehaviour], repeats: bool) {
    let server = FakeSmtpServer::start();
    let site = Site::with_mail_server(server.url());
    let (dice, staff) = (SeededRng::new(5), site.log_in());
    for (round, manner) in manners.iter().enumerate() {
        server.set_behaviour(*manner);
        goes_on(&site, &dice, &staff, 1 + round * 3);
    }
    let arrived = heal(&site, &server);
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
fn everything_else_goes_on_while_the_mail_server_is_silent() {
    with_a_server_that(
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
fn everything_else_goes_on_while_the_mail_server_puts_letters_off() {
    let manners = [
        SmtpBehaviour::GreetsWith("421 4.3.2 Closing down"),
        SmtpBehaviour::AnswersRcpt("451 4.3.0 Try again later"),
        SmtpBehaviour::AnswersContent("421 4.3.2 Closing down"),
        SmtpBehaviour::DropsBeforeAccepting,
    ];
    with_a_server_that(&manners, false);
}

#[test]
fn a_letter_comes_twice_only_when_the_word_that_it_was_taken_is_lost() {
    with_a_server_that(&[SmtpBehaviour::DropsAfterAccepting], true);
}

#[test]
fn letters_that_are_refused_for_good_are_not_tried_again_and_hold_up_nobody() {
    let server = FakeSmtpServer::start();
    let site = Site::with_mail_server(server.url());
    let (dice, staff) = (SeededRng::new(5), site.log_in());
    for (round, manner) in
        [SmtpBehaviour::AnswersRcpt("550 5.1.1 No such user"), SmtpBehaviour::AnswersContent("554 5.7.1 No")]
            .into_iter()
            .enumerate()
    {
        server.set_behaviour(manner);
        goes_on(&site, &dice, &staff, 1 + round * 3);
    }
    until("all are refused", || states(&site).keys().collect::<Vec<_>>() == ["refused"]);
    let page = site.request(&dice, "GET", "/admin/attention", &staff, &[]).unwrap().text();
    assert!(page.contains("550 5.1.1 No such user") && page.contains("554 5.7.1 No"), "{page}");
    server.set_behaviour(SmtpBehaviour::AcceptsAll);
    let sending = jobs::table.filter(jobs::queue.eq("mail")).count();
    assert_eq!(sending.get_result::<i64>(&mut site.connect()).unwrap(), 0);
    assert!(server.received().is_empty());
    site.kill_all();
    let wrong = site.find_violations();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
