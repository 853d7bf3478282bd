//! Returns by buyers and staff.

use tradepost::models::people::account::roles::Role;

use crate::support::browser::{Control, Form};
use crate::support::{Browser, Page, TestProduct, TestShop, fill_checkout};

/// An order of two mugs, paid and sent: the buyer's page.
async fn place_shipped_order(shop: &TestShop, owner: &Browser, mug: &TestProduct) -> Page {
    let ada = shop.visitor();
    ada.add_to_cart(mug, 2).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let number = TestShop::order_number(&order);
    let page = owner.get(&format!("/admin/orders/{number}")).await.form("Mark as paid").submit().await;
    page.form("Fulfil").submit().await;
    shop.run_jobs().await;
    ada.get(&order.path).await
}

fn line_field(form: &Form, start: &str) -> String {
    let named = |control: &&Control| control.name.starts_with(start);
    form.controls.iter().find(named).unwrap_or_else(|| panic!("no field {start}")).name.clone()
}

async fn request_return(page: &Page, quantity: &str, reason: &str) -> Page {
    let form = page.click_link("Request a return").await.form("Request return");
    let line = line_field(&form, "return_quantity_");
    form.fill(&line, quantity).fill("reason", reason).submit().await
}

async fn shop_with_address() -> TestShop {
    let shop = TestShop::new().await;
    shop.update_settings(|settings| {
        settings.business_address = "Speicherstraße 4\n20457 Hamburg".to_owned();
        settings.contact_email = "hello@kestrel.example".to_owned();
    })
    .await;
    shop
}

