//! A cart that changes while its buyer is at the checkout.

use tradepost::models::catalog::product::ProductStatus;
use tradepost::models::catalog::product::edit::ProductInput;
use tradepost::models::checkout::shipping_method::ShippingMethod;

use crate::support::{Browser, TestProduct, TestShop, fill_checkout};

async fn fill_cart_with_two(shop: &TestShop) -> (Browser, TestProduct, TestProduct) {
    let (mug, tin) = (shop.product("Mug").stock(5).create().await, shop.product("Tin").create().await);
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 2).await;
    ada.add_to_cart(&tin, 1).await;
    (ada, mug, tin)
}

#[actix_web::test]
async fn unavailable_items_are_named_and_can_be_removed() {
    for status in [ProductStatus::Archived, ProductStatus::Draft] {
        let shop = TestShop::new().await;
        let (ada, mug, _) = fill_cart_with_two(&shop).await;
        let form = fill_checkout(&ada, "bank_transfer").await.fill("note", "Blue, please");
        shop.edit_product(&mug, move |wanted| wanted.status = status).await;
        let page = form.submit().await;
        assert_eq!(page.status, 422);
        assert_eq!(page.field_error("cart"), "Mug is no longer available. Please remove it from your cart.");
        assert!(page.text("#cart").contains("Mug is no longer available."));
        // The page says so before the order, too.
        let fresh = ada.get("/checkout").await;
        assert!(fresh.status == 200 && fresh.text("#cart").contains("Mug is no longer available."));
        // It can be removed on the checkout page, and nothing typed is lost.
        let page = page.form("Remove").submit().await;
        assert_eq!(
            (page.status, page.field_value("note").as_str(), page.field_value("city").as_str()),
            (200, "Blue, please", "Berlin")
        );
        assert!(!page.has("#cart") && page.texts(".mini strong") == ["Tin"]);
        let page = page.form("Order").submit().await;
        assert_eq!((page.text("h1").as_str(), page.total("goods").as_str()), ("Thank you, Ada Lovelace", "12.00"));
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn all_unavailable_items_are_named_and_an_empty_cart_redirects_to_the_cart() {
    let shop = TestShop::new().await;
    let (ada, mug, tin) = fill_cart_with_two(&shop).await;
    let form = fill_checkout(&ada, "bank_transfer").await;
    for product in [&mug, &tin] {
        shop.edit_product(product, |wanted| wanted.status = ProductStatus::Archived).await;
    }
    let page = form.submit().await;
    assert_eq!(page.field_error("cart"), "Mug, Tin are no longer available. Please remove them from your cart.");
    let page = page.form("Remove").submit().await.form("Remove").submit().await;
    assert_eq!((page.path.as_str(), page.text("h1").as_str()), ("/cart", "Your cart is empty"));
}

#[actix_web::test]
async fn a_deleted_variant_and_missing_stock_are_named() {
    let shop = TestShop::new().await;
    let shirt =
        shop.product("Shirt").option("Size", &["S", "M"]).variant("", 20_00, 5).variant("", 20_00, 5).create().await;
    let medium = shop.variants(&shirt).await.remove(1);
    let ada = shop.visitor();
    let page =
        ada.get(&shirt.path()).await.form("Add to cart").choose("option_1", "M").fill("quantity", "3").submit().await;
    assert_eq!(page.status, 200);
    let form = fill_checkout(&ada, "bank_transfer").await;
    let other =
        shop.checkout_request(&medium, 4, tradepost::models::sales::payment_method::PaymentMethod::TestCard).await;
    shop.write(move |tx| tradepost::models::sales::order::Order::place(tx, &other)).await;
    let page = form.submit().await;
    assert_eq!(page.field_error("cart"), "Only 1 of Shirt (Size: M) left. Please reduce the quantity in your cart.");
    assert!(
        page.text("#cart").contains("Shirt (Size: M) has only 1 left in stock.") && page.has("#cart a[href='/cart']")
    );
    shop.edit_product(&shirt, |wanted| {
        wanted.options[0].values = vec!["S".to_owned()];
        wanted.variants.clear();
    })
    .await;
    let page = page.form("Order").submit().await;
    assert_eq!(
        (page.status, page.field_error("cart").as_str()),
        (422, "Shirt (Size: M) is no longer available. Please remove it from your cart.")
    );
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_renamed_product_is_shown_before_the_order() {
    let shop = TestShop::new().await;
    let shirt =
        shop.product("Shirt").option("Size", &["S", "M"]).variant("", 20_00, 5).variant("", 20_00, 5).create().await;
    let tin = shop.product("Tin").create().await;
    let ada = shop.visitor();
    ada.get(&shirt.path()).await.form("Add to cart").choose("option_1", "M").submit().await;
    ada.add_to_cart(&tin, 1).await;
    type Change = fn(&mut ProductInput);
    let changes: [(Change, &str); 2] = [
        (|wanted| wanted.options[0].values = vec!["S".to_owned(), "L".to_owned()], "Shirt (Size: L)"),
        (|wanted| wanted.title = "Blouse".to_owned(), "Blouse (Size: L)"),
    ];
    for (change, name) in changes {
        let form = fill_checkout(&ada, "bank_transfer").await;
        shop.edit_product(&shirt, change).await;
        let page = form.submit().await;
        assert_eq!(page.status, 422);
        let message = page.field_error("cart");
        assert!(message.starts_with("Your cart has changed.") && message.contains(name), "{message}");
        assert!(page.text(".mini").contains(name.split(' ').next().unwrap()) && page.text(".mini").contains("Size: L"));
    }
    let page = ada.get("/checkout").await;
    let page = page
        .form("Order")
        .fill_all(crate::support::builders::CHECKOUT_FIELDS)
        .choose("payment_method", "bank_transfer")
        .submit()
        .await;
    assert!(page.text("main").contains("Blouse") && page.text("main").contains("Size: L"));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_changed_delivery_time_or_tax_name_is_shown_before_the_order() {
    let shop = TestShop::new().await;
    let (ada, ..) = fill_cart_with_two(&shop).await;
    let form = fill_checkout(&ada, "bank_transfer").await;
    shop.write(|tx| {
        let shipping_method = ShippingMethod::all(tx.conn())?.remove(0);
        ShippingMethod { name: "Standard parcel, 3 weeks".to_owned(), ..shipping_method }.save(tx, &[])
    })
    .await;
    let page = form.submit().await;
    assert!(
        page.status == 422 && page.text("[role=alert]").contains("The total, shipping or taxes have changed"),
        "{}",
        page.text("main")
    );
    assert!(page.text("#shipping-methods").contains("3 weeks"));
    let form = page.form("Order");
    shop.set_tax_rates(200_000, 70_000).await;
    let page = form.submit().await;
    assert_eq!(page.status, 422);
    assert_eq!(page.form("Order").submit().await.text("h1"), "Thank you, Ada Lovelace");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn the_fingerprint_of_one_cart_does_not_fit_another() {
    let shop = TestShop::new().await;
    let (ada, mug, tin) = fill_cart_with_two(&shop).await;
    let grace = shop.visitor();
    grace.add_to_cart(&mug, 2).await;
    grace.add_to_cart(&tin, 1).await;
    let fingerprint = ada.get("/checkout").await.field_value("quote");
    let page = fill_checkout(&grace, "bank_transfer").await.fill("quote", &fingerprint).submit().await;
    assert!(page.status == 422 && page.text("[role=alert]").contains("Your cart has changed"));
}

#[actix_web::test]
async fn a_cart_above_the_highest_total_redirects_to_the_cart() {
    let shop = TestShop::new().await;
    let ring = shop.product("Ring").price(900_000_000_000).stock(999).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&ring, 900).await;
    let page = ada.get("/checkout").await;
    assert_eq!((page.path.as_str(), page.status), ("/cart", 200));
    assert!(page.text("[role=alert]").contains("too large"));
}
