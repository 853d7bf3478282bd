//! A product with two options, from the cart to the invoice.

use tradepost::models::people::account::roles::Role;

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn two_sizes_of_a_shirt_in_one_cart() {
    let shop = TestShop::new().await;
    let shirt = shop
        .product("Shirt")
        .option("Size", &["M", "L"])
        .option("Colour", &["Blue", "Red"])
        .variant("S-MB", 20_00, 5)
        .variant("S-MR", 20_00, 0)
        .variant("S-LB", 25_00, 2)
        .variant("S-LR", 25_00, 9)
        .create()
        .await;
    let ada = shop.visitor();
    let page = ada.get(&shirt.path()).await;
    assert_eq!(page.text(".cost .price"), "from €20.00");
    assert_eq!(page.texts("form#buy label"), ["Size", "Colour", "Quantity"]);
    assert_eq!(
        page.texts(".choices tbody tr"),
        ["M, Blue€20.00Only 5 left", "M, Red€20.00Sold out", "L, Blue€25.00Only 2 left", "L, Red€25.00In stock"]
    );
    let buy = page.form("Add to cart").choose("option_1", "L").choose("option_2", "Red").fill("quantity", "2");
    let cart = buy.submit().await;
    assert_eq!(cart.text("#added strong"), "Added to your cart");
    assert!(cart.text("#added").contains("Shirt (Size: L · Colour: Red)"), "{}", cart.text("#added"));
    ada.get(&shirt.path()).await.form("Add to cart").choose("option_1", "M").choose("option_2", "Blue").submit().await;
    let cart = ada.get("/cart").await;
    assert_eq!(cart.texts(".lines h2"), ["Shirt", "Shirt"]);
    assert_eq!(
        cart.texts(".lines .note"),
        ["Size: L · Colour: Red", "€25.00 each", "Size: M · Colour: Blue", "€20.00 each"]
    );
    assert_eq!(cart.total("goods"), "70.00");
    let page = fill_checkout(&ada, "bank_transfer").await;
    let summary = ada.get("/checkout").await;
    assert_eq!(summary.texts(".mini .note"), ["Size: L · Colour: Red", "Size: M · Colour: Blue"]);
    let thanks = page.submit().await;
    assert_eq!(thanks.text("h1"), "Thank you, Ada Lovelace");
    assert!(thanks.text(".lines").contains("Size: L · Colour: Red · 2 × €25.00"), "{}", thanks.text(".lines"));
    let number = TestShop::order_number(&thanks);
    shop.run_jobs().await;
    let email = shop.emails().await.into_iter().find(|email| email.recipient.contains("ada")).unwrap();
    assert!(email.body_text.contains("2 × Shirt (Size: L · Colour: Red): €50.00"), "{}", email.body_text);

    // A later rename does not change the order.
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get(&format!("/admin/products/{}", shirt.product.public_id)).await;
    let form = form.form("Save").fill("option_name_1", "Cut").fill("option_values_1", "Medium, Large");
    form.fill("option_values_2", "Navy, Red").submit().await;
    let order = owner.get(&format!("/admin/orders/{number}")).await;
    let lines = order.text(".order-lines");
    assert!(lines.contains("Size: L · Colour: Red") && lines.contains("Size: M · Colour: Blue"), "{lines}");
    let slip = owner.get(&format!("/admin/orders/{number}/packing-slip")).await;
    assert!(slip.text(".slip").contains("ShirtSize: L · Colour: Red"), "{}", slip.text(".slip"));
    order.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    let left: Vec<i64> = {
        let mut left = Vec::new();
        for one in shop.variants(&shirt).await {
            left.push(shop.stock(&one).await.0);
        }
        left
    };
    assert_eq!(left, [4, 0, 2, 7]);
    shop.assert_audit_passes().await;
}
