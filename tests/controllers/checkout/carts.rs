//! The cart's forms.

use crate::support::TestShop;

#[actix_web::test]
async fn invalid_quantities_are_refused_beside_the_field() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let page = shop.visitor().get(&mug.path()).await;
    for (typed, message) in [
        ("-1", "Enter a whole number from 1 to 999."),
        ("0", "Enter a whole number from 1 to 999."),
        ("two", "Enter a whole number from 1 to 999."),
        ("1.5", "Enter a whole number from 1 to 999."),
        ("99999999999999999999", "Enter a whole number from 1 to 999."),
        ("1000", "You can order at most 999 of one item."),
        ("6", "Only 5 left. Please reduce the quantity."),
    ] {
        let again = page.form("Add to cart").fill("quantity", typed).submit().await;
        assert_eq!((again.status, again.field_error("quantity").as_str()), (422, message), "{typed}");
        assert_eq!(again.text("h1"), "Mug");
        assert!(again.has("#quantity[aria-invalid=true]"), "{typed}");
    }
    assert_eq!(page.form("Add to cart").fill("variant_id", "none").submit().await.status, 404);
}

#[actix_web::test]
async fn a_refused_line_leaves_the_other_quantities() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let ada = shop.visitor();
    let page = ada.add_to_cart(&mug, 2).await;
    for typed in ["-3", "lots", "7", "100000"] {
        let again = page.form("Update").fill("quantity", typed).submit().await;
        assert_eq!(again.status, 422, "{typed}");
        assert!(again.text("#problems").contains("Please check the quantity"));
        assert!(again.has("input[name=quantity][aria-invalid=true]"));
    }
    assert_eq!(ada.get("/cart").await.field_value("quantity"), "2");
    let page = page.form("Update").fill("quantity", "0").submit().await;
    assert_eq!(page.text("h1"), "Your cart is empty");
}

#[actix_web::test]
async fn removing_twice_is_no_error_and_other_carts_are_unreachable() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (ada, eve) = (shop.visitor(), shop.visitor());
    let page = ada.add_to_cart(&mug, 1).await;
    eve.add_to_cart(&mug, 1).await;
    let (update, remove) = (page.form("Update").action, page.form("Remove").action);
    assert_eq!(eve.post(&update, &[("quantity", "9")]).await.status, 404);
    assert_eq!(eve.post(&remove, &[]).await.status, 303);
    assert_eq!(ada.get("/cart").await.field_value("quantity"), "1", "Eve changed nothing of Ada's");
    assert_eq!(page.form("Remove").submit().await.text("h1"), "Your cart is empty");
    assert_eq!(page.form("Remove").submit().await.text("h1"), "Your cart is empty");
}
