//! What is said of a reduced price: directive 98/6/EC, article 6a, and the Court of Justice, C-330/23.

use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestProduct, TestShop};

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// The owner, signed in anew: nobody stays so for weeks.
async fn later(shop: &TestShop, owner: &Browser, passed: i64) {
    shop.advance_clock(days(passed));
    if passed > 0 {
        owner.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    }
}

/// Staff type a price, and the price before; the shop's clock has moved on by so many days.
async fn price(shop: &TestShop, owner: &Browser, goods: &TestProduct, passed: i64, price: &str, before: &str) {
    later(shop, owner, passed).await;
    let form = owner.get(&format!("/admin/products/{}", goods.product.public_id)).await.form("Save");
    let page = form.fill_all(&[("price", price), ("compare_at_price", before)]).submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
}

async fn said(shop: &TestShop, goods: &TestProduct) -> (String, Vec<String>) {
    let visitor = shop.visitor();
    let page = visitor.get(&goods.path()).await;
    let list: Page = visitor.get("/shop").await;
    (page.text(".cost .price"), list.texts(".badge.strong"))
}

#[actix_web::test]
async fn a_reduction_is_measured_by_the_lowest_price_of_the_thirty_days_before_it() {
    /// What was done when: days ago, price, price before. Then what the product says, and its badges.
    type Steps<'a> = (&'a [(i64, &'a str, &'a str)], &'a str, &'a [&'a str]);
    let steps: &[Steps<'_>] = &[
        (&[(90, "80", "100")], "€80.00 regular price €100.00", &["−20%"]),
        (&[(90, "80", "100"), (5, "70", "100")], "€70.00 regular price €100.00", &["−30%"]),
        (
            &[(90, "60", ""), (7, "100", ""), (14, "80", "100")],
            "€80.00 regular price €100.00 Lowest price in the 30 days before the reduction: €60.00",
            &[],
        ),
        (&[(90, "60", ""), (7, "100", ""), (40, "80", "100")], "€80.00 regular price €100.00", &["−20%"]),
        (
            &[(90, "84", ""), (40, "69", "99")],
            "€69.00 regular price €99.00 Lowest price in the 30 days before the reduction: €84.00",
            &["−18%"],
        ),
        (
            &[(90, "49", ""), (40, "80", "100")],
            "€80.00 regular price €100.00 Lowest price in the 30 days before the reduction: €49.00",
            &[],
        ),
        (&[(10, "80", "100")], "€80.00 regular price €100.00", &["−20%"]),
        (
            &[(90, "80", ""), (0, "100", ""), (0, "80", "100")],
            "€80.00 regular price €100.00 Lowest price in the 30 days before the reduction: €80.00",
            &[],
        ),
        (&[(90, "80", "100"), (200, "80", "100")], "€80.00 regular price €100.00", &["−20%"]),
        (&[(90, "80", "")], "€80.00", &[]),
    ];
    for (prices, line, badges) in steps {
        let shop = TestShop::new().await;
        let owner = shop.log_in_as(Role::Owner).await;
        let mug = shop.product("Mug").price(10_000).create().await;
        for (passed, minor, before) in *prices {
            price(&shop, &owner, &mug, *passed, minor, before).await;
        }
        // The badge "New" and others do not count.
        let (found, shown) = said(&shop, &mug).await;
        assert_eq!((found.as_str(), shown), (*line, badges.iter().map(|b| (*b).to_owned()).collect()), "{prices:?}");
    }
}

#[actix_web::test]
async fn a_price_before_that_nobody_ever_paid_promises_no_percentage() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let fields = [("title", "Bowl"), ("price", "50.00"), ("compare_at_price", "999.00"), ("status", "active")];
    let page = form.fill_all(&fields).submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    for passed in [0, 40] {
        shop.advance_clock(days(passed));
        let visitor = shop.visitor();
        assert!(visitor.get("/shop").await.texts(".badge.strong").is_empty());
        assert!(!visitor.get("/products/bowl").await.text("main").contains("30 days"));
    }
}

#[actix_web::test]
async fn the_price_of_a_draft_was_asked_of_nobody() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let mug = shop.product("Mug").price(50_00).create().await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let draft = form.fill_all(&[("title", "Bowl"), ("price", "200.00"), ("status", "draft")]).submit().await;
    later(&shop, &owner, 40).await;
    let form = draft.form("Save").fill_all(&[("price", "80"), ("compare_at_price", "200"), ("status", "active")]);
    assert_eq!(form.submit().await.status, 200);
    let visitor = shop.visitor();
    assert_eq!(visitor.get("/products/bowl").await.text(".cost .price"), "€80.00 regular price €200.00");
    assert!(visitor.get("/shop").await.texts(".badge.strong").is_empty());
    assert_eq!(said(&shop, &mug).await.0, "€50.00");
}

#[actix_web::test]
async fn each_variant_has_a_reduction_of_its_own() {
    let shop = TestShop::new().await;
    let shirt = shop.product("Shirt").option("Size", &["S", "M"]).variant("S-1", 40_00, 5).variant("S-2", 50_00, 5);
    let shirt = shirt.create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let variants = shop.variants(&shirt).await;
    later(&shop, &owner, 60).await;
    let field = |goods: &TestProduct, name: &str| format!("variant_{}_{name}", goods.variant.public_id);
    let form = owner.get(&format!("/admin/products/{}", shirt.product.public_id)).await.form("Save");
    let form = form.fill(&field(&variants[1], "price"), "45").fill(&field(&variants[1], "compare_at_price"), "60");
    assert_eq!(form.submit().await.status, 200);
    let page = shop.visitor().get(&shirt.path()).await;
    let prices = page.texts(".choices .price");
    assert_eq!(
        prices,
        ["€40.00", "€45.00 regular price €60.00 Lowest price in the 30 days before the reduction: €50.00"]
    );
}

#[actix_web::test]
async fn the_sample_shop_says_something_true() {
    let shop = TestShop::before_setup().await;
    tradepost::demo::load(&shop.app).await.unwrap();
    let page = shop.visitor().get("/products/gooseneck-kettle").await;
    assert_eq!(page.text(".cost .price"), "€69.00 regular price €84.00");
    let list = shop.visitor().get("/shop?sort=title").await;
    assert!(list.texts(".badge.strong").contains(&"−18%".to_owned()), "{:?}", list.texts(".badge"));
    shop.discard_picture_jobs().await;
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}
