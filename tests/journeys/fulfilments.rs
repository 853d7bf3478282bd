//! A fulfilment that fails, is resent and delivered.

use tradepost::models::people::account::roles::Role;

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn a_failed_fulfilment_is_resent_and_delivered() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (packer, support, ada) =
        (shop.log_in_as(Role::Fulfilment).await, shop.log_in_as(Role::Support).await, shop.visitor());
    ada.add_to_cart(&mug, 2).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let page = packer.get("/admin/orders/1001").await.form("Fulfil").fill("carrier", "DHL").submit().await;
    assert_eq!(page.text("[aria-labelledby=shipments] .pill"), "On its way");
    shop.run_jobs().await;
    assert!(support.get("/admin/orders/1001").await.forms("Delivered").is_empty());

    let late = packer.get("/admin/orders/1001").await;
    let page = page.form("Not delivered").submit().await;
    assert_eq!(page.text("[aria-labelledby=shipments] .pill"), "Not delivered");
    assert!(late.form("Delivered").submit().await.text("[role=alert]").contains("no longer possible"));
    let seen = ada.get(&order.path).await;
    assert_eq!(seen.text("[aria-labelledby=h-track] .pill"), "Delivery failed");
    assert!(seen.text(".timeline").contains("Shipment not delivered"));

    let attention = packer.get("/admin/attention").await;
    assert_eq!(attention.texts("caption"), ["Shipments not delivered"]);
    assert!(attention.text("#admin-menu a[href='/admin/attention']").contains('1'));
    let page = attention.click_link("Order 1001").await;
    let link = page
        .form("Ship again")
        .controls
        .iter()
        .find(|control| control.name.starts_with("tracking_url_"))
        .map(|control| control.name.clone())
        .unwrap();
    let number = link.replace("url", "number");
    let page = page.form("Ship again").fill(&number, "JD02").fill(&link, "nonsense").submit().await;
    assert_eq!(page.status, 422);
    assert!(page.field_error(&link).contains("https://"));
    assert_eq!((page.field_value(&number).as_str(), page.field_value(&link).as_str()), ("JD02", "nonsense"));
    let page = page.form("Ship again").fill(&link, "https://dhl.example/JD02").submit().await;
    assert_eq!(page.text("[role=status]"), "Shipped again.");
    assert_eq!(shop.stock(&mug).await, (3, 0), "it is the same fulfilment");
    assert_eq!(packer.get("/admin/attention").await.text("h2"), "Nothing needs attention");
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let sent: Vec<_> = emails.iter().filter(|email| email.subject == "Your order 1001 is on its way").collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.last().unwrap().body_text.contains("JD02"), "the email names the new number");

    let page = page.form("Delivered").submit().await;
    assert_eq!(page.text("[aria-labelledby=shipments] .pill"), "Delivered");
    assert!(page.forms("Not delivered").is_empty() && page.forms("Ship again").is_empty());
    let seen = ada.get(&order.path).await;
    assert_eq!(seen.text("h1"), "Your order was delivered");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_restocked_fulfilment_cannot_be_resent() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.submit().await;
    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    let page = page.form("Fulfil").submit().await.form("Not delivered").submit().await;
    let before = page.form("Ship again");
    let refund = page.form("Refund");
    let field = refund.controls.iter().find(|control| control.name.starts_with("refund_quantity_")).unwrap();
    let field = field.name.clone();
    let page = refund.fill(&field, "1").choose("restock", "1").submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    assert_eq!(shop.stock(&mug).await, (5, 0));
    assert!(page.forms("Ship again").is_empty());
    assert!(page.text("[aria-labelledby=shipments]").contains("back in stock, so it cannot be shipped again"));
    assert!(before.submit().await.text("[role=alert]").contains("no longer possible"));
    let page = page.form("Close").submit().await;
    assert_eq!(page.text("[role=status]"), "The shipment is closed.");
    assert_eq!(page.text("[aria-labelledby=shipments] .pill"), "Not delivered, closed");
    assert!(page.forms("Close").is_empty() && page.forms("Ship again").is_empty());
    assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_failed_fulfilment_can_be_closed() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (packer, support, ada) =
        (shop.log_in_as(Role::Fulfilment).await, shop.log_in_as(Role::Support).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    packer.get("/admin/orders/1001").await.form("Fulfil").submit().await.form("Not delivered").submit().await;
    assert!(support.get("/admin/orders/1001").await.forms("Close").is_empty());
    let late = packer.get("/admin/orders/1001").await;
    let page = late.form("Close").submit().await;
    assert_eq!(page.text("[role=status]"), "The shipment is closed.");
    assert!(page.text("[aria-labelledby=h-time]").contains("Shipment closed: it will not be shipped again"));
    assert!(late.form("Ship again").submit().await.text("[role=alert]").contains("no longer possible"));
    assert_eq!(packer.get("/admin/attention").await.text("h2"), "Nothing needs attention");
    let seen = ada.get(&order.path).await;
    assert_eq!(seen.text("h1"), "Your order could not be delivered");
    assert_eq!(seen.text("[aria-labelledby=h-track] .pill"), "Delivery failed");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}
