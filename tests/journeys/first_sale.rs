//! The whole path: setup, post, product, order, payment, fulfilment, and the buyer's view of it.

use crate::support::pictures::png;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn from_an_empty_folder_to_a_shipped_order() {
    let shop = TestShop::before_setup().await;
    let (owner, buyer) = (shop.visitor(), shop.visitor());

    let form = owner.get("/setup").await.form("Create my site").fill_all(&[
        ("site_name", "Harbour Tea"),
        ("name", "Mary Somerville"),
        ("email", "mary@harbour.example"),
        ("password", STAFF_PASSWORD),
        ("country", "DE"),
        ("currency", "EUR"),
    ]);
    assert_eq!(form.choose("content", "empty").submit().await.status, 200);

    let page = owner.get("/admin/settings").await;
    page.form("Save").fill("bank_account", "IBAN: DE02 1203 0000 0000 2020 51").submit().await;

    let page = owner.get("/admin/posts/new").await;
    let page = page.form("Publish").fill_all(&[("title", "We are open"), ("body", "Come in.")]).submit().await;
    assert_eq!(page.text("[role=status]"), "Post published.");
    assert_eq!(buyer.get("/blog").await.click_link("We are open").await.text("h1"), "We are open");

    let page = owner.get("/admin/products/new").await;
    let page = page
        .form("Save")
        .fill_all(&[("title", "Black tea"), ("price", "9.50"), ("stock", "10"), ("sku", "TEA")])
        .choose("status", "active")
        .attach_file("images", "tea.png", &png(160, 200))
        .submit()
        .await;
    assert_eq!(page.text("[role=status]"), "Product saved.");

    let page =
        buyer.get("/shop").await.click_link("Black tea").await.form("Add to cart").fill("quantity", "2").submit().await;
    assert_eq!(page.path.split('?').next(), Some("/cart"));
    let order = fill_checkout(&buyer, "bank_transfer").await.submit().await;
    assert_eq!(order.total("total"), "24.00");
    let number = TestShop::order_number(&order);
    shop.run_jobs().await;

    let page = owner.get(&format!("/admin/orders/{number}")).await.form("Mark as paid").submit().await;
    let page = page.form("Fulfil").fill_all(&[("carrier", "DHL"), ("tracking_number", "X1")]).submit().await;
    assert_eq!(page.text("[role=status]"), "Order fulfilled.");

    let seen = buyer.get(&order.path).await;
    assert_eq!(seen.text("h1"), "Your order is on its way");
    assert!(seen.text("main").contains("X1"));
    shop.run_jobs().await;
    let to_buyer = shop.outbox_summary().await.into_iter().filter(|line| line.starts_with("ada@")).count();
    assert_eq!(to_buyer, 3, "placed, paid, sent");
    shop.assert_audit_passes().await;
}
