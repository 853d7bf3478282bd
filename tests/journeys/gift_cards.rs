//! Gift cards from purchase to checkout.

use tradepost::models::checkout::gift_card::GiftCard;
use tradepost::models::people::account::roles::Role;
use tradepost::models::sales::order::{Order, OrderState};

use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn a_bought_gift_card_pays_another_order() {
    let shop = TestShop::new().await;
    shop.create_percent_coupon("SPRING15", 15).await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let ada = shop.visitor();
    let product = ada.get(&voucher.path()).await;
    assert!(product.text("main").contains("By email: free") && product.text("main").contains("No tax"));
    let cart = ada.add_to_cart(&voucher, 1).await;
    assert!(cart.text(".totals").contains("sent by email"));
    let cart = cart.form("Apply").fill("code", "SPRING15").submit().await;
    assert_eq!(cart.field_error("code"), "This code does not apply to the items in your cart.");
    let page = ada.get("/checkout").await;
    assert!(page.text("#shipping-methods").contains("By email"));
    assert_eq!((page.total("shipping"), page.total("total")), ("0.00".into(), "30.00".into()));
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert!(page.text(".thanks").contains("We will send your gift card by email as soon as the payment arrives."));
    assert!(!page.has("[data-gift-card]"));
    let adas_order = page.path.clone();
    let owner = shop.log_in_as(Role::Owner).await;
    let order = owner.get("/admin/orders/1001").await;
    assert!(!order.text("main").contains("Next: pack and ship"));
    order.form("Mark as paid").submit().await;
    let page = ada.get(&adas_order).await;
    assert_eq!(page.texts(".thanks .pill"), ["Paid"]);
    let code = page.text("[data-gift-card]");
    shop.run_jobs().await;
    assert!(shop.outbox_summary().await.contains(&"ada@lovelace.example: Your gift card from Kestrel".to_owned()));
    shop.assert_audit_passes().await;

    let grace = shop.visitor();
    let cart = grace.add_to_cart(&mug, 1).await;
    let cart = cart.form("Apply").fill("code", &code.to_lowercase().replace('-', "")).submit().await;
    let ending = format!("Gift card ending {}", &code[15..]);
    assert!(cart.text("#coupon").contains(&ending) && cart.text("#coupon").contains("€30.00 available"));
    assert_eq!((cart.total("gift-card"), cart.total("due")), ("-20.00".into(), "0.00".into()));
    // With shipping the card still pays all of it.
    let page = grace.get("/checkout").await;
    assert_eq!(
        (page.total("total"), page.total("gift-card"), page.total("due")),
        ("25.00".into(), "-25.00".into(), "0.00".into())
    );
    assert!(!page.has("[name=payment_method]"), "nothing to choose");
    let page = page.form("Order").fill_all(CHECKOUT_FIELDS).submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(page.texts(".thanks .pill"), ["Paid", "Being prepared"]);
    assert_eq!(
        (page.total("total"), page.total("gift-card"), page.total("due")),
        ("25.00".into(), "-25.00".into(), "0.00".into())
    );
    assert!(page.text(".totals").contains(&ending) && page.text("main").contains("Payment: Gift card"));
    let order = owner.get("/admin/orders/1002").await;
    assert_eq!(order.total("gift-card"), "-25.00");
    assert!(order.text("main").contains(&format!("Paid by gift card ending {}:", &code[15..])));
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let buyer_email = emails.iter().find(|email| email.subject == "Your order 1002").unwrap();
    assert!(
        buyer_email.body_text.contains(&format!("{ending}: −€25.00\nAmount due: €0.00")),
        "{}",
        buyer_email.body_text
    );
    assert!(buyer_email.html.contains(&ending));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_gift_card_and_a_bank_transfer_pay_together() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let (card, code) = shop.issue_gift_card(10_00).await;
    let ada = shop.visitor();
    let cart = ada.add_to_cart(&mug, 1).await;
    let cart = cart.form("Apply").fill("code", &code).submit().await;
    assert_eq!((cart.total("gift-card"), cart.total("due")), ("-10.00".into(), "10.00".into()));
    let cart = cart.form("Remove Gift card ending").submit().await;
    assert!(!cart.has("[data-total=gift-card]"));
    cart.form("Apply").fill("code", &code).submit().await;
    // Removing it at the checkout keeps the input; adding it again in another tab is shown before it pays.
    let page = ada.get("/checkout").await;
    let page = page.form("Remove Gift card ending").fill_all(CHECKOUT_FIELDS).submit().await;
    assert_eq!((page.field_value("name").as_str(), page.total("total").as_str()), ("Ada Lovelace", "25.00"));
    assert!(!page.has("[data-total=gift-card]"));
    ada.get("/cart").await.form("Apply").fill("code", &code).submit().await;
    let page = page.form("Order").choose("payment_method", "bank_transfer").submit().await;
    assert_eq!((page.status, page.total("due").as_str()), (422, "15.00"));
    let page = page.form("Order").submit().await;
    assert_eq!(page.attr(".bank h2 data", "value").as_deref(), Some("15.00"));
    assert_eq!((page.total("total"), page.total("due")), ("25.00".into(), "15.00".into()));
    assert!(page.text(".totals").contains("Bank transfer"));
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let buyer_email = emails.iter().find(|email| email.subject == "Your order 1001").unwrap();
    assert!(buyer_email.body_text.contains("Please transfer €15.00 by 28 November 2026 to"));
    let owner = shop.log_in_as(Role::Owner).await;
    let order = owner.get("/admin/orders/1001").await;
    assert!(!order.has("#refund"), "no refund before full payment");
    let order = order.form("Mark as paid").submit().await;
    let field = order.attr("#refund input[type=number]", "name").unwrap();
    let order = order.form("Refund").fill(&field, "1").submit().await;
    assert!(order.text("[role=status]").contains("Please refund bank transfers and cash payments yourself."));
    assert_eq!(shop.gift_card_balance(&card).await, 5_00, "fifteen by transfer, five on the card");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_gift_card_used_meanwhile_is_shown_before_the_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let (card, code) = shop.issue_gift_card(30_00).await;
    let (ada, grace) = (shop.visitor(), shop.visitor());
    for buyer in [&ada, &grace] {
        buyer.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).submit().await;
    }
    let form = ada.get("/checkout").await.form("Order").fill_all(CHECKOUT_FIELDS);
    grace.get("/checkout").await.form("Order").fill_all(CHECKOUT_FIELDS).submit().await;
    let page = form.submit().await;
    assert_eq!((page.status, page.total("gift-card").as_str(), page.total("due").as_str()), (422, "-5.00", "20.00"));
    assert!(page.text("main").contains("The total, shipping or taxes have changed."));
    let page = page.form("Order").choose("payment_method", "test_card").submit().await;
    assert_eq!(page.attr(".due data", "value").as_deref(), Some("20.00"));
    let page = page.form("Pay").fill("card_number", "4242424242424242").submit().await;
    assert_eq!((page.text("h1").as_str(), page.total("due").as_str()), ("Thank you, Ada Lovelace", "20.00"));
    assert_eq!(shop.gift_card_balance(&card).await, 0);
    shop.run_jobs().await;
    let orders =
        shop.read(|conn| Ok((Order::find_by_number(conn, "1001")?, Order::find_by_number(conn, "1002")?))).await;
    assert_eq!((orders.0.state, orders.1.totals.captured_minor), (OrderState::Placed, 20_00));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_used_gift_card_cannot_be_refunded() {
    let shop = TestShop::new().await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&voucher, 1).await;
    let page = fill_checkout(&ada, "test_card").await.submit().await;
    let page = page.form("Pay").fill("card_number", "4242424242424242").submit().await;
    let code = page.text("[data-gift-card]");
    let grace = shop.visitor();
    grace.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).submit().await;
    grace.get("/checkout").await.form("Order").fill_all(CHECKOUT_FIELDS).submit().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let order = owner.get("/admin/orders/1001").await;
    let field = order.attr("#refund input[type=number]", "name").unwrap();
    let refused = order.form("Refund").fill(&field, "1").submit().await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.field_error(&field), "This gift card has been used, so it cannot be refunded.");
    // Its order was cancelled: the card is full again and refundable.
    owner.get("/admin/orders/1002").await.form("Cancel order").submit().await;
    let order = refused.form("Refund").submit().await;
    assert!(order.text("[role=status]").contains("The refund is on its way."));
    let card = shop.read(move |conn| Ok(GiftCard::find_by_code(conn, &code)?.unwrap())).await;
    assert_eq!(card.balance_minor, 0);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}
