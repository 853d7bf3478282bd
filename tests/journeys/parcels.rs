//! A parcel that gets lost, is sent again and arrives.

use tradepost::models::account::roles::Role;

use crate::support::{TestShop, checkout};

#[actix_web::test]
async fn a_lost_parcel_is_sent_again_and_arrives() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (packer, support, ada) = (shop.staff(Role::Fulfilment).await, shop.staff(Role::Support).await, shop.visitor());
    ada.add_to_cart(&mug, 2).await;
    let order = checkout(&ada, "bank_transfer").await.send().await;
    let page = packer.get("/admin/orders/1001").await.form("Fulfil").fill("carrier", "DHL").send().await;
    assert_eq!(page.text("[aria-labelledby=parcel] .pill"), "On its way");
    shop.run_jobs().await;
    assert!(support.get("/admin/orders/1001").await.forms("Delivered").is_empty());

    let late = packer.get("/admin/orders/1001").await;
    let page = page.form("Did not arrive").send().await;
    assert_eq!(page.text("[aria-labelledby=parcel] .pill"), "Did not arrive");
    assert!(late.form("Delivered").send().await.text("[role=alert]").contains("not possible any more"));
    let seen = ada.get(&order.path).await;
    assert_eq!(seen.text("[aria-labelledby=h-track] .pill"), "Did not arrive");
    assert!(seen.text(".timeline").contains("Parcel did not arrive"));

    let attention = packer.get("/admin/attention").await;
    assert_eq!(attention.texts("caption"), ["Parcels that did not arrive"]);
    assert!(attention.text("#admin-menu a[href='/admin/attention']").contains('1'));
    let page = attention.follow("Order 1001").await;
    let link = page
        .form("Send again")
        .controls
        .iter()
        .find(|control| control.name.starts_with("tracking_url_"))
        .map(|control| control.name.clone())
        .unwrap();
    let number = link.replace("url", "number");
    let page = page.form("Send again").fill(&number, "JD02").fill(&link, "nonsense").send().await;
    assert_eq!(page.status, 422);
    assert!(page.error(&link).contains("https://"));
    assert_eq!((page.value(&number).as_str(), page.value(&link).as_str()), ("JD02", "nonsense"));
    let page = page.form("Send again").fill(&link, "https://dhl.example/JD02").send().await;
    assert_eq!(page.text("[role=status]"), "The parcel is on its way again.");
    assert_eq!(shop.stock(&mug).await, (3, 0), "it is the same parcel");
    assert_eq!(packer.get("/admin/attention").await.text("h2"), "Nothing needs you");
    shop.run_jobs().await;
    let letters = shop.letters().await;
    let sent: Vec<_> = letters.iter().filter(|letter| letter.subject == "Your order 1001 is on its way").collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.last().unwrap().body_text.contains("JD02"), "the letter names the new number");

    let page = page.form("Delivered").send().await;
    assert_eq!(page.text("[aria-labelledby=parcel] .pill"), "Delivered");
    assert!(page.forms("Did not arrive").is_empty() && page.forms("Send again").is_empty());
    let seen = ada.get(&order.path).await;
    assert_eq!(seen.text("h1"), "Your order has arrived");
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_parcel_whose_goods_are_back_in_stock_cannot_be_sent_again() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (owner, ada) = (shop.staff(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    checkout(&ada, "bank_transfer").await.send().await;
    let page = owner.get("/admin/orders/1001").await.form("Mark as paid").send().await;
    let page = page.form("Fulfil").send().await.form("Did not arrive").send().await;
    let before = page.form("Send again");
    let refund = page.form("Refund");
    let pieces = refund.controls.iter().find(|control| control.name.starts_with("refund_quantity_")).unwrap();
    let pieces = pieces.name.clone();
    let page = refund.fill(&pieces, "1").choose("restock", "1").send().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    assert_eq!(shop.stock(&mug).await, (5, 0));
    assert!(page.forms("Send again").is_empty());
    assert!(page.text("[aria-labelledby=parcel]").contains("back in stock, so it cannot be sent again"));
    assert!(before.send().await.text("[role=alert]").contains("not possible any more"));
    let page = page.form("Close").send().await;
    assert_eq!(page.text("[role=status]"), "The parcel is closed.");
    assert_eq!(page.text("[aria-labelledby=parcel] .pill"), "Did not arrive, closed");
    assert!(page.forms("Close").is_empty() && page.forms("Send again").is_empty());
    assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs you");
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_parcel_that_nobody_sends_again_is_closed() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (packer, support, ada) = (shop.staff(Role::Fulfilment).await, shop.staff(Role::Support).await, shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    let order = checkout(&ada, "bank_transfer").await.send().await;
    packer.get("/admin/orders/1001").await.form("Fulfil").send().await.form("Did not arrive").send().await;
    assert!(support.get("/admin/orders/1001").await.forms("Close").is_empty());
    let late = packer.get("/admin/orders/1001").await;
    let page = late.form("Close").send().await;
    assert_eq!(page.text("[role=status]"), "The parcel is closed.");
    assert!(page.text("[aria-labelledby=h-time]").contains("Parcel closed: it is not sent again"));
    assert!(late.form("Send again").send().await.text("[role=alert]").contains("not possible any more"));
    assert_eq!(packer.get("/admin/attention").await.text("h2"), "Nothing needs you");
    let seen = ada.get(&order.path).await;
    assert_eq!(seen.text("h1"), "Your order did not reach you");
    assert_eq!(seen.text("[aria-labelledby=h-track] .pill"), "Did not arrive");
    shop.run_jobs().await;
    shop.assert_clean().await;
}
