//! A discount code from the cart to the email.

use jiff::SignedDuration;
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::models::checkout::coupon::{Coupon, CouponKind};
use tradepost::models::checkout::shipping_method::ShippingMethod;
use tradepost::models::checkout::tax_rate::TaxRate;
use tradepost::models::people::account::roles::Role;

use crate::support::{TestShop, fill_checkout, unlimited_coupon};

#[actix_web::test]
async fn a_discount_code_works_from_cart_to_email() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    shop.create_percent_coupon("SPRING15", 15).await;
    let ada = shop.visitor();
    let cart = ada.add_to_cart(&mug, 2).await;
    let cart = cart.form("Apply").fill("code", "spring15").submit().await;
    assert_eq!((cart.status, cart.path.as_str()), (200, "/cart"));
    assert_eq!((cart.total("goods"), cart.total("discount")), ("40.00".into(), "-6.00".into()));
    assert!(cart.text(".totals").contains("SPRING15"));

    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    let rows = |page: &crate::support::Page| {
        ["goods", "discount", "shipping", "tax", "total"].map(|row| page.total(row)).join(" ")
    };
    assert_eq!(rows(&page), "40.00 -6.00 5.00 6.23 39.00");
    let owner = shop.log_in_as(Role::Owner).await;
    let order = owner.get("/admin/orders/1001").await;
    assert_eq!(rows(&order), "40.00 -6.00 5.00 6.23 39.00");
    assert!(order.text(".totals").contains("SPRING15"));
    assert!(owner.get("/admin/discounts").await.text("tbody").contains("SPRING15"));
    shop.run_jobs().await;
    for email in shop.emails().await {
        assert!(email.body_text.contains("Discount SPRING15: −€6.00"), "{}", email.body_text);
        assert!(email.html.contains("Discount SPRING15"));
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_invalid_code_is_explained_beside_its_field() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let tin = shop.product("Tin").create().await;
    let now = shop.app.clock().now();
    let (before, after) = (now.minus(SignedDuration::from_hours(1)), now.plus(SignedDuration::from_hours(1)));
    let plain = || unlimited_coupon("X", CouponKind::Fixed, 5_00);
    for (code, made) in [
        ("OFF", Coupon { active: false, ..plain() }),
        ("OVER", Coupon { ends_at: Some(before), ..plain() }),
        ("SOON", Coupon { starts_at: Some(after), ..plain() }),
        ("NONE", Coupon { usage_limit: Some(0), ..plain() }),
        ("BIG", Coupon { minimum_minor: Some(50_00), ..plain() }),
    ] {
        shop.create_coupon(Coupon { code: code.to_owned(), ..made }, CouponScope::default()).await;
    }
    let tins = CouponScope { products: vec![tin.product.public_id.clone()], ..CouponScope::default() };
    shop.create_coupon(Coupon { code: "TINS".into(), ..plain() }, tins).await;
    let ada = shop.visitor();
    let cart = ada.add_to_cart(&mug, 1).await;
    for (code, message) in [
        ("", "Enter a discount code."),
        ("WHAT", "This code is not valid. Please check the spelling."),
        ("OFF", "This code is not valid. Please check the spelling."),
        ("OVER", "This code has expired."),
        ("SOON", "This code is valid from 21 Nov 2026, 11:00."),
        ("NONE", "This code has reached its usage limit."),
        ("BIG", "This code is for orders of €50.00 or more."),
        ("TINS", "This code does not apply to the items in your cart."),
    ] {
        let again = cart.form("Apply").fill("code", code).submit().await;
        assert_eq!((again.status, again.field_error("code").as_str()), (422, message), "{code}");
        assert_eq!(again.field_value("code"), code);
        assert!(!again.has("[data-total=discount]"));
    }
    // The cart grows and the code applies; it shrinks, and the page says why it does not.
    let cart = ada.add_to_cart(&mug, 2).await;
    let cart = cart.form("Apply").fill("code", "BIG").submit().await;
    assert_eq!(cart.total("discount"), "-5.00");
    let cart = cart.form("Update").fill("quantity", "1").submit().await;
    assert!(!cart.has("[data-total=discount]"));
    assert!(cart.text("#coupon").contains("BIG does not apply. This code is for orders of €50.00 or more."));
    let cart = cart.form("Remove discount code").submit().await;
    assert!(!cart.text("#coupon").contains("BIG"));
}

