//! Buyers pay what was shown: changed quotes are shown again.

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn r52_a_price_that_changes_before_the_order_is_shown_first() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let form = fill_checkout(&ada, "bank_transfer").await;
    shop.set_price(&mug, 14_00).await;

    let page = form.submit().await;
    assert_eq!(page.status, 422);
    assert!(
        page.text("[role=alert]").contains("The total, shipping or taxes have changed"),
        "{}",
        page.text("[role=alert]")
    );
    assert_eq!(page.total("total"), "19.00");
    assert_eq!((page.field_value("name").as_str(), page.field_value("city").as_str()), ("Ada Lovelace", "Berlin"));
    assert_eq!(shop.stock(&mug).await, (10, 0));

    let page = page.form("Order").submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(page.total("total"), "19.00");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_cart_that_changes_in_another_tab_is_shown_first() {
    let shop = TestShop::new().await;
    let (mug, tin) = (shop.product("Mug").create().await, shop.product("Tin").price(8_00).create().await);
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let form = fill_checkout(&ada, "bank_transfer").await;
    ada.add_to_cart(&tin, 1).await;

    let page = form.submit().await;
    assert_eq!(page.status, 422);
    assert!(page.text("[role=alert]").contains("Your cart has changed"));
    assert_eq!(page.total("total"), "25.00");
    let page = page.form("Order").submit().await;
    assert_eq!(page.total("goods"), "20.00");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn the_totals_follow_the_country() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = fill_checkout(&ada, "bank_transfer").await.fill("country", "FR").submit().await;
    assert_eq!(page.status, 422, "nobody sends to France here");
    assert_eq!(page.field_error("country"), "We do not ship to France yet.");
    assert_eq!(page.field_value("country"), "FR");
    let page = page.form("Update totals").fill("country", "DE").submit().await;
    assert_eq!((page.status, page.total("total").as_str()), (200, "17.00"));
    assert_eq!(page.field_value("name"), "Ada Lovelace");
}
