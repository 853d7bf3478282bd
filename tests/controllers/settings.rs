//! The shop's settings, its ways of sending, its taxes.

use tradepost::models::account::roles::Role;

use crate::support::TestShop;

#[actix_web::test]
async fn settings_are_kept_and_nonsense_is_refused() {
    let shop = TestShop::new().await;
    let owner = shop.staff(Role::Owner).await;
    let page = owner.get("/admin/settings").await;
    let wrong =
        page.form("Save").fill_all(&[("site_name", ""), ("contact_email", "me"), ("accent", "red")]).send().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.error("site_name"), "Give the site a name.");
    assert!(wrong.error("contact_email").contains("hello@example.com"));
    assert_eq!((wrong.value("accent").as_str(), wrong.value("contact_email").as_str()), ("red", "me"));
    let page = page.form("Save").fill_all(&[("site_name", "Osprey"), ("tagline", "Fish & chips")]).send().await;
    assert_eq!(page.text("[role=status]"), "Settings saved.");
    let home = shop.visitor().get("/").await;
    assert!(home.text("title").contains("Osprey") && home.text("footer").contains("Fish & chips"));
}

#[actix_web::test]
async fn ways_of_sending_are_made_changed_and_deleted() {
    let shop = TestShop::new().await;
    let owner = shop.staff(Role::Owner).await;
    let page = owner.get("/admin/shipping/new").await;
    let wrong = page.form("Save").fill_all(&[("name", ""), ("countries", "DE, ZZ"), ("price", "x")]).send().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.error("countries"), "ZZ is not a country. Use two-letter codes such as DE, AT, FR.");
    assert!(!wrong.error("name").is_empty() && !wrong.error("price").is_empty());
    let page = wrong.form("Save").fill_all(&[("name", "Pigeon"), ("countries", "FR"), ("price", "12")]).send().await;
    assert_eq!(page.text("[role=status]"), "Shipping method saved.");
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let checkout = ada.get("/checkout").await.form("Update totals").fill("country", "FR").send().await;
    assert!(checkout.text("#shipping-methods").contains("Pigeon"));
    // No rate for France: an export, without the German tax that is in 12.00.
    assert_eq!(checkout.total("shipping"), "10.08");
    let page = page.follow("Pigeon").await.form("Delete").send().await;
    assert_eq!(page.text("[role=status]"), "Shipping method deleted.");
    assert!(!page.text("main").contains("Pigeon"));
}

#[actix_web::test]
async fn tax_rates_are_made_and_two_of_one_kind_are_refused() {
    let shop = TestShop::new().await;
    let owner = shop.staff(Role::Owner).await;
    let page = owner.get("/admin/taxes/new").await;
    let page = page.form("Save").fill_all(&[("country", "DE"), ("name", "VAT"), ("rate", "101")]).send().await;
    assert_eq!((page.status, page.value("rate").as_str()), (422, "101"));
    assert!(page.error("rate").contains("from 0 to 100"));
    let twice = page.form("Save").fill("rate", "19").send().await;
    assert_eq!(
        (twice.status, twice.error("tax_class").as_str()),
        (422, "There is a rate for this place and class already.")
    );
    let made = twice.form("Save").fill_all(&[("country", "FR"), ("rate", "20")]).send().await;
    assert_eq!(made.text("[role=status]"), "Tax rate saved.");
    assert!(made.text("main").contains("20"));
}

#[actix_web::test]
async fn the_pages_of_the_admin_open_with_something_in_them() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.published_post("News", "New.").await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    crate::support::checkout(&ada, "bank_transfer").await.send().await;
    shop.run_jobs().await;
    let owner = shop.staff(Role::Owner).await;
    let pages = [
        "",
        "/posts",
        "/products",
        "/orders",
        "/pictures",
        "/outbox",
        "/outbox/1",
        "/outbox/1/body",
        "/shipping",
        "/taxes",
        "/settings",
        "/staff",
    ];
    for path in pages {
        let page = owner.get(&format!("/admin{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(path.ends_with("/body") || page.texts("h1").len() == 1, "{path}: {:?}", page.texts("h1"));
    }
    assert!(owner.get("/admin/products").await.text("tbody").contains("Mug"));
    assert!(owner.get("/admin/orders?q=lovelace").await.text("tbody").contains("1001"));
    assert!(owner.get("/admin/orders?q=nobody").await.text("main").contains("No orders here"));
}