#[actix_web::test]
async fn a_code_that_expires_before_the_order_is_reported() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let ends_at = Some(shop.app.clock().now().plus(SignedDuration::from_mins(5)));
    shop.create_coupon(
        Coupon { ends_at, ..unlimited_coupon("QUICK", CouponKind::Fixed, 5_00) },
        CouponScope::default(),
    )
    .await;
    let ada = shop.visitor();
    let cart = ada.add_to_cart(&mug, 1).await;
    cart.form("Apply").fill("code", "QUICK").submit().await;
    let form = fill_checkout(&ada, "bank_transfer").await;
    shop.advance_clock(SignedDuration::from_mins(6));
    let page = form.submit().await;
    assert_eq!(page.status, 422);
    assert!(page.text("#problems").contains("This code has expired."));
    assert_eq!((page.field_value("name").as_str(), page.total("total").as_str()), ("Ada Lovelace", "25.00"));
    assert_eq!(shop.stock(&mug).await, (10, 0));
    let page = page.form("Order").submit().await;
    assert_eq!((page.text("h1").as_str(), page.total("total").as_str()), ("Thank you, Ada Lovelace", "25.00"));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_customer_over_the_limit_of_a_code_can_order_without_it() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(20_00).create().await;
    let once = Coupon { per_customer_limit: Some(1), ..unlimited_coupon("ONCE", CouponKind::Fixed, 5_00) };
    shop.create_coupon(once, CouponScope::default()).await;
    let mut responses = Vec::new();
    for _ in 0..2 {
        let ada = shop.visitor();
        let cart = ada.add_to_cart(&mug, 1).await;
        cart.form("Apply").fill("code", "ONCE").submit().await;
        responses.push(fill_checkout(&ada, "bank_transfer").await.submit().await);
    }
    assert_eq!(responses[0].total("total"), "20.00");
    assert_eq!(responses[1].status, 422);
    assert!(responses[1].text("#problems").contains("You have already used this code as often as allowed."));
    let page = responses[1].form("Order").submit().await;
    assert_eq!(page.total("total"), "25.00");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_fully_discounted_order_needs_no_payment() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.create_percent_coupon("GIFT", 100).await;
    let mug = shop.product("Mug").price(10_01).create().await;
    let ada = shop.visitor();
    let cart = ada.add_to_cart(&mug, 1).await;
    cart.form("Apply").fill("code", "GIFT").submit().await;
    let page = ada.get("/checkout").await;
    assert!(!page.has("[name=payment_method]"), "nothing to choose");
    let page = page.form("Order").fill_all(crate::support::builders::CHECKOUT_FIELDS).submit().await;
    assert_eq!((page.text("h1").as_str(), page.total("total").as_str()), ("Thank you, Ada Lovelace", "0.00"));
    assert_eq!(TestShop::order_number(&page), "1001");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_free_shipping_code_removes_the_shipping_price() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).create().await;
    shop.create_coupon(unlimited_coupon("POST", CouponKind::FreeShipping, 0), CouponScope::default()).await;
    let ada = shop.visitor();
    let cart = ada.add_to_cart(&mug, 1).await;
    let cart = cart.form("Apply").fill("code", "POST").submit().await;
    assert!(cart.text("[data-total=discount]").contains("Free shipping"));
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert_eq!((page.total("shipping"), page.total("total")), ("0.00".into(), "10.00".into()));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_french_business_gets_reverse_charge() {
    let shop = TestShop::new().await;
    shop.write(|tx| {
        TaxRate::new("FR", TaxClass::Standard, "TVA", 200_000).save(tx)?;
        for mut method in ShippingMethod::all(tx.conn())? {
            method.countries = "DE EU".to_owned();
            method.price_minor = 5_95;
            method.save(tx, &[])?;
            let (public_id, name) = (String::new(), "Pickup".to_owned());
            ShippingMethod { public_id, name, pickup: true, price_minor: 0, position: 2, ..method }.save(tx, &[])?;
        }
        Ok(())
    })
    .await;
    let mug = shop.product("Mug").price(11_900).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let wrong =
        fill_checkout(&ada, "bank_transfer").await.fill_all(&[("country", "FR"), ("vat_number", "FR40303265044")]);
    let page = wrong.submit().await;
    assert_eq!(page.field_error("vat_number"), "Enter an EU VAT number such as DE136695976, or leave it empty.");
    assert_eq!((page.total("tax"), page.total("total")), ("20.83".into(), "124.95".into()));
    let form = page.form("Update totals").fill("vat_number", "FR 40 303 265 045").fill("company", "Dupont SARL");
    let page = form.submit().await;
    assert_eq!((page.total("tax"), page.total("total")), ("0.00".into(), "105.00".into()));
    // Pickup orders are taxed, at the shop's location.
    let pickup = shop.read(|conn| Ok(ShippingMethod::all(conn)?.remove(1).public_id)).await;
    let fetched = page.form("Update totals").choose("shipping_method", &pickup).submit().await;
    assert_eq!((fetched.total("tax"), fetched.total("total")), ("19.00".into(), "119.00".into()));
    let page = page.form("Order").submit().await;
    assert_eq!((page.total("tax"), page.total("total")), ("0.00".into(), "105.00".into()));
    assert!(page.text("main").contains("VAT number FR40303265045") && page.text(".totals").contains("Reverse charge"));
    // For goods that stay in Germany a VAT number changes nothing.
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let at_home = fill_checkout(&ada, "bank_transfer").await.fill("vat_number", "FR40303265045").submit().await;
    assert_eq!((at_home.total("tax"), at_home.total("total")), ("19.95".into(), "124.95".into()));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}
