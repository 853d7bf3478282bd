//! Gift cards from the shelf to the checkout, through the pages.

use tradepost::models::account::roles::Role;
use tradepost::models::gift_card::GiftCard;
use tradepost::models::order::{Order, OrderState};

use crate::support::builders::ADA;
use crate::support::{TestShop, checkout};

#[actix_web::test]
async fn one_buys_a_card_and_another_pays_with_it() {
    let shop = TestShop::new().await;
    shop.percent_code("SPRING15", 15).await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let ada = shop.visitor();
    let product = ada.get(&voucher.path()).await;
    assert!(product.text("main").contains("By email: free") && product.text("main").contains("No tax"));
    let cart = ada.add_to_cart(&voucher, 1).await;
    assert!(cart.text(".totals").contains("sent by email"));
    let cart = cart.form("Apply").fill("code", "SPRING15").send().await;
    assert_eq!(cart.error("code"), "This code is for other things than those in your cart.");
    let page = ada.get("/checkout").await;
    assert!(page.text("#shipping-methods").contains("By email"));
    assert_eq!((page.total("shipping"), page.total("total")), ("0.00".into(), "30.00".into()));
    let page = checkout(&ada, "bank_transfer").await.send().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert!(page.text(".thanks").contains("We send your gift card by email as soon as the money is there."));
    assert!(!page.has("[data-gift-card]"));
    let adas_order = page.path.clone();
    let owner = shop.staff(Role::Owner).await;
    let order = owner.get("/admin/orders/1001").await;
    assert!(!order.text("main").contains("Next: pack and post"));
    order.form("Mark as paid").send().await;
    let page = ada.get(&adas_order).await;
    assert_eq!(page.texts(".thanks .pill"), ["Paid"]);
    let code = page.text("[data-gift-card]");
    shop.run_jobs().await;
    assert!(shop.post_box().await.contains(&"ada@lovelace.example: Your gift card from Kestrel".to_owned()));
    shop.assert_clean().await;

    let grace = shop.visitor();
    let cart = grace.add_to_cart(&mug, 1).await;
    let cart = cart.form("Apply").fill("code", &code.to_lowercase().replace('-', "")).send().await;
    let ending = format!("Gift card ending {}", &code[15..]);
    assert!(cart.text("#coupon").contains(&ending) && cart.text("#coupon").contains("€30.00 on it"));
    assert_eq!((cart.total("gift-card"), cart.total("due")), ("-20.00".into(), "0.00".into()));
    // With shipping the card still pays all of it.
    let page = grace.get("/checkout").await;
    assert_eq!(
        (page.total("total"), page.total("gift-card"), page.total("due")),
        ("25.00".into(), "-25.00".into(), "0.00".into())
    );
    assert!(!page.has("[name=payment_method]"), "nothing to choose");
    let page = page.form("Order").fill_all(ADA).send().await;
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
    let letters = shop.letters().await;
    let told = letters.iter().find(|letter| letter.subject == "Your order 1002").unwrap();
    assert!(told.body_text.contains(&format!("{ending}: −€25.00\nLeft to pay: €0.00")), "{}", told.body_text);
    assert!(told.html.contains(&ending));
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_card_and_a_bank_transfer_share_an_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let (card, code) = shop.gift_card(10_00).await;
    let ada = shop.visitor();
    let cart = ada.add_to_cart(&mug, 1).await;
    let cart = cart.form("Apply").fill("code", &code).send().await;
    assert_eq!((cart.total("gift-card"), cart.total("due")), ("-10.00".into(), "10.00".into()));
    let cart = cart.form("Remove Gift card ending").send().await;
    assert!(!cart.has("[data-total=gift-card]"));
    cart.form("Apply").fill("code", &code).send().await;
    // Taken off at the checkout nothing typed is lost; and put on again in another tab it is seen before it pays.
    let page = ada.get("/checkout").await;
    let page = page.form("Remove Gift card ending").fill_all(ADA).send().await;
    assert_eq!((page.value("name").as_str(), page.total("total").as_str()), ("Ada Lovelace", "25.00"));
    assert!(!page.has("[data-total=gift-card]"));
    ada.get("/cart").await.form("Apply").fill("code", &code).send().await;
    let page = page.form("Order").choose("payment_method", "bank_transfer").send().await;
    assert_eq!((page.status, page.total("due").as_str()), (422, "15.00"));
    let page = page.form("Order").send().await;
    assert_eq!(page.attr(".bank h2 data", "value").as_deref(), Some("15.00"));
    assert_eq!((page.total("total"), page.total("due")), ("25.00".into(), "15.00".into()));
    assert!(page.text(".totals").contains("Bank transfer"));
    shop.run_jobs().await;
    let letters = shop.letters().await;
    let told = letters.iter().find(|letter| letter.subject == "Your order 1001").unwrap();
    assert!(told.body_text.contains("Please transfer €15.00 by 28 November 2026 to"));
    let owner = shop.staff(Role::Owner).await;
    let order = owner.get("/admin/orders/1001").await;
    assert!(!order.has("#refund"), "nothing is paid back before all is paid");
    let order = order.form("Mark as paid").send().await;
    let field = order.attr("#refund input[type=number]", "name").unwrap();
    let order = order.form("Refund").fill(&field, "1").send().await;
    assert!(order.text("[role=status]").contains("What came by transfer or in cash you pay back yourself."));
    assert_eq!(shop.on_card(&card).await, 5_00, "fifteen by transfer, five on the card");
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_card_that_somebody_else_has_used_meanwhile_is_not_charged_silently() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let (card, code) = shop.gift_card(30_00).await;
    let (ada, grace) = (shop.visitor(), shop.visitor());
    for buyer in [&ada, &grace] {
        buyer.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).send().await;
    }
    let form = ada.get("/checkout").await.form("Order").fill_all(ADA);
    grace.get("/checkout").await.form("Order").fill_all(ADA).send().await;
    let page = form.send().await;
    assert_eq!((page.status, page.total("gift-card").as_str(), page.total("due").as_str()), (422, "-5.00", "20.00"));
    assert!(page.text("main").contains("The total has changed, or"));
    let page = page.form("Order").choose("payment_method", "test_card").send().await;
    assert_eq!(page.attr(".due data", "value").as_deref(), Some("20.00"));
    let page = page.form("Pay").fill("card_number", "4242424242424242").send().await;
    assert_eq!((page.text("h1").as_str(), page.total("due").as_str()), ("Thank you, Ada Lovelace", "20.00"));
    assert_eq!(shop.on_card(&card).await, 0);
    shop.run_jobs().await;
    let orders = shop.read(|conn| Ok((Order::by_number(conn, "1001")?, Order::by_number(conn, "1002")?))).await;
    assert_eq!((orders.0.state, orders.1.captured_minor), (OrderState::Placed, 20_00));
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_sold_card_that_was_used_is_refused_beside_its_field() {
    let shop = TestShop::new().await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&voucher, 1).await;
    let page = checkout(&ada, "test_card").await.send().await;
    let page = page.form("Pay").fill("card_number", "4242424242424242").send().await;
    let code = page.text("[data-gift-card]");
    let grace = shop.visitor();
    grace.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).send().await;
    grace.get("/checkout").await.form("Order").fill_all(ADA).send().await;
    let owner = shop.staff(Role::Owner).await;
    let order = owner.get("/admin/orders/1001").await;
    let field = order.attr("#refund input[type=number]", "name").unwrap();
    let refused = order.form("Refund").fill(&field, "1").send().await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.error(&field), "This gift card has been used, so it cannot be paid back.");
    // Its own order comes back: the card is whole again, and can be paid back.
    owner.get("/admin/orders/1002").await.form("Cancel order").send().await;
    let order = refused.form("Refund").send().await;
    assert!(order.text("[role=status]").contains("The money is on its way back."));
    let card = shop.read(move |conn| Ok(GiftCard::by_code(conn, &code)?.unwrap())).await;
    assert_eq!(card.balance_minor, 0);
    shop.run_jobs().await;
    shop.assert_clean().await;
}
