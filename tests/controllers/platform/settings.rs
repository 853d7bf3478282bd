//! Settings, shipping methods and tax rates.

use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::setting::Settings;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Page, TestShop};

#[actix_web::test]
async fn settings_are_saved_and_invalid_input_is_refused() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/settings").await;
    let wrong =
        page.form("Save").fill_all(&[("site_name", ""), ("contact_email", "me"), ("accent", "red")]).submit().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.field_error("site_name"), "Enter a site name.");
    assert!(wrong.field_error("contact_email").contains("name@example.com"));
    assert_eq!((wrong.field_value("accent").as_str(), wrong.field_value("contact_email").as_str()), ("red", "me"));
    let page = page.form("Save").fill_all(&[("site_name", "Osprey"), ("tagline", "Fish & chips")]).submit().await;
    assert_eq!(page.text("[role=status]"), "Settings saved.");
    let home = shop.visitor().get("/").await;
    assert!(home.text("title").contains("Osprey") && home.text("footer").contains("Fish & chips"));
}

#[actix_web::test]
async fn shipping_methods_are_created_edited_and_deleted() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/shipping/new").await;
    let wrong = page.form("Save").fill_all(&[("name", ""), ("countries", "DE, ZZ"), ("price", "x")]).submit().await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.field_error("countries"), "ZZ is not a country code. Use two-letter codes such as DE, AT, FR.");
    assert!(!wrong.field_error("name").is_empty() && !wrong.field_error("price").is_empty());
    let page =
        wrong.form("Save").fill_all(&[("name", "Pigeon"), ("countries", "FR, CH"), ("price", "12")]).submit().await;
    assert_eq!(page.text("[role=status]"), "Shipping method saved.");
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let checkout = ada.get("/checkout").await.form("Update totals").fill("country", "FR").submit().await;
    assert!(checkout.text("#shipping-methods").contains("Pigeon"));
    assert_eq!(checkout.total("shipping"), "12.00");
    // Switzerland is outside the EU: an export, without the German tax that 12.00 includes.
    let checkout = checkout.form("Update totals").fill("country", "CH").submit().await;
    assert_eq!(checkout.total("shipping"), "10.08");
    let page = page.click_link("Pigeon").await.form("Delete").submit().await;
    assert_eq!(page.text("[role=status]"), "Shipping method deleted.");
    assert!(!page.text("main").contains("Pigeon"));
}

#[actix_web::test]
async fn tax_rates_are_created_and_duplicates_are_refused() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/taxes/new").await;
    let page = page.form("Save").fill_all(&[("country", "DE"), ("name", "VAT"), ("rate", "101")]).submit().await;
    assert_eq!((page.status, page.field_value("rate").as_str()), (422, "101"));
    assert!(page.field_error("rate").contains("from 0 to 100"));
    let twice = page.form("Save").fill("rate", "19").submit().await;
    assert_eq!(
        (twice.status, twice.field_error("tax_class").as_str()),
        (422, "There is already a rate for this region and tax class.")
    );
    let made = twice.form("Save").fill_all(&[("country", "FR"), ("rate", "20")]).submit().await;
    assert_eq!(made.text("[role=status]"), "Tax rate saved.");
    assert!(made.text("main").contains("20"));
}

#[actix_web::test]
async fn a_country_gets_its_own_tax_rules_and_falls_back_without_them() {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/taxes/new").await;
    page.form("Save").fill_all(&[("country", "FR"), ("name", "TVA"), ("rate", "20")]).submit().await;
    let page = owner.get("/admin/taxes").await.click_link("Add rules for a country").await;
    let nothing = page.form("Save").choose("country", "FR").submit().await;
    assert_eq!((nothing.status, nothing.field_value("country").as_str()), (422, "FR"));
    assert_eq!(nothing.field_error("prices_include_tax"), "Choose at least one rule that differs from the shop’s.");
    let page = nothing.form("Save").choose("prices_include_tax", "no").choose("tax_rounding", "line").submit().await;
    assert_eq!(page.text("[role=status]"), "Rules saved.");
    let own_rules = |page: &Page| page.texts("tbody td").pop().unwrap();
    assert_eq!(own_rules(&page), "Its tax is added, rounded on every line");

    let mug = shop.product("Mug").price(12_000).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let total = || async {
        let checkout = ada.get("/checkout").await.form("Update totals").fill("country", "FR").submit().await;
        checkout.total("total")
    };
    assert_eq!(total().await, "150.00", "120.00 and a parcel for 5.00, with 20 % on top");
    let page = page.click_link("France").await;
    assert_eq!(
        (page.field_value("prices_include_tax").as_str(), page.field_value("tax_rounding").as_str()),
        ("no", "line")
    );
    let page = page.form("Save").choose("tax_rounding", "").submit().await;
    assert_eq!(own_rules(&page), "Its tax is added");
    let twice = owner.get("/admin/taxes/rules/new").await.form("Save").choose("country", "FR");
    let twice = twice.choose("cross_border", "keep_net").submit().await;
    assert_eq!(
        (twice.status, twice.field_error("country").as_str()),
        (422, "This country already has rules. Edit those instead.")
    );
    let page = page.click_link("France").await.form("Remove rules").submit().await;
    assert_eq!(page.text("[role=status]"), "Rules removed.");
    assert_eq!(total().await, "125.00");
}

