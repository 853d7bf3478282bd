//! Default amounts, a change of currency, and the shop's own VAT number.

use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::models::checkout::coupon::{Coupon, CouponKind};
use tradepost::models::checkout::shipping_method::{ShippingMethod, ShippingTier, TierBasis};
use tradepost::models::people::account::roles::Role;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{TestShop, unlimited_coupon};

#[actix_web::test]
async fn the_default_shipping_price_fits_the_currency() {
    for (country, currency, price) in [
        ("JP", "JPY", 700),
        ("KR", "KRW", 5000),
        ("HU", "HUF", 199_000),
        ("KW", "KWD", 1500),
        ("VN", "VND", 90_000),
        ("DE", "EUR", 500),
    ] {
        let shop = TestShop::before_setup().await;
        let form = shop.visitor().get("/").await.form("Create my site").fill_all(&[
            ("site_name", "Kestrel"),
            ("name", "Grace"),
            ("email", "grace@kestrel.example"),
            ("password", STAFF_PASSWORD),
            ("country", country),
            ("currency", currency),
        ]);
        assert_eq!(form.choose("content", "empty").submit().await.status, 200);
        let methods = shop.read(ShippingMethod::all).await;
        assert_eq!(methods.iter().map(|method| method.price_minor).collect::<Vec<_>>(), [price], "{currency}");
    }
}

#[actix_web::test]
async fn a_currency_change_resets_amounts() {
    let shop = TestShop::new().await;
    shop.create_coupon(unlimited_coupon("FIVE", CouponKind::Fixed, 5_00), CouponScope::default()).await;
    shop.create_coupon(unlimited_coupon("TENTH", CouponKind::Percent, 100_000), CouponScope::default()).await;
    let over = Coupon { minimum_minor: Some(50_00), ..unlimited_coupon("OVER", CouponKind::Percent, 100_000) };
    shop.create_coupon(over, CouponScope::default()).await;
    shop.write(|tx| {
        let shipping = ShippingMethod::all(tx.conn())?.remove(0);
        let new = ShippingMethod { public_id: String::new(), ..shipping };
        let heavy = ShippingMethod { name: "Heavy".to_owned(), tier_basis: TierBasis::Weight, ..new.clone() };
        heavy.save(tx, &[ShippingTier { from_value: 2000, price_minor: 9_00 }])?;
        let rich = ShippingMethod { name: "Free".to_owned(), free_over_minor: Some(60_00), ..new.clone() };
        rich.save(tx, &[])?;
        ShippingMethod { name: "Pickup".to_owned(), pickup: true, price_minor: 0, ..new }.save(tx, &[])
    })
    .await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/settings").await.form("Save").fill("currency", "JPY").submit().await;
    assert_eq!(
        page.text("[role=status]"),
        "Settings saved. With the new currency, the prices of 3 shipping methods have changed and 2 discounts have \
         been deactivated. Please check them."
    );
    let methods = shop.read(ShippingMethod::all_with_tiers).await;
    for (method, tiers) in &methods {
        let expected = if method.pickup { 0 } else { 700 };
        let found = (method.price_minor, method.free_over_minor, method.tier_basis, tiers.len());
        assert_eq!(found, (expected, None, TierBasis::None, 0), "{}", method.name);
    }
    let codes = shop.read(Coupon::all).await;
    for (code, active, value, minimum) in
        [("FIVE", false, 5, None), ("TENTH", true, 100_000, None), ("OVER", false, 100_000, Some(50))]
    {
        let found = codes.iter().find(|coupon| coupon.code == code).unwrap();
        assert_eq!((found.active, found.value, found.minimum_minor), (active, value, minimum), "{code}");
    }
    // And back: no old amount is taken for euros.
    let page = owner.get("/admin/settings").await.form("Save").fill("currency", "EUR").submit().await;
    assert!(
        page.text("[role=status]").contains("3 shipping methods have changed. Please"),
        "{}",
        page.text("[role=status]")
    );
    assert_eq!(shop.read(ShippingMethod::all).await[0].price_minor, 5_00);
    let same = owner.get("/admin/settings").await.form("Save").submit().await;
    assert_eq!(same.text("[role=status]"), "Settings saved.");
}

#[actix_web::test]
async fn the_currency_is_fixed_once_a_price_exists() {
    let with_goods = TestShop::new().await;
    with_goods.product("Mug").create().await;
    let with_card = TestShop::new().await;
    with_card.issue_gift_card(20_00).await;
    for (shop, what) in [(&with_goods, "products with prices in EUR"), (&with_card, "gift cards in EUR")] {
        let owner = shop.log_in_as(Role::Owner).await;
        let page = owner.get("/admin/settings").await.form("Save").fill("currency", "JPY").submit().await;
        let message = format!("There are {what}, so the currency cannot change from EUR.");
        assert_eq!((page.status, page.field_error("currency")), (422, message));
        assert_eq!(shop.read(ShippingMethod::all).await[0].price_minor, 5_00);
    }
}

#[actix_web::test]
async fn the_shops_own_vat_number_is_validated_like_those_of_buyers() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for wrong in ["DE123", "DE136695978", "136695978", "XX1", "VAT"] {
        let page = owner.get("/admin/settings").await.form("Save").fill("vat_number", wrong).submit().await;
        assert_eq!((page.status, page.field_value("vat_number").as_str()), (422, wrong));
        assert!(page.field_error("vat_number").contains("DE136695976"), "{wrong}");
    }
    for (typed, stored) in [("de 136 695 976", "DE136695976"), ("136695976", "DE136695976"), ("", "")] {
        let page = owner.get("/admin/settings").await.form("Save").fill("vat_number", typed).submit().await;
        assert_eq!((page.status, page.field_value("vat_number").as_str()), (200, stored), "{typed}");
    }
    // Other countries have no known format.
    let form = owner.get("/admin/settings").await.form("Save").fill("country", "CH");
    let page = form.fill("vat_number", "CHE-116.281.710 MWST").submit().await;
    assert_eq!((page.status, page.field_value("vat_number").as_str()), (200, "CHE-116.281.710 MWST"));
}
