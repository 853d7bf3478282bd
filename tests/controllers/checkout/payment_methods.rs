//! Payment methods of the checkout, its button, and its fields.

use tradepost::models::checkout::shipping_method::ShippingMethod;
use tradepost::models::people::account::roles::Role;
use tradepost::schema::orders;

use diesel::prelude::*;

use crate::support::builders::CHECKOUT_FIELDS;
use crate::support::{Browser, FakeStripe, TestProduct, TestShop, fill_checkout};

async fn open_shop_with_mug(shop: &TestShop) -> (Browser, TestProduct) {
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    (ada, mug)
}

/// Adds a pickup method for some countries; `only` removes the other shipping methods.
async fn add_pickup_method(shop: &TestShop, only: bool) -> String {
    shop.write(move |tx| {
        let parcel = ShippingMethod::all(tx.conn())?.remove(0);
        let (public_id, name) = (String::new(), "Pickup at the shop".to_owned());
        let pickup = ShippingMethod { public_id, name, pickup: true, price_minor: 0, position: 9, ..parcel.clone() };
        pickup.save(tx, &[])?;
        if only {
            ShippingMethod::delete(tx, &parcel.public_id)?;
        }
        Ok(ShippingMethod::all(tx.conn())?.into_iter().find(|method| method.pickup).unwrap().public_id)
    })
    .await
}

