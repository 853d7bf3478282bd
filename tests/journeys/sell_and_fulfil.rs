//! An owner's day: a new product, an order, its payment and fulfilment.

use tradepost::models::people::account::roles::Role;

use crate::support::pictures::png;
use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn a_product_is_created_sold_paid_and_fulfilled() {
    let shop = TestShop::new().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    let page = owner.get("/admin/products/new").await;
    let page = page
        .form("Save")
        .fill_all(&[
            ("title", "Drip kettle"),
            ("description", "Pours *well*."),
            ("facts", "Volume: 0.9 l"),
            ("price", "49.90"),
        ])
        .fill_all(&[("sku", "KETTLE-1"), ("stock", "4"), ("weight_grams", "800"), ("categories", "brewing")])
        .choose("status", "active")
        .attach_file("images", "kettle.png", &png(180, 220))
        .attach_file("images", "lid.png", &png(120, 120))
        .submit()
        .await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    assert_eq!(page.text("[role=status]"), "Product saved.");
    assert_eq!(page.texts(".pictures > li").len(), 2);

    let public = ada.get("/products/drip-kettle").await;
    assert_eq!(public.text("h1"), "Drip kettle");
    assert_eq!(public.text(".prose em"), "well");
    assert_eq!(public.text(".attributes td"), "0.9 l");
    let picture = public.attr("main img", "src").unwrap();
    assert_eq!(ada.get(&picture).await.status, 200);
    public.form("Add to cart").fill("quantity", "3").submit().await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let number = TestShop::order_number(&order);
    shop.run_jobs().await;

    let page = owner.get("/admin/orders").await.click_link(&number).await;
    assert_eq!(TestShop::order_number(&page), number);
    assert_eq!(page.total("total"), order.total("total"));
    assert_eq!(page.total("total"), "154.70");
    let page = page.form("Mark as paid").submit().await;
    assert!(page.forms("Mark as paid").is_empty());
    shop.run_jobs().await;

    let form = page.form("Fulfil").fill_all(&[
        ("carrier", "DHL"),
        ("tracking_number", "JD014600006"),
        ("tracking_url", "https://dhl.example/JD014600006"),
    ]);
    let (line, quantity) = form.fields().into_iter().find(|(name, _)| name.starts_with("quantity_")).unwrap();
    assert_eq!(quantity, "3");
    let page = form.fill(&line, "2").submit().await;
    assert_eq!(page.text("[role=status]"), "Order fulfilled.");
    assert_eq!(ada.get(&order.path).await.text("h1"), "Part of your order is on its way");
    let page = page.form("Fulfil").submit().await;
    assert!(page.forms("Fulfil").is_empty());

    let seen = ada.get(&order.path).await;
    assert_eq!(seen.text("h1"), "Your order is on its way");
    assert_eq!(seen.texts(".thanks .pill"), ["Paid", "Shipped"]);
    assert!(seen.has("a[href='https://dhl.example/JD014600006']") && seen.text("main").contains("JD014600006"));
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let to_ada: Vec<&str> =
        emails.iter().filter(|l| l.recipient.starts_with("ada@")).map(|email| email.subject.as_str()).collect();
    assert_eq!(to_ada.len(), 4, "placed, paid, two fulfilments: {to_ada:?}");
    assert!(emails.iter().any(|email| email.body_text.contains("JD014600006")));
    let outbox = owner.get("/admin/outbox").await;
    assert_eq!(outbox.texts("tbody tr").len(), emails.len());
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_cancelled_order_restocks_and_emails_the_buyer() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(2).create().await;
    let (manager, ada) = (shop.log_in_as(Role::ShopManager).await, shop.visitor());
    ada.add_to_cart(&mug, 2).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let number = TestShop::order_number(&order);
    let (page, late) =
        (manager.get(&format!("/admin/orders/{number}")).await, manager.get(&format!("/admin/orders/{number}")).await);
    page.form("Cancel order").submit().await;
    assert_eq!(shop.stock(&mug).await, (2, 0));
    let order = ada.get(&order.path).await;
    assert_eq!((order.text("h1").as_str(), order.has(".tick")), ("This order was cancelled", false));
    let late = late.form("Mark as paid").submit().await;
    assert!(late.text("[role=alert]").contains("no longer possible"));
    shop.run_jobs().await;
    assert!(shop.outbox_summary().await.iter().any(|line| line.starts_with("ada@") && line.contains("cancelled")));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_internal_note_is_visible_to_staff_only() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (support, ada) = (shop.log_in_as(Role::Support).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let page = support.get("/admin/orders/1001").await;
    assert!(page.forms("Mark as paid").is_empty() && page.forms("Cancel order").is_empty());
    let page = page.form("Add note").fill("note", "Asked for gift wrapping").submit().await;
    assert!(page.text(".timeline").contains("Asked for gift wrapping"));
    assert!(!ada.get(&order.path).await.text("main").contains("gift wrapping"));
    shop.run_jobs().await;
}