#[actix_web::test]
async fn shipping_tiers_by_weight_and_the_eu_as_one_destination() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/shipping/new").await;
    let form = page.form("Save").fill_all(&[("name", "Union"), ("countries", "eu"), ("price", "9")]);
    let wrong = form.choose("tier_basis", "weight").submit().await;
    assert_eq!((wrong.status, wrong.field_value("tier_basis").as_str()), (422, "weight"));
    assert_eq!(wrong.field_error("tier_from_1"), "Fill in at least one tier, or choose the flat rate.");
    let half = wrong.form("Save").fill_all(&[("tier_from_1", "5000"), ("tier_price_1", "x")]).submit().await;
    assert_eq!((half.status, half.has("#tier_from_1-error")), (422, false), "only the price is wrong");
    let steps = [("tier_from_1", "5000"), ("tier_price_1", "19"), ("tier_from_2", "2000"), ("tier_price_2", "14")];
    let twice = wrong.form("Save").fill_all(&steps).fill("tier_from_2", "5000").submit().await;
    assert_eq!(twice.field_error("tier_from_2"), "Another tier already starts here.");
    let page = wrong.form("Save").fill_all(&steps).submit().await;
    assert_eq!(page.texts("th[scope=rowgroup]"), ["European Union", "Germany"]);
    assert!(page.text("tbody").contains("2 price tiers"));
    let page = page.click_link("Union").await;
    assert_eq!(
        (page.field_value("tier_from_1").as_str(), page.field_value("tier_price_1").as_str()),
        ("2000", "14.00")
    );

    let anvil = shop.product("Anvil").weight(2500).create().await;
    let ada = shop.visitor();
    for (quantity, price) in [(1, "14.00"), (1, "19.00")] {
        ada.add_to_cart(&anvil, quantity).await;
        let checkout = ada.get("/checkout").await.form("Update totals").fill("country", "FR").submit().await;
        assert!(checkout.text("#shipping-methods").contains("Union"));
        assert_eq!(checkout.total("shipping"), price);
    }
    let checkout = ada.get("/checkout").await;
    assert!(!checkout.text("#shipping-methods").contains("Union"), "Germany has a way of its own");
}

#[actix_web::test]
async fn tax_rates_apply_by_postcode_date_and_priority() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/taxes/new").await;
    let wrong = page
        .form("Save")
        .fill_all(&[
            ("name", "City"),
            ("rate", "1"),
            ("postcode", "9...1"),
            ("priority", "10"),
            ("valid_from", "2026-02-01"),
            ("valid_to", "2026-01-01"),
        ])
        .submit()
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.field_error("postcode").contains("1000...1999") && !wrong.field_error("priority").is_empty());
    assert_eq!(wrong.field_error("valid_to"), "The last day must not be before the first.");
    let good = [("postcode", "101*"), ("priority", "2"), ("valid_to", "2026-11-21"), ("rate", "10")];
    let page = wrong.form("Save").fill_all(&good).submit().await;
    assert_eq!(page.text("[role=status]"), "Tax rate saved.");
    assert!(
        page.text("tbody").contains("Postcodes 101*")
            && page.text("tbody").contains("1 February 2026 to 21 November 2026")
    );
    assert_eq!(page.texts("th[scope=rowgroup]"), ["Germany"]);

    let mug = shop.product("Mug").price(12_900).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let taxes = |postcode: &'static str| {
        let ada = ada.clone();
        async move {
            let page = ada.get("/checkout").await.form("Update totals").fill("postcode", postcode).submit().await;
            page.texts("[data-total=tax]").join(" ")
        }
    };
    assert_eq!(taxes("10119").await, "€19.73 €10.39");
    assert_eq!(taxes("20095").await, "€21.39");
    shop.advance_clock(jiff::SignedDuration::from_hours(24));
    assert_eq!(taxes("10119").await, "€21.39");
}

#[actix_web::test]
async fn admin_pages_render_with_data() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_published_post("News", "New.").await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    crate::support::fill_checkout(&ada, "bank_transfer").await.submit().await;
    shop.run_jobs().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let pages = [
        "",
        "/posts",
        "/products",
        "/orders",
        "/pictures",
        "/outbox",
        "/outbox/1",
        "/outbox/1/body",
        "/discounts",
        "/discounts/new",
        "/shipping",
        "/taxes",
        "/settings",
        "/staff",
    ];
    for path in pages {
        let page = owner.get(&format!("/admin{path}")).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(path.ends_with("/body") || page.texts("h1").len() == 1, "{path}: {:?}", page.texts("h1"));
    }
    assert!(owner.get("/admin/products").await.text("tbody").contains("Mug"));
    assert!(owner.get("/admin/orders?q=lovelace").await.text("tbody").contains("1001"));
    assert!(owner.get("/admin/orders?q=nobody").await.text("main").contains("No orders here"));
}

/// R17: whoever finds an unlocked computer does not get the next bank transfers.
#[actix_web::test]
async fn r17_a_change_of_settings_needs_a_fresh_password() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/settings").await;
    shop.advance_clock(SignedDuration::from_mins(11));
    let page = page.form("Save").fill("bank_account", "IBAN DE03\nThief").submit().await;
    assert_eq!((page.status, page.text("h1").as_str()), (422, "Confirm that it is you"));
    assert!(!shop.read(Settings::load).await.bank_account.contains("Thief"));
    let page = page.form("Continue").fill("confirm_password", STAFF_PASSWORD).submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/admin/settings"));
    assert_eq!(shop.read(Settings::load).await.bank_account, "IBAN DE03\nThief");
}
