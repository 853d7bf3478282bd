//! What is paid is what was shown.

use crate::support::{TestShop, checkout};

#[actix_web::test]
async fn a_price_that_changes_before_the_order_is_shown_first() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let form = checkout(&ada, "bank_transfer").await;
    shop.reprice(&mug, 14_00).await;

    let page = form.send().await;
    assert_eq!(page.status, 422);
    assert!(page.text("[role=alert]").contains("The total has changed"), "{}", page.text("[role=alert]"));
    assert_eq!(page.total("total"), "19.00");
    assert_eq!((page.value("name").as_str(), page.value("city").as_str()), ("Ada Lovelace", "Berlin"));
    assert_eq!(shop.stock(&mug).await, (10, 0));

    let page = page.form("Order").send().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(page.total("total"), "19.00");
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_cart_that_changes_in_another_tab_is_shown_first() {
    let shop = TestShop::new().await;
    let (mug, tin) = (shop.product("Mug").create().await, shop.product("Tin").price(8_00).create().await);
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let form = checkout(&ada, "bank_transfer").await;
    ada.add_to_cart(&tin, 1).await;

    let page = form.send().await;
    assert_eq!(page.status, 422);
    assert!(page.text("[role=alert]").contains("Your cart has changed"));
    assert_eq!(page.total("total"), "25.00");
    let page = page.form("Order").send().await;
    assert_eq!(page.total("goods"), "20.00");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn the_totals_follow_the_country() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = checkout(&ada, "bank_transfer").await.fill("country", "FR").send().await;
    assert_eq!(page.status, 422, "nobody sends to France here");
    assert_eq!(page.error("country"), "We do not send to France yet.");
    assert_eq!(page.value("country"), "FR");
    let page = page.form("Update totals").fill("country", "DE").send().await;
    assert_eq!((page.status, page.total("total").as_str()), (200, "17.00"));
    assert_eq!(page.value("name"), "Ada Lovelace");
}
