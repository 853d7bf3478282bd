//! A buyer's and an owner's way through a sale, with the process dying before and after each statement and each call
//! of the provider. Whoever was cut off tries again; nothing is lost, nothing happens twice.
//!
//! `TEST_DEATHS_STEP` says how many points lie between two deaths (23 without it; 1 tries them all).

use std::cell::Cell;
use std::io;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tradepost::schema::{jobs, orders, refunds};

use super::site::{SeededRng, Site};
use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::program::Response;

/// A sale on a site whose process dies once.
struct Sale<'a> {
    site: &'a Site,
    dice: SeededRng,
    owner: &'a str,
    number: i64,
    died: Cell<bool>,
}

impl Sale<'_> {
    /// Asks, and again once the process is back.
    fn ask(&self, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]) -> Response {
        self.until_answered(|| self.site.request(&self.dice, method, path, cookie, form))
    }

    fn until_answered(&self, ask: impl Fn() -> io::Result<Response>) -> Response {
        if let Ok(answer) = ask() {
            return answer;
        }
        let patience = Instant::now() + Duration::from_secs(10);
        while !self.site.has_exited() {
            assert!(Instant::now() < patience, "no answer, and the process lives");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.revive();
        ask().unwrap()
    }

    fn revive(&self) {
        self.died.set(true);
        self.site.kill_all();
        self.site.restart(0);
    }

    /// Sells, is paid, pays back half.
    fn go(&self) {
        let added = self.ask("POST", "/cart/lines", "", &[("variant_id", &self.site.variant), ("quantity", "2")]);
        let cookie = added.cookie().unwrap();
        let page = self.ask("GET", "/checkout", &cookie, &[]);
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
        let placed = self.until_answered(|| self.site.post_checkout(&self.dice, &from, &cookie, &form));
        assert_eq!(placed.status, 303, "{}", placed.text());
        let page = placed.header("location").unwrap().strip_prefix("https://checkout.stripe.com/c/pay/").unwrap();
        assert!(self.site.stripe.try_pay(page), "the buyer cannot pay on {page}");
        let seen = self.site.stripe.sessions().into_iter().find(|seen| seen.id == page).unwrap();
        let back = seen.success_url.split_once("/orders/").unwrap().1;
        let thanks = self.ask("GET", &format!("/orders/{back}"), &cookie, &[]);
        assert!(thanks.text().contains("data-order-number"), "paid, and no order");
        let event = self.site.stripe.session_event("checkout.session.completed", page);
        let told = self.until_answered(|| self.site.deliver_event(&self.dice, &event));
        assert_eq!(told.status, 200);
        let number = thanks.attributes("[data-order-number]", "data-order-number").remove(0);
        let order = format!("/admin/orders/{number}");
        let lines = self.ask("GET", &order, self.owner, &[]).attributes("input[name^=refund_quantity_]", "name");
        // A form that was cut off is not sent again unseen: the owner looks first.
        let refunded =
            self.site.request(&self.dice, "POST", &format!("{order}/refund"), self.owner, &[(&lines[0], "1")]);
        if refunded.is_err() && !self.ask("GET", &order, self.owner, &[]).text().contains("refunded</small>") {
            self.ask("POST", &format!("{order}/refund"), self.owner, &[(&lines[0], "1")]);
        }
        self.finish();
    }

    /// The queue runs dry, even if the process dies while it works on it.
    fn finish(&self) {
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            if self.site.has_exited() {
                self.revive();
            }
            let left: i64 =
                jobs::table.filter(jobs::kind.ne("sync_payment")).count().get_result(&mut self.site.connect()).unwrap();
            if left == 0 {
                return;
            }
            assert!(Instant::now() < patience, "the queue does not run dry");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Sales on one site, each with a death so many points after the last one's, until one sale passes no more of them.
fn sell_and_die(point: &str, step: usize, at_least: usize) {
    let site = Site::stopped();
    site.stripe.use_full_page_size();
    site.restart(0);
    let owner = site.log_in();
    let (mut at, mut sales) = (0, 0);
    loop {
        site.kill_all();
        site.start_with_failpoint(point, at);
        let sale = Sale { site: &site, dice: SeededRng::new(0), owner: &owner, number: sales, died: Cell::new(false) };
        sale.go();
        sales += 1;
        let conn = &mut site.connect();
        let placed: i64 = orders::table.filter(orders::number.is_not_null()).count().get_result(conn).unwrap();
        let paid_back: i64 = refunds::table.count().get_result(conn).unwrap();
        assert_eq!((placed, paid_back), (sales, sales), "after a death at {point} {at}");
        if !sale.died.get() {
            break;
        }
        at += step;
    }
    eprintln!("{sales} sales, with deaths up to {point} {at}");
    assert!(at >= at_least, "a whole sale passes more than {at} of them");
    site.drain_queue();
    let wrong = site.find_violations();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_sale_survives_a_death_before_and_after_each_statement() {
    let step = std::env::var("TEST_DEATHS_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(23);
    sell_and_die("statement", step, 200);
}

#[test]
fn a_sale_survives_a_death_before_and_after_each_call_of_the_provider() {
    sell_and_die("provider", 1, 4);
}
