//! The gift card pages of the admin, and guesses of codes.

use tradepost::models::people::account::roles::Role;

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn staff_issue_adjust_and_block_a_gift_card() {
    let shop = TestShop::new().await;
    let keeper = shop.log_in_as(Role::ShopManager).await;
    let list = keeper.get("/admin/gift-cards").await;
    assert!(list.text("main").contains("No gift cards yet"));
    assert!(list.text("#admin-menu").contains("Gift cards"));
    let form = list.click_link("Create gift card").await.form("Create gift card");
    let wrong = form.fill_all(&[("amount", "0"), ("expires_on", "soon"), ("email", "nobody")]).submit().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.field_error("amount"), "Enter an amount greater than zero.");
    assert_eq!(wrong.field_error("expires_on"), "Enter a date, such as 2029-12-31, or leave it empty.");
    assert_eq!(wrong.field_error("email"), "Enter an email address like name@example.com, or leave it empty.");
    assert_eq!((wrong.field_value("amount").as_str(), wrong.field_value("email").as_str()), ("0", "nobody"));
    let wrong =
        wrong.form("Create gift card").fill_all(&[("amount", "50"), ("expires_on", "2020-12-31"), ("email", "")]);
    let wrong = wrong.submit().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.field_error("expires_on"), "This date is in the past. Choose a later one, or leave it empty.");
    let made = wrong
        .form("Create gift card")
        .fill_all(&[("amount", "50"), ("expires_on", "2027-12-31"), ("email", "grace@hopper.example")])
        .submit()
        .await;
    let words = made.text("[role=status]");
    let code = words.trim_start_matches("The code is ").split('.').next().unwrap().to_owned();
    assert!(words.ends_with("It will be emailed to grace@hopper.example."), "{words}");
    assert!(made.text(".sub").contains("mailed to grace@hopper.example"));
    let again = keeper.get(&made.path).await;
    assert!(!again.text("main").contains(&code), "the code is shown once");
    shop.run_jobs().await;
    let emails = shop.emails().await;
    assert_eq!(emails[0].subject, "A gift card from Kestrel for you");
    assert!(emails[0].body_text.contains(&format!("{code}: €50.00, until 31 December 2027")));

    let wrong = again.form("Change balance").fill("balance", "45").submit().await;
    assert_eq!((wrong.status, wrong.field_error("reason").as_str()), (422, "Enter a reason, for the history."));
    let page = wrong.form("Change balance").fill("reason", "A scratch on the mug").submit().await;
    assert_eq!(page.attr("[data-gift-card] data", "value").as_deref(), Some("45.00"));
    let rows = page.texts("tbody tr");
    assert!(
        ["Adjusted", "−€5.00", "€45.00", "A scratch on the mug", "The shop manager"]
            .iter()
            .all(|word| rows[0].contains(word)),
        "{rows:?}"
    );
    assert!(rows[1].contains("Issued") && rows[1].contains("+€50.00"));

    let mug = shop.product("Mug").price(20_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).submit().await;
    ada.get("/checkout").await.form("Order").fill_all(crate::support::builders::CHECKOUT_FIELDS).submit().await;
    for typed in [&code[15..], &code.to_lowercase(), "1001"] {
        let found = keeper.get(&format!("/admin/gift-cards?q={typed}")).await;
        assert_eq!(found.texts("tbody th a"), [&code[15..]], "{typed}");
    }
    assert!(keeper.get("/admin/gift-cards?q=1002").await.text("main").contains("No gift cards here"));
    let page = keeper.get(&made.path).await;
    assert_eq!(page.click_link("Used for an order: Order 1001").await.path, "/admin/orders/1001");

    let page = page.form("Save date").fill("expires_on", "").submit().await;
    assert!(page.text(".totals").contains("Never"));
    let page = page.form("Block now").submit().await;
    assert!(page.text("[role=status]").contains("This gift card is blocked."));
    assert!(page.text(".heading").contains("Expired"));
    assert_eq!(keeper.get("/admin/gift-cards?tab=expired").await.texts("tbody th a"), [&code[15..]]);
    let cart = ada.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).submit().await;
    assert_eq!(cart.field_error("code"), "This gift card has expired.");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn only_staff_with_permission_see_gift_cards() {
    let shop = TestShop::new().await;
    let packer = shop.log_in_as(Role::Fulfilment).await;
    assert_eq!(packer.get("/admin/gift-cards").await.status, 403);
    assert!(!packer.get("/admin").await.text("#admin-menu").contains("Gift cards"));
    assert_eq!(shop.visitor().get_without_redirect("/admin/gift-cards/new").await.status, 303);
}

#[actix_web::test]
async fn a_gift_card_product_needs_a_price() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let wrong =
        form.fill_all(&[("title", "Gift card"), ("price", "0")]).choose("gift_card", "1").choose("status", "active");
    let wrong = wrong.submit().await;
    assert_eq!(wrong.field_error("price"), "A gift card is worth its price, so enter an amount greater than zero.");
    assert!(wrong.has("[name=gift_card][checked]"));
    let saved = wrong.form("Save").fill("price", "25").submit().await;
    assert_eq!((saved.status, saved.has("[name=gift_card][checked]")), (200, true));
}

#[actix_web::test]
async fn guessing_gift_card_codes_is_throttled() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (_, code) = shop.issue_gift_card(10_00).await;
    let ada = shop.visitor().with_ipv4([203, 0, 113, 9]);
    let cart = ada.add_to_cart(&mug, 1).await;
    for guess in 0..10 {
        let typed = format!("0000-0000-0000-000{guess}");
        let response = cart.form("Apply").fill("code", &typed).submit().await;
        let message = response.field_error("code");
        assert_eq!((response.status, message.as_str()), (422, "This code is not valid. Please check the spelling."));
    }
    let throttled = cart.form("Apply").fill("code", &code).submit().await;
    assert_eq!((throttled.status, throttled.field_value("code").as_str()), (429, code.as_str()), "whatever is typed");
    assert_eq!(throttled.field_error("code"), "Too many attempts. Wait 2 seconds, then try again.");
    assert_eq!(throttled.total("goods"), "12.00", "the cart is still there");
    shop.advance_clock(jiff::SignedDuration::from_secs(2));
    let cart = cart.form("Apply").fill("code", &code).submit().await;
    assert_eq!((cart.status, cart.total("due").as_str()), (200, "2.00"));
    fill_checkout(&ada, "bank_transfer").await.submit().await;
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn only_owner_and_admins_see_the_gift_card_codes_of_an_order() {
    let shop = TestShop::new().await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&voucher, 1).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    let code = ada.get(&order.path).await.text("[data-gift-card]");
    for keeper in [owner, shop.log_in_as(Role::Admin).await] {
        let page = keeper.get("/admin/orders/1001").await;
        assert!(page.click_link("Order status page").await.text("main").contains(&code));
    }
    for role in [Role::ShopManager, Role::Support, Role::Fulfilment] {
        let page = shop.log_in_as(role).await.get("/admin/orders/1001").await;
        assert_eq!(page.status, 200);
        assert!(!page.text("main").contains("Order status page") && !page.has("main a[href^='/orders/']"), "{role:?}");
    }
    shop.assert_audit_passes().await;
}
