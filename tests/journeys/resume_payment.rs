//! Orders left at the payment page: the cart resumes them, without revealing whose they are.

use jiff::SignedDuration;
use tradepost::models::sales::order::{Order, OrderState};

use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::{Browser, FakeStripe, TestProduct, TestShop, fill_checkout, unlimited_coupon};
use tradepost::models::checkout::coupon::CouponKind;
use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::support::ids::OrderId;

async fn leave_at_payment_page(stock: i64) -> (TestShop, Browser, TestProduct) {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(stock).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 2).await;
    assert_eq!(fill_checkout(&ada, "test_card").await.submit().await.text("h1"), "Pay");
    (shop, ada, mug)
}

async fn order_state(shop: &TestShop, id: OrderId) -> OrderState {
    shop.read(move |conn| Ok(Order::get(conn, id)?.state)).await
}

#[actix_web::test]
async fn the_cart_links_to_the_pending_payment() {
    let (shop, ada, _) = leave_at_payment_page(5).await;
    let page = ada.get("/cart").await;
    let words = page.text("#waiting-order");
    assert!(page.text("main").contains("Your cart is empty"), "{}", page.text("main"));
    assert!(words.contains("Order awaiting payment") && words.contains("€29.00"), "{words}");
    for private in ["Ada", "lovelace", "Torstraße", "/orders/"] {
        let text = String::from_utf8_lossy(&page.body).replace("/orders/find", "");
        assert!(!text.contains(private), "{private}");
    }
    let page = page.form("Pay now").submit().await;
    let page = page.form("Pay").fill("card_number", "4242 4242 4242 4242").submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert!(!ada.get("/cart").await.has("#waiting-order"), "it was paid");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_cancelled_payment_restores_the_cart() {
    let shop = TestShop::new().await;
    shop.create_coupon(unlimited_coupon("TEN", CouponKind::Percent, 100_000), CouponScope::default()).await;
    let (mug, tin) = (shop.product("Mug").stock(2).create().await, shop.product("Tin").create().await);
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 2).await;
    ada.get("/cart").await.form("Apply").fill("code", "TEN").submit().await;
    fill_checkout(&ada, "test_card").await.submit().await;
    assert_eq!(shop.stock(&mug).await, (0, 2));
    // Another cart has been started meanwhile.
    ada.add_to_cart(&tin, 1).await;
    let page = ada.get("/cart").await;
    let page = page.form("Cancel and return items to cart").submit().await;
    assert_eq!(
        (page.status, order_state(&shop, 1.into()).await, shop.stock(&mug).await),
        (200, OrderState::Cancelled, (2, 0))
    );
    let lines = page.texts(".lines h2");
    assert_eq!(lines, ["Tin", "Mug"]);
    assert!(page.text("main").contains("TEN") && !page.has("#waiting-order"));
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_second_click_or_a_paid_order_changes_nothing() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").stock(5).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "card").await.submit_without_redirect().await;
    let page = ada.get("/cart").await;
    stripe.pay(&stripe.latest_session());
    let after = page.form("Cancel and return items to cart").submit().await;
    assert!(after.text("[role=alert]").contains("no longer awaiting payment"), "{}", after.text("main"));
    assert_eq!((order_state(&shop, 1.into()).await, shop.stock(&mug).await), (OrderState::Placed, (4, 1)));

    let grace = shop.visitor();
    grace.add_to_cart(&mug, 1).await;
    fill_checkout(&grace, "test_card").await.submit().await;
    let page = grace.get("/cart").await;
    let form = || page.form("Cancel and return items to cart");
    form().submit().await;
    form().submit().await;
    assert_eq!((order_state(&shop, 2.into()).await, shop.stock(&mug).await), (OrderState::Cancelled, (4, 1)));
    assert_eq!(grace.get("/cart").await.field_value("quantity"), "1");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_expired_order_is_not_offered() {
    let (shop, ada, _) = leave_at_payment_page(5).await;
    let page = ada.get("/cart").await;
    shop.advance_clock(SignedDuration::from_mins(16));
    assert!(!ada.get("/cart").await.has("#waiting-order"));
    let page = page.form("Pay now").submit().await;
    assert!(page.text("[role=alert]").contains("no longer awaiting payment"));
    shop.run_jobs().await;
}

#[actix_web::test]
async fn an_old_cookie_opens_no_foreign_order() {
    for payment in ["bank_transfer", "test_card"] {
        let shop = TestShop::new().await;
        let mug = shop.product("Mug").create().await;
        let ada = shop.visitor();
        ada.add_to_cart(&mug, 1).await;
        let form = fill_checkout(&ada, payment).await;
        let again = fill_checkout(&ada, payment).await;
        form.submit().await;
        // The next person at the same computer sends the form.
        let mallory = ada.with_same_cookies();
        let fields = again.fields();
        let other = |(name, value): &(String, String)| match name.as_str() {
            "email" => (name.clone(), "mallory@example.com".to_owned()),
            _ => (name.clone(), value.clone()),
        };
        let fields: Vec<(String, String)> = fields.iter().map(other).collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let page = mallory.post("/checkout", &fields).await;
        assert_eq!((page.status, page.location()), (303, "/cart"), "{payment}");
        // The buyer who sends the form again gets to the order.
        let page =
            again.fill_all(CHECKOUT_FIELDS).fill("email", "ADA@lovelace.example").submit_without_redirect().await;
        assert!(page.location() != "/cart" && page.status == 303, "{payment}: {}", page.location());
        shop.run_jobs().await;
    }
}