/// Submits a form with a value that the page does not offer.
async fn submit_tampered(browser: &Browser, name: &str, value: &str) -> crate::support::Page {
    let fields = browser.get("/checkout").await.form("Update totals").fill_all(CHECKOUT_FIELDS).fields();
    let mut fields: Vec<(String, String)> = fields.into_iter().filter(|(field, _)| field != name).collect();
    fields.push((name.to_owned(), value.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post("/checkout", &fields).await
}

async fn submit_and_place(shop: &TestShop) -> i64 {
    shop.read(|conn| Ok(orders::table.count().get_result(conn)?)).await
}

#[actix_web::test]
async fn the_order_button_states_payment_and_total() {
    let shop = TestShop::new().await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    let page = ada.get("/checkout").await;
    assert_eq!(page.text("#place-order"), "Order and pay €17.00");
    assert_eq!(page.attr("#place-order data", "value").as_deref(), Some("17.00"));
    assert!(!page.text("main").contains("Place order"));
    // The button follows the totals.
    let pickup = add_pickup_method(&shop, false).await;
    let page = ada.get("/checkout").await.form("Update totals").choose("shipping_method", &pickup).submit().await;
    assert_eq!(page.text("#place-order"), "Order and pay €12.00");
    assert!(page.attr("[data-requote]", "data-requote").unwrap().contains("#place-order"));
    let page = page.form("Order").fill_all(CHECKOUT_FIELDS).fill("name", "").submit().await;
    assert_eq!((page.status, page.text("#place-order").as_str()), (422, "Order and pay €12.00"));

    // A gift card pays part or all.
    let (_, code) = shop.issue_gift_card(4_00).await;
    ada.get("/cart").await.form("Apply").fill("code", &code).submit().await;
    assert_eq!(ada.get("/checkout").await.text("#place-order"), "Order and pay €13.00");
    let (_, code) = shop.issue_gift_card(90_00).await;
    ada.get("/cart").await.form("Apply").fill("code", &code).submit().await;
    let page = ada.get("/checkout").await;
    assert_eq!(page.text("#place-order"), "Order");
    assert_eq!(page.form("Order").fill_all(CHECKOUT_FIELDS).submit().await.text("h1"), "Thank you, Ada Lovelace");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn without_bank_details_no_transfer_is_offered() {
    for account in ["", "  \n "] {
        let shop = TestShop::new().await;
        shop.update_settings(move |settings| settings.bank_account = account.to_owned()).await;
        let (ada, _) = open_shop_with_mug(&shop).await;
        let page = ada.get("/checkout").await;
        assert!(!page.has("[value=bank_transfer]") && page.has("[value=test_card][checked]"));
        let page = submit_tampered(&ada, "payment_method", "bank_transfer").await;
        assert_eq!((page.status, submit_and_place(&shop).await), (422, 0));
        assert_eq!(
            page.field_error("payment_method"),
            "This shop does not accept bank transfers. Choose another payment method."
        );
    }
}

#[actix_web::test]
async fn cards_come_first_and_unconfigured_methods_are_refused() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    add_pickup_method(&shop, false).await;
    let page = ada.get("/checkout").await;
    assert!(page.has("[value=card][checked]"));
    let offered = page.texts("#payment-methods strong");
    assert_eq!(offered, ["Card", "Test card", "Bank transfer", "Cash on pickup"]);

    let shop = TestShop::without_payments().await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    for method in ["card", "test_card", "cash", "bank_transfer", "none", ""] {
        let page = submit_tampered(&ada, "payment_method", method).await;
        assert_eq!((page.status, submit_and_place(&shop).await), (422, 0), "{method}");
        assert!(!page.field_error("payment_method").is_empty());
    }
}

#[actix_web::test]
async fn missing_payment_methods_are_reported_to_buyers_and_staff() {
    let shop = TestShop::without_payments().await;
    let (ada, mug) = open_shop_with_mug(&shop).await;
    let page = ada.get("/checkout").await;
    assert!(page.text("#no-payments").contains("This shop cannot take payments yet"));
    assert!(page.forms("Order").is_empty() && !page.text("main").contains("Add your bank account"));

    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin").await;
    assert!(page.texts(".needs li")[0].starts_with("This shop cannot take payments yet"));
    assert_eq!(page.attr(".needs li", "class").as_deref(), Some("bad"));
    let form = page.click_link("Add your bank account").await.form("Save");
    owner.add_to_cart(&mug, 1).await;
    assert!(owner.get("/checkout").await.text("#no-payments").contains("Add your bank account"));
    form.fill("bank_account", "IBAN DE02").submit().await;
    assert!(!owner.get("/admin").await.text("main").contains("cannot take payments"));
    assert!(ada.get("/checkout").await.has("[value=bank_transfer][checked]"));
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert!(page.text(".bank").contains("IBAN DE02"));

    // Without bank details, no transfer is offered.
    shop.update_settings(|settings| settings.bank_account.clear()).await;
    let page = ada.get(&page.path).await;
    assert!(!page.has(".bank") && !page.text("main").contains("account below"), "{}", page.text("main"));
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let email = emails.iter().find(|email| email.subject == "Your order 1001").unwrap();
    assert!(email.body_text.contains("We will email you our bank details") && !email.body_text.contains("Reference"));
    // Other staff see it too, without a link that they may not use.
    let packer = shop.log_in_as(Role::Fulfilment).await;
    let page = packer.get("/admin").await;
    assert!(page.texts(".needs li")[0].starts_with("This shop cannot take payments yet"));
    assert!(!page.text(".needs").contains("Add your bank account"));
}

#[actix_web::test]
async fn a_pickup_only_shop_takes_cash() {
    let shop = TestShop::without_payments().await;
    add_pickup_method(&shop, true).await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    let page = ada.get("/checkout").await;
    assert!(!page.has("#no-payments") && page.has("[value=cash][checked]"));
    assert!(!shop.log_in_as(Role::Owner).await.get("/admin").await.text("main").contains("cannot take payments"));
    // No pickup elsewhere, so no payment method.
    let page = page.form("Update totals").fill("country", "FR").submit().await;
    assert!(page.forms("Order").is_empty() && page.text("#place-order").contains("None of our payment methods"));
}

#[actix_web::test]
async fn pickup_needs_no_address() {
    let shop = TestShop::new().await;
    let pickup = add_pickup_method(&shop, false).await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    let page = ada.get("/checkout").await;
    let parcel = page.form("Order").fill("email", "ada@lovelace.example").fill("name", "Ada Lovelace");
    let page = parcel.choose("payment_method", "bank_transfer").submit().await;
    assert_eq!((page.status, page.field_error("line1").as_str()), (422, "Enter your street and house number."));
    let page = page.form("Order").choose("shipping_method", &pickup).fill("name", "").submit().await;
    assert_eq!((page.status, page.field_error("name").as_str()), (422, "Enter your full name."));
    assert!(!page.has("#line1-error") && page.text("#address-fields").contains("we need no address"));
    assert!(!page.has("[name=line1][required]") && !page.has("[name=postcode][required]"));
    let page = page.form("Order").fill("name", "Ada Lovelace").fill("phone", "0170 1").submit().await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    assert!(owner.get("/admin/orders/1001").await.text("main").contains("0170 1"));
    assert_eq!(owner.get("/admin/orders/1001/packing-slip").await.text("address"), "Ada Lovelace");
    assert!(owner.get("/admin/orders/1001").await.text("main").contains("INV-"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn pickup_orders_are_taxed_at_the_shops_location() {
    use tradepost::models::catalog::product::TaxClass;
    use tradepost::models::checkout::tax_rate::TaxRate;
    let shop = TestShop::new().await;
    shop.update_settings(|settings| {
        settings.country = "US".to_owned();
        settings.region = "NY".to_owned();
        settings.prices_include_tax = false;
    })
    .await;
    shop.ship_worldwide().await;
    shop.write(|tx| {
        let rate = TaxRate::new("US", TaxClass::Standard, "NY sales tax", 80_000);
        TaxRate { region: "NY".to_owned(), ..rate }.save(tx)
    })
    .await;
    let pickup = add_pickup_method(&shop, false).await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    let fields = [("email", "a@example.com"), ("name", "Ada Lovelace"), ("country", "US"), ("region", "")];
    let page = ada.get("/checkout").await.form("Update totals").fill_all(&fields);
    let page = page.choose("shipping_method", &pickup).submit().await;
    assert_eq!((page.total("tax").as_str(), page.total("total").as_str()), ("0.96", "12.96"));
    let page = page.form("Order").choose("payment_method", "bank_transfer").submit().await;
    assert_eq!((page.status, page.total("total").as_str()), (200, "12.96"), "{}", page.text("main"));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_overweight_cart_is_reported_as_too_heavy() {
    let shop = TestShop::new().await;
    shop.write(|tx| {
        let parcel = ShippingMethod::all(tx.conn())?.remove(0);
        let light = ShippingMethod { countries: "DE AT".to_owned(), max_weight_g: Some(5_000), ..parcel };
        light.save(tx, &[])
    })
    .await;
    let anvil = shop.product("Anvil").weight(5_001).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&anvil, 1).await;
    for (country, name) in [("DE", "Germany"), ("AT", "Austria")] {
        let page = ada.get("/checkout").await.form("Update totals").fill("country", country).submit().await;
        let message = page.field_error("shipping_method");
        assert!(message.contains("5.001 kg") && message.contains(name), "{message}");
        assert!(!page.text("main").contains("Choose another country") && !page.has("#country-error"));
    }
    let page = ada.get("/checkout").await.form("Update totals").fill("country", "FR").submit().await;
    assert_eq!(page.field_error("country"), "We do not ship to France yet.");
}

#[actix_web::test]
async fn the_region_is_required_where_the_country_needs_one() {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    let page = ada.get("/checkout").await;
    assert!(!page.has("#region[required]"));
    let regions = page.attr("[data-requote]", "data-requote").unwrap();
    assert!(regions.split(", ").any(|region| region == "#region-field") && page.has("#region-field #region"));
    for (country, postcode) in [("CA", "K1A 0B1"), ("AU", "2000"), ("BR", "01310-100")] {
        let page = ada.get("/checkout").await.form("Update totals").fill("country", country).submit().await;
        assert!(page.has("#region[required]"), "{country}");
        let form = page.form("Order").fill_all(&CHECKOUT_FIELDS[..5]).fill("postcode", postcode);
        let page = form.choose("payment_method", "bank_transfer").submit().await;
        assert_eq!((page.status, page.field_error("region").is_empty()), (422, false), "{country}");
    }
}

#[actix_web::test]
async fn maxlength_equals_the_accepted_length() {
    let shop = TestShop::new().await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    let page = ada.get("/checkout").await;
    for name in ["name", "company", "line1", "line2", "postcode", "city", "region", "phone", "note"] {
        let css = format!("[name={name}]");
        let most: usize = page.attr(&css, "maxlength").unwrap().parse().unwrap();
        let form = || ada.get("/checkout");
        let sent = form().await.form("Order").fill(name, &"x".repeat(most)).submit().await;
        let is_too_long = sent.has(&format!("#{name}-error")) && sent.field_error(name).starts_with("Use at most");
        assert!(!is_too_long, "{name}");
        let sent = form().await.form("Order").fill(name, &"x".repeat(most + 1)).submit().await;
        assert!(sent.field_error(name).starts_with("Use at most"), "{name}");
    }
}

#[actix_web::test]
async fn rarely_used_fields_are_collapsed_until_filled() {
    let shop = TestShop::new().await;
    let (ada, _) = open_shop_with_mug(&shop).await;
    let page = ada.get("/checkout").await;
    for name in ["company", "vat_number", "line2"] {
        assert!(page.has(&format!("details:not([open]) [name={name}]")), "{name}");
    }
    let page = page.form("Update totals").fill("company", "Ltd").fill("line2", "2nd floor").submit().await;
    for name in ["company", "vat_number", "line2"] {
        assert!(page.has(&format!("details[open] [name={name}]")), "{name}");
    }
}