#[actix_web::test]
async fn a_returned_mug_is_refunded() {
    for (condition, left) in [("sellable", 9), ("damaged", 8)] {
        let shop = shop_with_address().await;
        let mug = shop.product("Harbour mug").stock(10).create().await;
        let owner = shop.log_in_as(Role::Owner).await;
        let order = place_shipped_order(&shop, &owner, &mug).await;

        let page = request_return(&order, "1", "It has a crack").await;
        assert_eq!(page.text("[role=status]"), "We have received your request and will email you.");
        assert_eq!(page.text(".returns .pill"), "Return requested");
        assert!(page.text(".returns").contains("1 × Harbour mug") && !page.text(".returns").contains("Hamburg"));
        shop.run_jobs().await;
        let to_shop = shop.emails().await.into_iter().rfind(|l| l.recipient.starts_with("hello@")).unwrap();
        assert_eq!(to_shop.subject, "Return requested for order 1001");
        assert!(to_shop.body_text.contains("It has a crack") && to_shop.body_text.contains("/admin/orders/1001"));

        let attention = owner.get("/admin/attention").await;
        assert!(attention.text("#admin-menu a[href='/admin/attention']").contains('1'));
        assert!(attention.text("tbody").contains("It has a crack"));
        let page = attention.click_link("Order 1001").await;
        assert_eq!(page.text("[aria-labelledby=h-returns] .pill"), "Requested");
        let page = page.form("Approve").submit().await;
        assert!(page.forms("Approve").is_empty() && page.forms("Decline").is_empty());
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
        shop.run_jobs().await;
        let to_ada = shop.emails().await.into_iter().rfind(|l| l.recipient.starts_with("ada@")).unwrap();
        assert_eq!(to_ada.subject, "Your return for order 1001 is approved");
        assert!(to_ada.body_text.contains("1 × Harbour mug") && to_ada.body_text.contains("20457 Hamburg"));
        let seen = owner.get(&order.path).await;
        assert_eq!(seen.text(".returns .pill"), "Return approved");
        assert!(seen.text(".returns address").contains("Speicherstraße 4"));

        assert_eq!(shop.stock(&mug).await, (8, 0));
        let form = page.form("Mark as received");
        let name = line_field(&form, "condition_");
        let refused = page.form("Mark as received").submit().await;
        assert_eq!((refused.status, refused.field_error(&name).as_str()), (422, "Choose a condition."));
        let page = form.choose(&name, condition).submit().await;
        assert_eq!(shop.stock(&mug).await, (left, 0));
        let timeline = page.text("[aria-labelledby=h-time]");
        assert_eq!(timeline.contains("Damaged, not back in stock: 1 × Harbour mug"), condition == "damaged");
        let ledger = owner.get(&format!("/admin/stock/{}", mug.variant.public_id)).await.text("main");
        assert_eq!(ledger.contains("Returned"), condition == "sellable", "{ledger}");
        assert!(!owner.get(&order.path).await.text("main").contains("Damaged"));

        let page = page.form("Issue refund").submit().await;
        assert_eq!(
            page.text("[role=status]"),
            "Refund recorded. Please refund bank transfers and cash payments yourself."
        );
        assert_eq!(page.text("[aria-labelledby=h-returns] .pill"), "Refunded");
        assert_eq!(page.texts("h1 ~ .pill"), ["Partially refunded", "Partially returned"]);
        assert_eq!(page.texts("a[href*='/invoices/']"), ["Invoice INV-0001", "Credit note CN-0001"]);
        assert_eq!(shop.stock(&mug).await, (left, 0));
        shop.run_jobs().await;
        let last = shop.emails().await.pop().unwrap();
        assert_eq!(last.subject, "Your refund for order 1001 is on its way");
        assert!(last.body_text.contains("12.00") && last.body_text.contains("For the items you returned."));
        let seen = owner.get(&order.path).await;
        assert_eq!(seen.text(".returns .pill"), "Refunded");
        assert_eq!(seen.texts(".thanks .pill"), ["Partially refunded", "Partially returned"]);
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn an_invalid_return_request_is_explained_beside_its_field() {
    let shop = shop_with_address().await;
    let mug = shop.product("Harbour mug").stock(10).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let order = place_shipped_order(&shop, &owner, &mug).await;
    let line = line_field(&order.click_link("Request a return").await.form("Request return"), "return_quantity_");

    let page = request_return(&order, "3", "Too many of them").await;
    assert_eq!((page.status, page.field_error(&line).as_str()), (422, "Only 2 of this item can be returned."));
    assert_eq!((page.field_value(&line).as_str(), page.field_value("reason").as_str()), ("3", "Too many of them"));
    let page = request_return(&order, "1", " ").await;
    assert_eq!((page.status, page.field_error("reason").as_str()), (422, "Tell us why you want to return it."));
    assert_eq!(page.field_value(&line), "1");
    let page = request_return(&order, "0", "Just so").await;
    assert_eq!((page.status, page.field_error(&line).as_str()), (422, "Choose at least one item to return."));
    assert_eq!(page.field_value("reason"), "Just so");
    let page = request_return(&order, "-1", "Just so").await;
    assert_eq!((page.status, page.field_error(&line).as_str()), (422, "Enter a whole number from 0 to 999."));
    let page = page.form("Request return").fill(&line, "2").submit().await;
    assert!(page.has(".returns .card"));

    // Nothing is returnable any more: the page redirects to the order.
    assert!(!page.has("a[href$='/returns/new']"));
    assert_eq!(owner.get(&format!("{}/returns/new", order.path)).await.path, order.path);

    let refused = owner.get("/admin/orders/1001").await.form("Decline").submit().await;
    let response = line_field(&refused.form("Decline"), "answer_");
    assert_eq!(
        (refused.status, refused.field_error(&response).as_str()),
        (422, "Tell the customer why the return is declined.")
    );
    refused.form("Decline").fill(&response, "They were painted for you.").submit().await;
    shop.run_jobs().await;
    let last = shop.emails().await.pop().unwrap();
    assert!(last.recipient.starts_with("ada@") && last.body_text.contains("They were painted for you."));
    let seen = owner.get(&order.path).await;
    assert!(seen.text(".returns").contains("They were painted for you."));
    assert_eq!(seen.text(".returns .pill"), "Return declined");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_return_is_cancelled_by_its_buyer_only() {
    let shop = shop_with_address().await;
    let mug = shop.product("Harbour mug").stock(10).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let (order, other) =
        (place_shipped_order(&shop, &owner, &mug).await, place_shipped_order(&shop, &owner, &mug).await);
    let page = request_return(&order, "1", "Too small").await;
    let form = page.form("Cancel this return");
    let foreign = form.action.replace(&order.path, &other.path);
    assert_eq!(owner.post(&foreign, &[]).await.status, 404);
    assert_eq!(owner.post("/admin/orders/1002/returns/1/approval", &[]).await.status, 404);
    assert_eq!(owner.get(&order.path.replace("/orders/", "/orders/x")).await.status, 404);
    let (again, late) = (page.form("Cancel this return"), owner.get(&order.path).await.form("Cancel this return"));
    for form in [form, again] {
        let page = form.submit().await;
        assert_eq!(page.text("[role=status]"), "The return is cancelled.", "a second click is answered as the first");
        assert_eq!(page.text(".returns .pill"), "Cancelled");
    }
    assert!(late.submit().await.text("[role=alert]").contains("no longer possible"));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn staff_with_permission_start_a_return() {
    let shop = shop_with_address().await;
    let mug = shop.product("Harbour mug").stock(10).create().await;
    let (owner, support) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::Support).await);
    let order = place_shipped_order(&shop, &owner, &mug).await;
    let form = owner.get("/admin/orders/1001").await.form("Create return");
    let line = line_field(&form, "return_quantity_");
    let page = form.fill("return_reason", "By phone").submit().await;
    assert_eq!((page.status, page.field_error(&line).as_str()), (422, "Choose at least one item to return."));
    assert_eq!(page.field_value("return_reason"), "By phone");
    let page = page.form("Create return").fill(&line, "2").submit().await;
    assert_eq!(page.text("[aria-labelledby=h-returns] .pill"), "Approved");
    assert!(owner.get(&order.path).await.text(".returns").contains("Hamburg"));
    shop.run_jobs().await;
    assert_eq!(shop.emails().await.pop().unwrap().subject, "Your return for order 1001 is approved");

    let seen = support.get("/admin/orders/1001").await;
    assert!(seen.text("[aria-labelledby=h-returns]").contains("By phone"));
    assert!(seen.forms("Mark as received").is_empty() && seen.forms("Cancel this return").is_empty());
    assert!(seen.forms("Create return").is_empty());
    assert_eq!(support.post("/admin/orders/1001/returns/1/arrival", &[]).await.status, 403);

    let late = owner.get("/admin/orders/1001").await;
    late.form("Cancel this return").submit().await;
    let form = late.form("Mark as received");
    let name = line_field(&form, "condition_");
    let page = form.choose(&name, "sellable").submit().await;
    assert!(page.text("[role=alert]").contains("no longer possible"));
    assert_eq!(shop.stock(&mug).await, (8, 0));
    shop.assert_audit_passes().await;
}
