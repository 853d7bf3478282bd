//! The checkout throttle, for buyers and for card testers.

use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::jobs::worker;
use tradepost::models::people::account::roles::Role;
use tradepost::models::sales::order::checkout_throttle;
use tradepost::models::sales::order::{Order, OrderState};
use tradepost::schema::{checkout_throttle_hits, checkout_throttle_keys, orders};

use crate::support::browser::Form;
use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::database::postgres_url;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, FakeStripe, Page, TestProduct, TestShop, fill_checkout};

const DECLINED: &str = "4000 0000 0000 0002";
const APPROVED: &str = "4242 4242 4242 4242";

/// A filled-in checkout form from an IP address, with a mug in the cart.
async fn fill_checkout_from(shop: &TestShop, mug: &TestProduct, address: [u8; 4], name: &str, payment: &str) -> Form {
    let browser = shop.visitor().with_ipv4(address);
    browser.add_to_cart(mug, 1).await;
    fill_checkout(&browser, payment).await.fill("email", &format!("{name}@example.com")).fill("note", "Blue, please")
}

/// Whether the request was accepted.
fn is_accepted(page: &Page) -> bool {
    matches!(page.text("h1").as_str(), "Thank you, Ada Lovelace" | "Pay")
}

/// The wait that a page asks for, in seconds.
#[track_caller]
fn retry_after(page: &Page) -> i64 {
    assert_eq!(page.status, 429, "{}", page.text("main"));
    let seconds = page.header("retry-after").unwrap().parse().unwrap();
    let words = format!("Please wait {seconds} second");
    assert!(page.text("[role=alert]").contains(&words), "{}", page.text("main"));
    seconds
}

fn advance_seconds(shop: &TestShop, seconds: i64) {
    shop.advance_clock(SignedDuration::from_secs(seconds));
}

/// Places three unpaid orders by bank transfer from one network.
async fn place_three_unpaid_orders(shop: &TestShop, mug: &TestProduct) {
    for (at, name) in (1..).zip(["ann", "ben", "cleo"]) {
        assert!(is_accepted(
            &fill_checkout_from(shop, mug, [203, 0, 113, at], name, "bank_transfer").await.submit().await
        ));
    }
}

