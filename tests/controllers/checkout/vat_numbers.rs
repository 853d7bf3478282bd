//! VAT numbers for reverse charge: they need a company, and wait for staff until checked.

use tradepost::models::people::account::roles::Role;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::order::vat_check::VatCheck;

use crate::support::{Browser, Page, TestShop, fill_checkout};

const AUSTRIAN: &str = "ATU12345675";

async fn open_shop() -> (TestShop, Browser) {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    shop.set_shipping_price(0).await;
    let mug = shop.product("Mug").price(11_900).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    (shop, ada)
}

/// Places an order with a VAT number and a company, after the totals were shown.
async fn place_order_with_vat_number(ada: &Browser, country: &str, number: &str, company: &str) -> Page {
    let postcode = match country {
        "AT" => "1010",
        "CH" => "8001",
        "FR" => "75001",
        "GB" => "SW1A 1AA",
        "NO" => "0150",
        _ => "10119",
    };
    let fields = [("country", country), ("postcode", postcode), ("vat_number", number), ("company", company)];
    let page = fill_checkout(ada, "bank_transfer").await.fill_all(&fields).submit().await;
    if page.status == 422 && page.text("main").contains("The total, shipping or taxes have changed") {
        return page.form("Order").submit().await;
    }
    page
}

async fn run_vat_check(shop: &TestShop) -> VatCheck {
    shop.read(|conn| Order::get(conn, 1.into())?.vat_check(conn)).await
}

#[actix_web::test]
async fn a_vat_number_without_a_company_removes_no_tax() {
    let (shop, ada) = open_shop().await;
    let form = fill_checkout(&ada, "bank_transfer").await.fill("country", "AT").fill("postcode", "1010");
    let page = form.fill("vat_number", AUSTRIAN).submit().await;
    assert_eq!((page.status, page.total("total").as_str()), (422, "119.00"));
    assert_eq!(page.field_error("company"), "Enter the company that the VAT number belongs to.");
    let page = page.form("Update totals").submit().await;
    assert_eq!(page.total("total"), "119.00");
    let page = page.form("Order").fill("company", "Wien GmbH").submit().await;
    let page = page.form("Order").submit().await;
    assert_eq!((page.status, page.total("total").as_str()), (200, "100.00"));
    assert_eq!(run_vat_check(&shop).await, VatCheck::Unchecked);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn an_unchecked_vat_number_waits_for_staff() {
    for (button, state) in [("It is valid", VatCheck::Valid), ("It is not valid", VatCheck::Invalid)] {
        let (shop, ada) = open_shop().await;
        place_order_with_vat_number(&ada, "AT", AUSTRIAN, "Wien GmbH").await;
        shop.run_jobs().await;
        let owner = shop.log_in_as(Role::Owner).await;
        assert!(owner.get("/admin/attention").await.text("main").contains("ATU12345675: number not checked"));
        assert!(owner.get("/admin").await.text(".needs").contains("1 VAT number to check"));
        let page = owner.get("/admin/orders/1001").await;
        let words = page.text("[aria-labelledby=h-vat]");
        assert!(words.contains("ATU12345675 Not checked") && words.contains("Wien GmbH"), "{words}");
        let packer = shop.log_in_as(Role::Fulfilment).await;
        assert!(packer.get("/admin/orders/1001").await.forms(button).is_empty());
        let stale = page.form(button);
        let page = page.form(button).submit().await;
        assert_eq!(run_vat_check(&shop).await, state);
        assert!(
            page.forms("It is valid").is_empty() && page.text("[aria-labelledby=h-time]").contains("VAT number ATU")
        );
        assert_eq!(stale.submit().await.text("[role=status]"), "Saved in the order’s timeline.", "as the first time");
        let other = if button == "It is valid" { "invalid" } else { "valid" };
        let second = owner.post("/admin/orders/1001/vat-number", &[("result", other)]).await;
        assert!(owner.follow_redirects(second).await.text("[role=alert]").contains("no longer possible"));
        assert!(!owner.get("/admin/attention").await.text("main").contains("number not checked"));
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn vies_is_asked_and_its_silence_leaves_the_number_unchecked() {
    for (known, state) in [(Some(true), VatCheck::Valid), (Some(false), VatCheck::Invalid), (None, VatCheck::Unchecked)]
    {
        let (shop, ada) = open_shop().await;
        match known {
            Some(is_valid) => shop.set_vat_record(AUSTRIAN, is_valid, "Wien GmbH"),
            None => shop.set_vat_record("ATU00000000", true, ""),
        }
        place_order_with_vat_number(&ada, "AT", AUSTRIAN, "Wien GmbH").await;
        for _ in 0..8 {
            shop.run_jobs().await;
            shop.advance_clock(jiff::SignedDuration::from_hours(3));
            shop.run_jobs().await;
        }
        assert_eq!(run_vat_check(&shop).await, state, "{known:?}");
        let owner = shop.log_in_as(Role::Owner).await;
        let attention = owner.get("/admin/attention").await.text("main");
        assert_eq!(attention.contains("number not checked"), known.is_none(), "{attention}");
        assert_eq!(attention.contains("The tax on this order is still due"), known == Some(false), "{attention}");
        assert!(!attention.contains("Failed background jobs"));
        let page = owner.get("/admin/orders/1001").await;
        assert_eq!(page.text("[aria-labelledby=h-time]").contains("VIES: VAT number"), known.is_some());
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn reverse_charge_and_checks_can_be_disabled() {
    let (shop, ada) = open_shop().await;
    shop.set_vat_record(AUSTRIAN, true, "");
    shop.update_settings(|settings| settings.check_vat_numbers = false).await;
    place_order_with_vat_number(&ada, "AT", AUSTRIAN, "Wien GmbH").await;
    shop.run_jobs().await;
    assert_eq!(run_vat_check(&shop).await, VatCheck::Unchecked);

    let (shop, ada) = self::open_shop().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let mut form = owner.get("/admin/settings").await.form("Save");
    form.controls.retain(|control| control.name != "vat_exemption");
    form.submit().await;
    let page = place_order_with_vat_number(&ada, "AT", AUSTRIAN, "Wien GmbH").await;
    assert_eq!((page.status, page.total("total").as_str()), (200, "119.00"));
    assert_eq!(run_vat_check(&shop).await, VatCheck::None);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn vat_numbers_without_effect_are_stored_unchecked() {
    for (country, number, stored) in [
        ("DE", "DE136695976", "DE136695976"),
        ("CH", "CHE-123.456.788 MWST", "CHE-123.456.788 MWST"),
        ("GB", "GB 123 4567 82", "GB 123 4567 82"),
        ("NO", "NO123456785MVA", "NO123456785MVA"),
        ("DE", "CHE-123.456.788", "CHE-123.456.788"),
    ] {
        let (shop, ada) = open_shop().await;
        let page = place_order_with_vat_number(&ada, country, number, "Firma").await;
        assert_eq!(page.status, 200, "{country} {number}: {}", page.text("main"));
        assert!(page.text("main").contains(stored), "{number}");
        assert_eq!(run_vat_check(&shop).await, VatCheck::None, "{number}");
        shop.run_jobs().await;
    }
    let (_shop, ada) = open_shop().await;
    let page = place_order_with_vat_number(&ada, "FR", "FR12", "Firma").await;
    assert_eq!((page.status, page.field_value("vat_number").as_str()), (422, "FR12"));
    assert!(!page.field_error("vat_number").is_empty());
}
