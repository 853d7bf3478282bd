//! A sale by a buyer and an owner, with a crash before and after each statement and each call
//! of the provider. Clients retry; nothing is lost, and nothing happens twice.
//!
//! `TEST_DEATHS_STEP` sets the distance between two crash points (default 23; 1 tries them all).

use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tradepost::schema::{jobs, orders, refunds};

use super::site::{SeededRng, Site};
use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::program::Response;

/// A sale on a site that crashes once.
struct Sale<'a> {
    site: &'a Site,
    rng: SeededRng,
    owner: &'a str,
    number: i64,
    has_crashed: Cell<bool>,
}

impl Sale<'_> {
    /// Sends a request, again after a crash.
    fn request(&self, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]) -> Response {
        self.retry_after_crash(|| self.site.request(&self.rng, method, path, cookie, form))
    }

    fn retry_after_crash(&self, send: impl Fn() -> io::Result<Response>) -> Response {
        if let Ok(response) = send() {
            return response;
        }
        let deadline = Instant::now() + Duration::from_secs(10);
        while !self.site.has_exited() {
            assert!(Instant::now() < deadline, "no response, but the process is running");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.restart();
        send().unwrap()
    }

    fn restart(&self) {
        self.has_crashed.set(true);
        self.site.kill_all();
        self.site.restart(0);
    }

    /// Orders two items, pays, and refunds one.
    fn run(&self) {
        let added = self.request("POST", "/cart/lines", "", &[("variant_id", &self.site.variant), ("quantity", "2")]);
        let cookie = added.cookie().unwrap();
        let page = self.request("GET", "/checkout", &cookie, &[]);
        let (method, version, quote) =
            (page.field_value("shipping_method"), page.field_value("cart_version"), page.field_value("quote"));
        let email = format!("buyer{}@example.com", self.number);
        let choices = [
            ("email", email.as_str()),
            ("shipping_method", method.as_str()),
            ("payment_method", "card"),
            ("cart_version", version.as_str()),
            ("quote", quote.as_str()),
        ];
        let form = [&choices, &CHECKOUT_FIELDS[1..]].concat();
        let from = format!("11.{}.{}.1", self.number / 256, self.number % 256);
        let placed = self.retry_after_crash(|| self.site.post_checkout(&self.rng, &from, &cookie, &form));
        assert_eq!(placed.status, 303, "{}", placed.text());
        let page = placed.header("location").unwrap().strip_prefix("https://checkout.stripe.com/c/pay/").unwrap();
        assert!(self.site.stripe.try_pay(page), "the buyer cannot pay on {page}");
        let session = self.site.stripe.sessions().into_iter().find(|session| session.id == page).unwrap();
        let back = session.success_url.split_once("/orders/").unwrap().1;
        let thanks = self.request("GET", &format!("/orders/{back}"), &cookie, &[]);
        assert!(thanks.text().contains("data-order-number"), "paid, and no order");
        let event = self.site.stripe.session_event("checkout.session.completed", page);
        let received = self.retry_after_crash(|| self.site.deliver_event(&self.rng, &event));
        assert_eq!(received.status, 200);
        let number = thanks.attributes("[data-order-number]", "data-order-number").remove(0);
        let order = format!("/admin/orders/{number}");
        let lines = self.request("GET", &order, self.owner, &[]).attributes("input[name^=refund_quantity_]", "name");
        // The owner checks the order before sending the form again.
        let refunded =
            self.site.request(&self.rng, "POST", &format!("{order}/refund"), self.owner, &[(&lines[0], "1")]);
        if refunded.is_err() && !self.request("GET", &order, self.owner, &[]).text().contains("refunded</small>") {
            self.request("POST", &format!("{order}/refund"), self.owner, &[(&lines[0], "1")]);
        }
        self.drain_queue();
    }

    /// Waits until the queue is empty, restarting after a crash.
    fn drain_queue(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if self.site.has_exited() {
                self.restart();
            }
            let left: i64 =
                jobs::table.filter(jobs::kind.ne("sync_payment")).count().get_result(&mut self.site.connect()).unwrap();
            if left == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "the queue is not empty");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Runs sales on one site, each with a later crash point, until a sale finishes without a crash.
fn sell_with_crashes(point: &str, step: usize, at_least: usize) {
    let site = Site::stopped();
    site.stripe.use_full_page_size();
    site.restart(0);
    let owner = site.log_in();
    let (mut at, mut sale_count) = (0, 0);
    loop {
        site.kill_all();
        site.start_with_failpoint(point, at);
        let sale = Sale {
            site: &site,
            rng: SeededRng::new(0),
            owner: &owner,
            number: sale_count,
            has_crashed: Cell::new(false),
        };
        sale.run();
        sale_count += 1;
        let conn = &mut site.connect();
        let placed: i64 = orders::table.filter(orders::number.is_not_null()).count().get_result(conn).unwrap();
        let refunded: i64 = refunds::table.count().get_result(conn).unwrap();
        assert_eq!((placed, refunded), (sale_count, sale_count), "after a crash at {point} {at}");
        if !sale.has_crashed.get() {
            break;
        }
        at += step;
    }
    eprintln!("{sale_count} sales, with crashes up to {point} {at}");
    assert!(at >= at_least, "a complete sale passes more than {at} of them");
    site.drain_queue();
    let violations = site.find_violations();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn r53_a_sale_survives_a_crash_around_each_statement() {
    let step = std::env::var("TEST_DEATHS_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(23);
    sell_with_crashes("statement", step, 200);
}

#[test]
fn a_sale_survives_a_crash_around_each_provider_call() {
    sell_with_crashes("provider", 1, 4);
}
