//! Test cards: approved, declined and abandoned.

use jiff::SignedDuration;
use tradepost::jobs::worker;

use crate::support::{Browser, Page, TestProduct, TestShop, fill_checkout};

async fn open_card_page(shop: &TestShop, stock: i64) -> (Browser, TestProduct, Page) {
    let mug = shop.product("Mug").price(12_00).stock(stock).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = fill_checkout(&ada, "test_card").await.submit().await;
    assert_eq!(page.text("h1"), "Pay");
    assert_eq!(page.attr(".due data", "value").as_deref(), Some("17.00"));
    (ada, mug, page)
}

#[actix_web::test]
async fn an_approved_card_pays_the_order() {
    let shop = TestShop::new().await;
    let (_, mug, page) = open_card_page(&shop, 3).await;
    assert_eq!(shop.stock(&mug).await, (2, 1), "held while the buyer looks for the card");
    let page = page.form("Pay").fill("card_number", "4242 4242 4242 4242").submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(page.texts(".thanks .pill"), ["Paid", "Being prepared"]);
    assert_eq!(TestShop::order_number(&page), "1001");
    shop.run_jobs().await;
    let box_ = shop.outbox_summary().await;
    assert_eq!(box_.iter().filter(|line| line.starts_with("ada@")).count(), 1, "{box_:?}");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_declined_card_can_be_retried() {
    let shop = TestShop::new().await;
    let (_, mug, page) = open_card_page(&shop, 3).await;
    let page = page.form("Pay").fill("card_number", "4000 0000 0000 0002").submit().await;
    assert_eq!(page.status, 422);
    assert_eq!(page.field_error("card_number"), "The card was declined. Nothing was charged; please try another card.");
    let page = page.form("Pay").fill("card_number", "12").submit().await;
    assert_eq!(page.field_error("card_number"), "Enter a 16-digit card number, such as 4242 4242 4242 4242.");
    let page = page.form("Pay").fill("card_number", "4242424242424242").submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(shop.stock(&mug).await, (2, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_cancelled_payment_can_be_resumed() {
    let shop = TestShop::new().await;
    let (_, _, card) = open_card_page(&shop, 3).await;
    let page = card.click_link("Cancel and return to the order").await;
    assert_eq!(page.text("h1"), "One more step: pay for your order");
    assert!(!page.has("[data-order-number]"), "a number is drawn when the money is there");
    let page = page.form("Pay now").submit().await;
    assert_eq!(page.path, card.path, "the same page to pay on, not a second one");
    let page = page.form("Pay").fill("card_number", "4242424242424242").submit().await;
    assert_eq!(TestShop::order_number(&page), "1001");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_unpaid_order_expires() {
    let shop = TestShop::new().await;
    let (ada, mug, card) = open_card_page(&shop, 1).await;
    let order = card.click_link("Cancel and return to the order").await.path;
    assert_eq!(shop.stock(&mug).await, (0, 1));

    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!(shop.stock(&mug).await, (0, 1), "its time is not up yet");
    shop.advance_clock(SignedDuration::from_mins(16));
    worker::expire_orders(&shop.app).await.unwrap();

    assert_eq!(shop.stock(&mug).await, (1, 0));
    let page = ada.get(&order).await;
    assert_eq!(page.text("h1"), "This order has expired");
    let page = card.form("Pay").fill("card_number", "4242424242424242").submit().await;
    assert_eq!(page.path, order, "the card page is closed: nothing can be paid for nothing");
    assert_eq!(page.text("h1"), "This order has expired");
    shop.run_jobs().await;
    assert!(shop.outbox_summary().await.is_empty());
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_job_finds_a_payment_without_the_buyers_return() {
    let shop = TestShop::new().await;
    let (ada, mug, card) = open_card_page(&shop, 1).await;
    let order = card.click_link("Cancel and return to the order").await.path;
    // The provider captures the payment, and the buyer does not return.
    let reference = card.path.rsplit('/').next().unwrap().to_owned();
    shop.app.payments.test.as_ref().unwrap().pay(reference, "4242424242424242").await.unwrap();
    assert_eq!(ada.get(&order).await.text("h1"), "One more step: pay for your order");
    shop.advance_clock(SignedDuration::from_mins(20));
    // The expiry task finds the payment first.
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!(ada.get(&order).await.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(shop.stock(&mug).await, (0, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}
