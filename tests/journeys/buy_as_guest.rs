//! A guest finds a product, changes the quantity, and pays by bank transfer.

use crate::support::{Page, TestShop, fill_checkout};

#[actix_web::test]
async fn a_guest_buys_two_mugs_by_bank_transfer() {
    let shop = TestShop::new().await;
    let mug = shop.product("Enamel mug").price(12_50).stock(5).create().await;
    let ada = shop.visitor();

    let page = ada.get("/shop").await.click_link("Enamel mug").await;
    assert_eq!(page.text("h1"), "Enamel mug");
    let page = page.form("Add to cart").fill("quantity", "3").submit().await;
    assert_eq!(page.path.split('?').next(), Some("/cart"));
    assert!(page.text("#added").starts_with("Added to your cart"), "{}", page.text("#added"));
    assert_eq!(page.attr("#cart-link", "aria-label").as_deref(), Some("Cart, 3 items"));

    let page = page.form("Update").fill("quantity", "2").submit().await;
    assert_eq!(page.total("goods"), "25.00");
    assert_eq!(shop.stock(&mug).await, (5, 0), "a cart promises no stock");

    let page = page.click_link("Check out").await;
    assert_eq!(page.path, "/checkout");
    assert_eq!(page.total("total"), "30.00");
    let page = fill_checkout(&ada, "bank_transfer").await.fill("note", "Please ring twice").submit().await;

    assert_eq!(page.status, 200, "{}", page.text("main"));
    assert!(page.path.starts_with("/orders/"));
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    let number = TestShop::order_number(&page);
    assert_eq!(number, "1001");
    let rows = ["goods", "shipping", "tax", "total"].map(|row| page.total(row));
    // 30.00 € with 19 % inside: 30.00 − 30.00 / 1.19.
    assert_eq!(rows, ["25.00", "5.00", "4.79", "30.00"]);
    assert!(page.text(".bank").contains("DE02 1203") && page.text(".bank").contains(&number));
    assert_eq!(shop.stock(&mug).await, (3, 2));
    assert_eq!(ada.get("/cart").await.text("h1"), "Your cart is empty");

    shop.run_jobs().await;
    shop.run_jobs().await;
    assert_eq!(
        shop.outbox_summary().await,
        ["ada@lovelace.example: Your order 1001", "hello@kestrel.example: New order 1001 for €30.00",]
    );
    let email = shop.emails().await.remove(0);
    assert!(
        email.body_text.contains("2 × Enamel mug") || email.body_text.contains("Enamel mug"),
        "{}",
        email.body_text
    );
    assert!(email.body_text.contains(&page.path), "the email links to the order: {}", email.body_text);
    assert!(email.body_text.contains("DE02 1203"), "the email has the bank account: {}", email.body_text);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_order_page_needs_its_secret_address() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let path = page.path.clone();
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("x-robots-tag"), Some("noindex"));
    assert_eq!(shop.visitor().get(&path).await.text("h1"), "Thank you, Ada Lovelace");
    let guessed: Page = shop.visitor().get(&path[..path.len() - 1]).await;
    assert_eq!(guessed.status, 404);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn emails_are_sent_by_smtp_except_to_example_addresses() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.fill("email", "ada@lovelace.de").submit().await;
    shop.run_jobs().await;
    let sent = shop.sent_emails.lock().unwrap().clone();
    assert_eq!(sent.len(), 1, "the shop's own example address gets none: {sent:#?}");
    assert_eq!(
        (sent[0].to.as_str(), sent[0].from.as_str()),
        ("ada@lovelace.de", "\"Kestrel\" <hello@kestrel.example>")
    );
    let states: Vec<&str> = shop.emails().await.into_iter().map(|email| email.state.as_str()).collect();
    assert_eq!(states, ["sent", "kept"]);
}
