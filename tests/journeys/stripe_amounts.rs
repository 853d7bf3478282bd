//! Stripe amounts in currencies whose smallest unit at Stripe differs from ISO 4217.

use tradepost::models::people::account::roles::Role;
use tradepost::models::sales::order::{Order, OrderState, PaymentState};
use tradepost::support::money::Currency;

use crate::support::{FakeStripe, TestShop, fill_checkout};

/// A shop that takes cards in a currency, with a product price and a shipping price.
async fn open_shop_in(stripe: &FakeStripe, code: &'static str, price: i64, shipping_price: i64) -> TestShop {
    let shop = TestShop::with_stripe(stripe).await;
    shop.set_shipping_price(shipping_price).await;
    shop.product("Sweater").price(price).stock(9).create().await;
    shop.update_settings(move |settings| settings.currency = Currency::from_code(code).unwrap()).await;
    shop
}

#[actix_web::test]
async fn stripe_amounts_equal_the_order_in_every_currency() {
    for (code, price, shipping_price, stripe_amount) in [
        ("ISK", 24_995, 5, 2_500_000),
        ("JPY", 7_730, 700, 8_430),
        ("KRW", 24_000, 3_000, 27_000),
        ("CLP", 9_990, 10, 10_000),
        ("KWD", 1_250, 5_000, 6_250),
        ("TND", 12_340, 660, 13_000),
        ("HUF", 499_000, 99_000, 598_000),
        ("TWD", 49_900, 100, 50_000),
        ("EUR", 19_99, 4_90, 24_89),
    ] {
        let stripe = FakeStripe::start();
        let shop = open_shop_in(&stripe, code, price, shipping_price).await;
        let ada = shop.visitor();
        let page = ada.get("/products/sweater").await.form("Add to cart").submit().await;
        assert_eq!(page.status, 200);
        let sent = fill_checkout(&ada, "card").await.submit_without_redirect().await;
        assert_eq!(sent.status, 303, "{code}: {}", sent.text("main"));
        let session = stripe.latest_session();
        assert_eq!(stripe.session_amount(&session), stripe_amount, "{code}");
        stripe.pay(&session);
        stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
        shop.run_jobs().await;
        let order = shop.read(|conn| Order::get(conn, 1.into())).await;
        let state = (order.state, order.payment_state, order.totals.captured_minor);
        assert_eq!(state, (OrderState::Placed, PaymentState::Paid, price + shipping_price), "{code}");

        let owner = shop.log_in_as(Role::Owner).await;
        let page = owner.get("/admin/orders/1001").await;
        let form = page.form("Refund").choose("refund_shipping", "1");
        form.fill("refund_quantity_1", "1").submit().await;
        shop.run_jobs().await;
        assert_eq!(stripe.refunds().iter().map(|(_, amount)| *amount).collect::<Vec<_>>(), [stripe_amount], "{code}");
        // Later webhooks change nothing.
        stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
        shop.run_jobs().await;
        let order = shop.read(|conn| Order::get(conn, 1.into())).await;
        assert_eq!(
            (order.payment_state, order.totals.refunded_minor),
            (PaymentState::Refunded, price + shipping_price),
            "{code}"
        );
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn an_amount_that_stripe_cannot_charge_is_not_charged_by_card() {
    let stripe = FakeStripe::start();
    let shop = open_shop_in(&stripe, "KWD", 1_255, 5_000.into()).await;
    let ada = shop.visitor();
    ada.get("/products/sweater").await.form("Add to cart").submit().await;
    let page = ada.get("/checkout").await;
    assert_eq!(page.total("total"), "6.255");
    assert!(!page.has("[name=payment_method][value=card]") && page.has("[name=payment_method][value=bank_transfer]"));
    let fields = fill_checkout(&ada, "bank_transfer").await.fields();
    let card = |(name, value): &(String, String)| match name.as_str() {
        "payment_method" => (name.clone(), "card".to_owned()),
        _ => (name.clone(), value.clone()),
    };
    let fields: Vec<(String, String)> = fields.iter().map(card).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = ada.post("/checkout", &fields).await;
    assert_eq!((page.status, stripe.session_count()), (422, 0));
    assert_eq!(
        page.field_error("payment_method"),
        "This amount cannot be paid by card. Choose another payment method."
    );

    // Two of them can be paid.
    let form = ada.get("/cart").await.form("Update").fill("quantity", "2");
    form.submit().await;
    assert!(ada.get("/checkout").await.has("[name=payment_method][value=card][checked]"));
}

#[actix_web::test]
async fn a_currency_that_stripe_does_not_know_is_not_paid_by_card() {
    let stripe = FakeStripe::start();
    let shop = open_shop_in(&stripe, "GHS", 10_00, 5_00.into()).await;
    let ada = shop.visitor();
    ada.get("/products/sweater").await.form("Add to cart").submit().await;
    let page = ada.get("/checkout").await;
    assert!(!page.has("[value=card]") && page.has("[value=test_card]"), "{}", page.text("#payment-methods"));
}

#[actix_web::test]
async fn a_different_amount_is_flagged_for_review() {
    for (paid, state) in [(2_499_900, OrderState::Pending), (2_500_100, OrderState::Placed)] {
        let stripe = FakeStripe::start();
        let shop = open_shop_in(&stripe, "ISK", 24_995, 5.into()).await;
        let ada = shop.visitor();
        ada.get("/products/sweater").await.form("Add to cart").submit().await;
        fill_checkout(&ada, "card").await.submit_without_redirect().await;
        let session = stripe.latest_session();
        stripe.pay_amount(&session, paid);
        stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
        shop.run_jobs().await;
        let order = shop.read(|conn| Order::get(conn, 1.into())).await;
        assert_eq!((order.state, order.review_reason.is_some()), (state, true), "{paid}");
        shop.assert_audit_passes().await;
    }
}
