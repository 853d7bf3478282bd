//! Checks of the fault harnesses: they detect a removed guarantee.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use jiff::SignedDuration;
use tradepost::jobs::worker;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment_method::PaymentMethod;

use super::chaos::run_chaos;
use super::site::Site;
use crate::support::database::postgres_url;
use crate::support::{FakeStripe, TestShop, fill_checkout};

/// Long enough for each fault to occur many times.
const SECONDS: u64 = 8;

/// Runs the chaos on a site with a removed guarantee.
fn run_altered_site(change: impl FnOnce(&Site)) -> Vec<String> {
    let site = Arc::new(Site::start());
    change(&site);
    run_chaos(&site, SECONDS)
}

#[test]
fn a_new_idempotency_key_per_call_is_found() {
    let found = run_altered_site(|site| site.stripe.ignore_idempotency_keys());
    assert!(
        found.iter().any(|found| found.contains(" sessions") || found.contains("the provider refunded")),
        "{found:#?}"
    );
}

/// SQLite's single writer hides races, so these run on PostgreSQL only.
fn skip_on_single_writer() -> bool {
    let hidden = postgres_url().is_none();
    if hidden {
        eprintln!("needs PostgreSQL: SQLite's one writer hides it");
    }
    hidden
}

/// Replaces a table by a view. Its triggers read rows as of the start of the statement and write the result
/// a moment later without a lock, as a program does that checks and then writes.
fn replace_with_racy_view(site: &Site, table: &str, columns: &[&str]) {
    let set: Vec<String> = columns.iter().map(|column| format!("{column} = NEW.{column}")).collect();
    let set = set.join(", ");
    let sql = format!(
        "ALTER TABLE {table} RENAME TO true_{table};
         CREATE FUNCTION seen_{table}() RETURNS SETOF true_{table} LANGUAGE sql STABLE
             AS 'SELECT * FROM true_{table}';
         CREATE VIEW {table} AS SELECT * FROM seen_{table}();
         CREATE FUNCTION add_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             NEW.id = nextval(pg_get_serial_sequence('true_{table}', 'id'));
             INSERT INTO true_{table} SELECT NEW.*;
             RETURN NEW;
         END $$;
         CREATE TRIGGER add_{table} INSTEAD OF INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION add_{table}();
         CREATE FUNCTION change_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             PERFORM pg_sleep(0.02);
             IF NEW IS DISTINCT FROM OLD THEN UPDATE true_{table} SET {set} WHERE id = OLD.id; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER change_{table} INSTEAD OF UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION change_{table}();"
    );
    site.connect().batch_execute(&sql).unwrap();
}

#[test]
fn a_check_then_write_race_on_stock_is_found() {
    if skip_on_single_writer() {
        return;
    }
    let found = run_altered_site(|site| replace_with_racy_view(site, "stock_levels", &["on_hand", "reserved"]));
    assert!(found.iter().any(|found| found.contains("reserved")), "{found:#?}");
}

#[test]
fn two_orders_of_one_cart_are_found() {
    if skip_on_single_writer() {
        return;
    }
    let found = run_altered_site(|site| {
        site.connect().batch_execute("ALTER TABLE orders DROP CONSTRAINT orders_cart_id_key").unwrap();
        // The cart's order reference is removed, too.
        replace_with_racy_view(site, "carts", &["updated_at", "expires_at", "coupon_code"]);
        site.connect().batch_execute("ALTER VIEW carts ALTER coupon_code SET DEFAULT ''").unwrap();
    });
    assert!(found.iter().any(|found| found.contains("orders of one cart")), "{found:#?}");
}

/// Counts the refunds of buyers who pay late, after their stock was sold to others.
async fn count_late_refunds(pages_are_closed: bool) -> usize {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    if !pages_are_closed {
        stripe.ignore_session_expiry();
    }
    let mugs = 3;
    let mug = shop.product("Mug").stock(mugs).create().await;
    for _ in 0..mugs {
        let buyer = shop.visitor();
        buyer.add_to_cart(&mug, 1).await;
        fill_checkout(&buyer, "card").await.submit().await;
    }
    shop.advance_clock(SignedDuration::from_mins(16));
    worker::expire_orders(&shop.app).await.unwrap();
    shop.run_jobs().await;
    let request = shop.checkout_request(&mug, mugs, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    for page in stripe.sessions() {
        if stripe.try_pay(&page.id) {
            stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &page.id), 0).await;
        }
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    stripe.refunds().len()
}

#[actix_web::test]
async fn stock_released_during_payment_is_found() {
    assert_eq!((count_late_refunds(true).await, count_late_refunds(false).await), (0, 3));
}
