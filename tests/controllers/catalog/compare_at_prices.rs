//! Price reductions: directive 98/6/EC, article 6a, and the Court of Justice, C-330/23.

use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestProduct, TestShop};

fn days_to_duration(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// The owner, logged in again, because sessions expire.
async fn log_in_again(shop: &TestShop, owner: &Browser, passed: i64) {
    shop.advance_clock(days_to_duration(passed));
    if passed > 0 {
        owner.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    }
}

/// Advances the clock by `passed` days and saves a price and a compare-at price.
async fn save_price(shop: &TestShop, owner: &Browser, product: &TestProduct, passed: i64, price: &str, before: &str) {
    log_in_again(shop, owner, passed).await;
    let form = owner.get(&format!("/admin/products/{}", product.product.public_id)).await.form("Save");
    let page = form.fill_all(&[("price", price), ("compare_at_price", before)]).submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
}

async fn read_product_page(shop: &TestShop, product: &TestProduct) -> (String, Vec<String>) {
    let visitor = shop.visitor();
    let page = visitor.get(&product.path()).await;
    let list: Page = visitor.get("/shop").await;
    (page.text(".cost .price"), list.texts(".badge.strong"))
}

#[actix_web::test]
async fn a_discount_is_calculated_from_the_lowest_price_of_the_previous_thirty_days() {
    /// Price changes (days ago, price, compare-at price), the expected text of the product page, and its badges.
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
            save_price(&shop, &owner, &mug, *passed, minor, before).await;
        }
        // The badge "New" and others do not count.
        let (found, shown) = read_product_page(&shop, &mug).await;
        assert_eq!((found.as_str(), shown), (*line, badges.iter().map(|b| (*b).to_owned()).collect()), "{prices:?}");
    }
}

#[actix_web::test]
async fn a_compare_at_price_never_charged_shows_no_percentage() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let fields = [("title", "Bowl"), ("price", "50.00"), ("compare_at_price", "999.00"), ("status", "active")];
    let page = form.fill_all(&fields).submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    for passed in [0, 40] {
        shop.advance_clock(days_to_duration(passed));
        let visitor = shop.visitor();
        assert!(visitor.get("/shop").await.texts(".badge.strong").is_empty());
        assert!(!visitor.get("/products/bowl").await.text("main").contains("30 days"));
    }
}

#[actix_web::test]
async fn prices_of_drafts_do_not_count() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let mug = shop.product("Mug").price(50_00).create().await;
    let form = owner.get("/admin/products/new").await.form("Save");
    let draft = form.fill_all(&[("title", "Bowl"), ("price", "200.00"), ("status", "draft")]).submit().await;
    log_in_again(&shop, &owner, 40).await;
    let form = draft.form("Save").fill_all(&[("price", "80"), ("compare_at_price", "200"), ("status", "active")]);
    assert_eq!(form.submit().await.status, 200);
    let visitor = shop.visitor();
    assert_eq!(visitor.get("/products/bowl").await.text(".cost .price"), "€80.00 regular price €200.00");
    assert!(visitor.get("/shop").await.texts(".badge.strong").is_empty());
    assert_eq!(read_product_page(&shop, &mug).await.0, "€50.00");
}

#[actix_web::test]
async fn each_variant_has_its_own_reduction() {
    let shop = TestShop::new().await;
    let shirt = shop.product("Shirt").option("Size", &["S", "M"]).variant("S-1", 40_00, 5).variant("S-2", 50_00, 5);
    let shirt = shirt.create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let variants = shop.variants(&shirt).await;
    log_in_again(&shop, &owner, 60).await;
    let field = |product: &TestProduct, name: &str| format!("variant_{}_{name}", product.variant.public_id);
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
async fn the_sample_shops_reductions_are_valid() {
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
