//! Pickup orders, paid in cash.

use tradepost::models::checkout::shipping_method::ShippingMethod;
use tradepost::models::people::account::roles::Role;

use crate::support::{TestShop, fill_checkout};

/// Adds a pickup method in the shop's country; returns the ids of both shipping methods.
async fn add_pickup_method(shop: &TestShop) -> (String, String) {
    shop.write(|tx| {
        let delivery = ShippingMethod::all(tx.conn())?.remove(0);
        let (public_id, name) = (String::new(), "Pickup at the shop".to_owned());
        let pickup = ShippingMethod { public_id, name, pickup: true, price_minor: 0, position: 9, ..delivery.clone() };
        pickup.save(tx, &[])?;
        let all = ShippingMethod::all(tx.conn())?;
        let pickup = all.into_iter().find(|method| method.pickup).unwrap();
        Ok((delivery.public_id, pickup.public_id))
    })
    .await
}

/// The text of the email whose subject contains `subject`.
async fn email_body(shop: &TestShop, subject: &str) -> String {
    let emails = shop.emails().await;
    let found = emails.iter().find(|email| email.subject.contains(subject));
    found.unwrap_or_else(|| panic!("no email {subject} among {}", emails.len())).body_text.clone()
}

#[actix_web::test]
async fn a_pickup_order_can_be_paid_at_collection() {
    let shop = TestShop::new().await;
    let (delivery, pickup) = add_pickup_method(&shop).await;
    let mug = shop.product("Mug").price(12_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = ada.get("/checkout").await;
    assert!(page.text("main").contains("You pay when you pick up your order."));

    let form = fill_checkout(&ada, "cash").await.choose("shipping_method", &delivery).fill("note", "Blue, please");
    let page = form.submit().await;
    assert_eq!(page.status, 422);
    assert!(page.text("#payment-method-error").starts_with("Cash on pickup is only available if you pick up"));
    assert_eq!((page.field_value("note").as_str(), shop.stock(&mug).await), ("Blue, please", (10, 0)));
    assert!(page.has("[name=payment_method][value=cash][checked]"));

    let page = page.form("Order").choose("shipping_method", &pickup).submit().await;
    assert_eq!((page.text("h1").as_str(), page.total("total").as_str()), ("Thank you, Ada Lovelace", "12.00"));
    assert_eq!(page.texts(".thanks .pill"), ["Pay on pickup", "Being prepared"]);
    assert!(page.text(".thanks").contains("You pay when you pick it up.") && !page.text("main").contains("ransfer"));
    shop.run_jobs().await;
    assert!(email_body(&shop, "Your order 1001").await.contains("Pay when you pick it up: €12.00."));
    assert!(email_body(&shop, "New order").await.contains("Cash on pickup: pays on pickup."));

    // Staff fulfil it before it is paid.
    let owner = shop.log_in_as(Role::Owner).await;
    assert!(owner.get("/admin/orders?tab=to-pack").await.text("tbody").contains("1001"));
    assert!(!owner.get("/admin/orders?tab=to-pay").await.has("tbody th a"));
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("Pays on pickup") && page.text("main").contains("Cash on pickup"));
    page.form("Fulfil").submit().await;
    shop.run_jobs().await;
    assert!(email_body(&shop, "is ready").await.contains("Pay when you pick it up: €12.00."));
    assert!(owner.get("/admin/orders?tab=to-pay").await.text("tbody").contains("1001"));
    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    assert!(page.text("main").contains("Paid") && !page.text("main").contains("Pays on pickup"));
    assert!(owner.get("/admin/orders?tab=done").await.text("tbody").contains("1001"));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn cash_is_offered_for_pickup_only() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    assert!(!ada.get("/checkout").await.has("[value=cash]"));
    let fields = fill_checkout(&ada, "bank_transfer").await.fields();
    let cash = |(name, value): &(String, String)| {
        (name.clone(), if name == "payment_method" { "cash".to_owned() } else { value.clone() })
    };
    let fields: Vec<(String, String)> = fields.iter().map(cash).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = ada.post("/checkout", &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.text("#payment-method-error").starts_with("Cash on pickup is only available if you pick up"));
    assert!(!page.has("[value=cash]"));

    // Pickup is not offered to buyers in other countries.
    add_pickup_method(&shop).await;
    assert!(ada.get("/checkout").await.has("[value=cash]"));
    shop.write(|tx| {
        let pickup = ShippingMethod::all(tx.conn())?.into_iter().find(|method| method.pickup).unwrap();
        ShippingMethod { countries: "FR".to_owned(), ..pickup }.save(tx, &[])
    })
    .await;
    assert!(!ada.get("/checkout").await.has("[value=cash]"));
    assert_eq!(shop.stock(&mug).await, (10, 0));
}