#[actix_web::test]
async fn the_fourth_unpaid_order_of_a_network_waits_and_keeps_its_input() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(20).create().await;
    place_three_unpaid_orders(&shop, &mug).await;

    let page = fill_checkout_from(&shop, &mug, [203, 0, 113, 4], "dora", "bank_transfer").await.submit().await;
    assert_eq!((retry_after(&page), page.text("h1").as_str()), (5, "Checkout"));
    for (name, typed) in [("email", "dora@example.com"), ("name", "Ada Lovelace"), ("note", "Blue, please")] {
        assert_eq!(page.field_value(name), typed);
    }
    assert!(
        page.has("[name=payment_method][value=bank_transfer][checked]") && page.has("[name=shipping_method][checked]")
    );
    assert_eq!(shop.stock(&mug).await, (17, 3), "nothing is held for who waits");
    let page = page.form("Order").submit().await;
    assert_eq!(retry_after(&page), 5);
    advance_seconds(&shop, 2);
    // Errors and quotes do not restart the wait.
    let page = page.form("Order").fill("city", "").submit().await;
    assert_eq!(page.status, 422);
    let page = page.form("Update totals").fill("city", "Berlin").submit().await;
    let page = page.form("Order").submit().await;
    assert_eq!(retry_after(&page), 3);
    advance_seconds(&shop, 3);
    assert!(is_accepted(&page.form("Order").submit().await));

    // The same network waits longer, others do not wait, and an hour later nobody does.
    assert_eq!(
        retry_after(&fill_checkout_from(&shop, &mug, [203, 0, 113, 5], "emil", "bank_transfer").await.submit().await),
        10
    );
    assert_eq!(
        retry_after(&fill_checkout_from(&shop, &mug, [203, 0, 113, 6], "fay", "test_card").await.submit().await),
        10
    );
    assert!(is_accepted(
        &fill_checkout_from(&shop, &mug, [203, 0, 114, 5], "gus", "bank_transfer").await.submit().await
    ));
    shop.advance_clock(SignedDuration::from_mins(61));
    assert!(is_accepted(
        &fill_checkout_from(&shop, &mug, [203, 0, 113, 5], "emil", "bank_transfer").await.submit().await
    ));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn card_orders_count_for_an_email_address_too_until_they_are_paid() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(20).create().await;
    let mut pages = Vec::new();
    for at in 1..4 {
        let email = if at == 2 { "ANN" } else { "ann" };
        pages.push(fill_checkout_from(&shop, &mug, [203, 0, at, 1], email, "test_card").await.submit().await);
    }
    assert!(pages.iter().all(is_accepted));
    let form = fill_checkout_from(&shop, &mug, [203, 0, 4, 1], "ann", "test_card").await;
    assert_eq!(retry_after(&form.submit().await), 5);
    // Paid orders do not count.
    for page in pages {
        assert!(is_accepted(&page.form("Pay").fill("card_number", APPROVED).submit().await));
    }
    for _ in 0..4 {
        let page = fill_checkout_from(&shop, &mug, [203, 0, 4, 1], "ann", "test_card").await.submit().await;
        assert!(is_accepted(&page.form("Pay").fill("card_number", APPROVED).submit().await));
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_address_that_is_not_on_the_internet_says_nothing_about_who_buys() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(40).create().await;
    for address in [[127, 0, 0, 1], [10, 1, 2, 3], [172, 16, 0, 9], [192, 168, 1, 1], [169, 254, 1, 1]] {
        for at in 0..6 {
            let name = format!("buyer{at}-{}", address[0]);
            assert!(is_accepted(
                &fill_checkout_from(&shop, &mug, address, &name, "bank_transfer").await.submit().await
            ));
        }
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_wait_proof_is_valid_for_its_cart_and_time_only() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(20).create().await;
    place_three_unpaid_orders(&shop, &mug).await;
    let throttled = fill_checkout_from(&shop, &mug, [203, 0, 113, 4], "dora", "bank_transfer").await.submit().await;
    let proof = throttled.field_value("proof");
    let others = fill_checkout_from(&shop, &mug, [203, 0, 113, 5], "emil", "bank_transfer")
        .await
        .submit()
        .await
        .field_value("proof");
    advance_seconds(&shop, 5);
    let (since, signature) = proof.split_once('.').unwrap();
    let earlier = format!("{}.{signature}", since.parse::<i64>().unwrap() - 60_000_000);
    for forged in [others.as_str(), earlier.as_str(), "", ".", "1.x", &format!("{proof}x")] {
        let page = throttled.form("Order").fill("proof", forged).submit().await;
        assert_eq!(retry_after(&page), 5, "{forged}");
        assert_ne!(page.field_value("proof"), forged);
    }
    shop.advance_clock(SignedDuration::from_mins(10));
    let page = throttled.form("Order").submit().await;
    assert_eq!(retry_after(&page), 5, "too old");
    advance_seconds(&shop, 5);
    assert!(is_accepted(&page.form("Order").submit().await));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// Opens the payment page of an order by test card.
async fn open_card_order(shop: &TestShop, mug: &TestProduct, address: [u8; 4], name: &str) -> Page {
    let card = fill_checkout_from(shop, mug, address, name, "test_card").await.submit().await;
    assert_eq!(card.text("h1"), "Pay");
    card.click_link("Cancel and return to the order").await
}

#[actix_web::test]
async fn retried_payments_count_and_a_wait_proof_is_used_once() {
    let shop = TestShop::new().await;
    shop.update_settings(|settings| settings.stock_hold_minutes = 120).await;
    let mug = shop.product("Mug").create().await;
    let order = open_card_order(&shop, &mug, [203, 0, 113, 1], "ann").await;
    for _ in 0..4 {
        assert!(is_accepted(&order.form("Pay now").submit().await));
    }
    let page = order.form("Pay now").submit().await;
    assert_eq!((retry_after(&page), page.text("h1").as_str()), (5, "One moment"));
    advance_seconds(&shop, 5);
    let used = page.form("Pay now");
    assert!(is_accepted(&page.form("Pay now").submit().await));
    let page = used.submit().await;
    assert_eq!(retry_after(&page), 10, "a proof that was used");
    advance_seconds(&shop, 10);
    assert!(is_accepted(&page.form("Pay now").submit().await));
    // Ten minutes reset the wait, but one order allows only so many attempts.
    for tries in [5, 5, 3] {
        shop.advance_clock(SignedDuration::from_mins(11));
        for _ in 0..tries {
            assert!(is_accepted(&order.form("Pay now").submit().await));
        }
    }
    let page = order.form("Pay now").submit().await;
    assert!(page.text("[role=alert]").contains("Please contact us"), "{}", page.text("main"));
    shop.advance_clock(SignedDuration::from_hours(1));
    let page = order.form("Pay now").submit().await.form("Pay").fill("card_number", APPROVED).submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// Tries cards from one network, with a new cart and name each time, as fast as the throttle allows. Returns how
/// many cards were tried within so many minutes.
async fn try_cards(shop: &TestShop, mug: &TestProduct, minutes: i64, most: usize) -> usize {
    let until = shop.app.clock().now().plus(SignedDuration::from_mins(minutes));
    let mut card_count = 0;
    while shop.app.clock().now() < until && card_count < most {
        let page = fill_checkout_from(shop, mug, [198, 51, 100, 7], &format!("thief{card_count}"), "test_card")
            .await
            .submit()
            .await;
        let mut page = page;
        while page.status == 429 {
            advance_seconds(shop, retry_after(&page));
            page = page.form("Order").submit().await;
        }
        assert_eq!(page.form("Pay").fill("card_number", DECLINED).submit().await.status, 422);
        card_count += 1;
    }
    card_count
}

#[actix_web::test]
async fn card_testing_is_slowed_down_and_other_networks_hardly_wait() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(90).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let card_count = try_cards(&shop, &mug, 10, 19).await;
    assert_eq!(card_count, 16, "three at once, then after 5, 10, 20, 40 and each 60 seconds");
    assert!(is_accepted(&fill_checkout_from(&shop, &mug, [203, 0, 113, 1], "ann", "test_card").await.submit().await));
    assert_eq!(try_cards(&shop, &mug, 60, 19 - card_count).await, 19 - card_count);
    assert!(is_accepted(&fill_checkout_from(&shop, &mug, [203, 0, 113, 2], "ben", "test_card").await.submit().await));
    shop.run_jobs().await;
    assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");

    // From the twentieth card within an hour, online payments wait five seconds.
    try_cards(&shop, &mug, 60, 1).await;
    let page = fill_checkout_from(&shop, &mug, [203, 0, 114, 1], "cleo", "test_card").await.submit().await;
    assert_eq!(retry_after(&page), 5);
    advance_seconds(&shop, 5);
    assert!(is_accepted(&page.form("Order").submit().await));
    assert!(is_accepted(
        &fill_checkout_from(&shop, &mug, [203, 0, 115, 1], "dora", "bank_transfer").await.submit().await
    ));
    shop.run_jobs().await;
    let page = owner.get("/admin/attention").await;
    assert!(page.text(".notice").contains("Many cards are being declined"), "{}", page.text("main"));
    assert!(page.text("#admin-menu a[href='/admin/attention']").contains('1'));
    assert!(owner.get("/admin").await.text(".needs").contains("Many cards are being declined 20 since"));

    // An hour later they have expired, although the provider reports the same cards again.
    shop.advance_clock(SignedDuration::from_mins(61));
    shop.write(checkout_throttle::delete_expired).await;
    expire_all_orders(&shop).await;
    assert!(is_accepted(&fill_checkout_from(&shop, &mug, [203, 0, 116, 1], "emil", "test_card").await.submit().await));
    owner.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
    expire_all_orders(&shop).await;
}

/// Expires all pending orders.
async fn expire_all_orders(shop: &TestShop) {
    shop.advance_clock(SignedDuration::from_mins(16));
    worker::expire_orders(&shop.app).await.unwrap();
    let pending =
        shop.read(|conn| Ok(orders::table.filter(orders::state.eq("pending")).count().get_result::<i64>(conn)?)).await;
    assert_eq!(pending, 0);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn each_card_declined_by_stripe_counts_once() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").create().await;
    assert_eq!(
        fill_checkout_from(&shop, &mug, [203, 0, 113, 1], "ann", "card").await.submit_without_redirect().await.status,
        303
    );
    let messages: Vec<String> = (0..20).map(|_| stripe.charge_failed_event(&stripe.latest_session())).collect();
    for message in messages.iter().take(19).chain(messages.iter().take(19)) {
        stripe.deliver_event(&shop, message, 0).await;
    }
    shop.run_jobs().await;
    assert_eq!(
        fill_checkout_from(&shop, &mug, [203, 0, 114, 1], "ben", "card").await.submit_without_redirect().await.status,
        303
    );
    stripe.deliver_event(&shop, &messages[19], 0).await;
    shop.run_jobs().await;
    let page = fill_checkout_from(&shop, &mug, [203, 0, 115, 1], "cleo", "card").await.submit_without_redirect().await;
    assert_eq!(retry_after(&page), 5);
    advance_seconds(&shop, 5);
    assert!(page.form("Order").submit_without_redirect().await.location().starts_with("https://checkout.stripe.com/"));
    expire_all_orders(&shop).await;
}

#[actix_web::test]
async fn expired_attempts_are_deleted_and_client_addresses_are_never_stored() {
    let shop = TestShop::new().await;
    shop.update_settings(|settings| settings.stock_hold_minutes = 300).await;
    let mug = shop.product("Mug").create().await;
    let rows = || async {
        shop.read(|conn| {
            let hits: Vec<String> =
                checkout_throttle_hits::table.select(checkout_throttle_hits::key_hash).load(conn)?;
            Ok((hits, checkout_throttle_keys::table.count().get_result::<i64>(conn)?))
        })
        .await
    };
    let card = open_card_order(&shop, &mug, [203, 0, 113, 1], "ann").await;
    assert!(is_accepted(
        &fill_checkout_from(&shop, &mug, [203, 0, 114, 1], "ben", "bank_transfer").await.submit().await
    ));
    let (hits, keys) = rows().await;
    let held = if postgres_url().is_some() { 4 } else { 0 };
    assert_eq!((hits.len(), keys), (4, held), "each is known by address and network");
    assert!(hits.iter().all(|hash| hash.len() == 32 && !hash.contains("ann") && !hash.contains("203")), "{hits:?}");
    shop.write(checkout_throttle::delete_expired).await;
    assert_eq!(rows().await.0.len(), 4, "nothing is an hour old");
    shop.advance_clock(SignedDuration::from_mins(61));
    shop.write(checkout_throttle::delete_expired).await;
    let (hits, keys) = rows().await;
    assert_eq!((hits.len(), keys), (2, 0), "an order that still waits for a card counts");
    let page = card.form("Pay now").submit().await.form("Pay").fill("card_number", APPROVED).submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    shop.advance_clock(SignedDuration::from_mins(61));
    shop.write(checkout_throttle::delete_expired).await;
    assert_eq!(rows().await, (Vec::new(), 0));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_double_click_is_one_attempt() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let form = fill_checkout_from(&shop, &mug, [203, 0, 113, 1], "ann", "bank_transfer").await;
    let browser: Browser = form.browser.with_same_cookies().with_ipv4([203, 0, 113, 1]);
    let fields = form.fields();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for _ in 0..8 {
        assert_eq!(browser.post("/checkout", &fields).await.status, 303);
    }
    let order = shop.read(|conn| Order::get(conn, 1.into())).await;
    assert_eq!(order.state, OrderState::Placed);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn free_orders_count_too() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.create_percent_coupon("FREE", 100).await;
    let mug = shop.product("Mug").stock(20).create().await;
    for at in 1..=6 {
        let browser = shop.visitor().with_ipv4([203, 0, 113, at]);
        let cart = browser.add_to_cart(&mug, 1).await;
        cart.form("Apply").fill("code", "FREE").submit().await;
        let form = browser.get("/checkout").await.form("Order").fill_all(CHECKOUT_FIELDS);
        let page = form.fill("email", &format!("{at}@example.com")).submit().await;
        match at {
            6 => assert_eq!(retry_after(&page), 5, "five are free, whatever they cost"),
            _ => assert!(is_accepted(&page), "{}", page.text("main")),
        }
    }
    advance_seconds(&shop, 11 * 60);
    assert!(is_accepted(
        &fill_checkout_from(&shop, &mug, [203, 0, 113, 7], "gil", "bank_transfer").await.submit().await
    ));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}
