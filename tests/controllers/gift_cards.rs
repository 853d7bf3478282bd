//! The pages of gift cards in the admin, and what guesses come to.

use tradepost::models::account::roles::Role;

use crate::support::{TestShop, checkout};

#[actix_web::test]
async fn staff_make_a_card_change_it_and_block_it() {
    let shop = TestShop::new().await;
    let keeper = shop.staff(Role::ShopManager).await;
    let list = keeper.get("/admin/gift-cards").await;
    assert!(list.text("main").contains("No gift cards yet"));
    assert!(list.text("#admin-menu").contains("Gift cards"));
    let form = list.follow("Make a gift card").await.form("Make gift card");
    let wrong = form.fill_all(&[("amount", "0"), ("expires_on", "soon"), ("email", "nobody")]).send().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.error("amount"), "Type an amount above zero.");
    assert_eq!(wrong.error("expires_on"), "Type a date, such as 2029-12-31, or leave it empty.");
    assert_eq!(wrong.error("email"), "Type an email address like name@example.com, or leave it empty.");
    assert_eq!((wrong.value("amount").as_str(), wrong.value("email").as_str()), ("0", "nobody"));
    let wrong = wrong.form("Make gift card").fill_all(&[("amount", "50"), ("expires_on", "2020-12-31"), ("email", "")]);
    let wrong = wrong.send().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.error("expires_on"), "This day is over. Choose a later one, or leave it empty.");
    let made = wrong
        .form("Make gift card")
        .fill_all(&[("amount", "50"), ("expires_on", "2027-12-31"), ("email", "grace@hopper.example")])
        .send()
        .await;
    let words = made.text("[role=status]");
    let code = words.trim_start_matches("The code is ").split('.').next().unwrap().to_owned();
    assert!(words.ends_with("It goes to grace@hopper.example."), "{words}");
    assert!(made.text(".sub").contains("mailed to grace@hopper.example"));
    let again = keeper.get(&made.path).await;
    assert!(!again.text("main").contains(&code), "the code is shown once");
    shop.run_jobs().await;
    let letters = shop.letters().await;
    assert_eq!(letters[0].subject, "A gift card from Kestrel for you");
    assert!(letters[0].body_text.contains(&format!("{code}: €50.00, until 31 December 2027")));

    let wrong = again.form("Change balance").fill("balance", "45").send().await;
    assert_eq!((wrong.status, wrong.error("reason").as_str()), (422, "Say why, for whoever looks at it in a year."));
    let page = wrong.form("Change balance").fill("reason", "A scratch on the mug").send().await;
    assert_eq!(page.attr("[data-gift-card] data", "value").as_deref(), Some("45.00"));
    let rows = page.texts("tbody tr");
    assert!(
        ["Changed", "−€5.00", "€45.00", "A scratch on the mug", "The shop manager"]
            .iter()
            .all(|word| rows[0].contains(word)),
        "{rows:?}"
    );
    assert!(rows[1].contains("Made") && rows[1].contains("+€50.00"));

    let mug = shop.product("Mug").price(20_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).send().await;
    ada.get("/checkout").await.form("Order").fill_all(crate::support::builders::ADA).send().await;
    for typed in [&code[15..], &code.to_lowercase(), "1001"] {
        let found = keeper.get(&format!("/admin/gift-cards?q={typed}")).await;
        assert_eq!(found.texts("tbody th a"), [&code[15..]], "{typed}");
    }
    assert!(keeper.get("/admin/gift-cards?q=1002").await.text("main").contains("No gift cards here"));
    let page = keeper.get(&made.path).await;
    assert_eq!(page.follow("Paid an order: Order 1001").await.path, "/admin/orders/1001");

    let page = page.form("Save date").fill("expires_on", "").send().await;
    assert!(page.text(".totals").contains("Never"));
    let page = page.form("Block now").send().await;
    assert!(page.text("[role=status]").contains("Nobody can use this card any more."));
    assert!(page.text(".heading").contains("Expired"));
    assert_eq!(keeper.get("/admin/gift-cards?tab=expired").await.texts("tbody th a"), [&code[15..]]);
    let cart = ada.add_to_cart(&mug, 1).await.form("Apply").fill("code", &code).send().await;
    assert_eq!(cart.error("code"), "This gift card has expired.");
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn only_those_who_may_change_settings_see_gift_cards() {
    let shop = TestShop::new().await;
    let packer = shop.staff(Role::Fulfilment).await;
    assert_eq!(packer.get("/admin/gift-cards").await.status, 403);
    assert!(!packer.get("/admin").await.text("#admin-menu").contains("Gift cards"));
    assert_eq!(shop.visitor().ask("/admin/gift-cards/new").await.status, 303);
}

#[actix_web::test]
async fn a_product_becomes_a_gift_card_by_its_form_and_must_cost_something() {
    let shop = TestShop::new().await;
    let owner = shop.staff(Role::Owner).await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let wrong =
        form.fill_all(&[("title", "Gift card"), ("price", "0")]).choose("gift_card", "1").choose("status", "active");
    let wrong = wrong.send().await;
    assert_eq!(wrong.error("price"), "A gift card is worth its price, so type an amount above zero.");
    assert!(wrong.has("[name=gift_card][checked]"));
    let saved = wrong.form("Save").fill("price", "25").send().await;
    assert_eq!((saved.status, saved.has("[name=gift_card][checked]")), (200, true));
}

#[actix_web::test]
async fn who_guesses_codes_is_slowed_down() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (_, code) = shop.gift_card(10_00).await;
    let ada = shop.visitor().at_address([203, 0, 113, 9]);
    let cart = ada.add_to_cart(&mug, 1).await;
    for guess in 0..10 {
        let typed = format!("0000-0000-0000-000{guess}");
        let answer = cart.form("Apply").fill("code", &typed).send().await;
        let said = answer.error("code");
        assert_eq!((answer.status, said.as_str()), (422, "We do not know this code. Please check how it is written."));
    }
    let patience = cart.form("Apply").fill("code", &code).send().await;
    assert_eq!((patience.status, patience.value("code").as_str()), (429, code.as_str()), "whatever is typed");
    assert_eq!(patience.error("code"), "You have tried many codes. Wait 2 seconds, then try again.");
    assert_eq!(patience.total("goods"), "12.00", "the cart is still there");
    shop.wait(jiff::SignedDuration::from_secs(2));
    let cart = cart.form("Apply").fill("code", &code).send().await;
    assert_eq!((cart.status, cart.total("due").as_str()), (200, "2.00"));
    checkout(&ada, "bank_transfer").await.send().await;
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn only_the_owner_and_admins_get_to_the_codes_of_an_order() {
    let shop = TestShop::new().await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&voucher, 1).await;
    let order = checkout(&ada, "bank_transfer").await.send().await;
    let owner = shop.staff(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").send().await;
    shop.run_jobs().await;
    let code = ada.get(&order.path).await.text("[data-gift-card]");
    for keeper in [owner, shop.staff(Role::Admin).await] {
        let page = keeper.get("/admin/orders/1001").await;
        assert!(page.follow("Customer’s page").await.text("main").contains(&code));
    }
    for role in [Role::ShopManager, Role::Support, Role::Fulfilment] {
        let page = shop.staff(role).await.get("/admin/orders/1001").await;
        assert_eq!(page.status, 200);
        assert!(!page.text("main").contains("Customer’s page") && !page.has("main a[href^='/orders/']"), "{role:?}");
    }
    shop.assert_clean().await;
}
