//! Regions and postcodes: spelling does not change the tax, and unknown ones are refused.

use diesel::prelude::*;
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::checkout::tax_rate::TaxRate;
use tradepost::models::people::account::roles::Role;
use tradepost::schema::order_addresses;

use crate::support::{Browser, Page, TestShop, fill_checkout};

/// A shop in the United States with the sales tax of New York, and a visitor with a cart worth $100.00.
async fn open_american_shop() -> (TestShop, Browser, Browser) {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    shop.set_shipping_price(5_00).await;
    shop.update_settings(|settings| {
        settings.country = "US".to_owned();
        settings.prices_include_tax = false;
    })
    .await;
    let owner = shop.log_in_as(Role::Owner).await;
    add_rate(&owner, &[("country", "US"), ("region", "NY"), ("name", "NY sales tax"), ("rate", "8.875")]).await;
    let mug = shop.product("Blue mug").price(10_000).create().await;
    let buyer = shop.visitor();
    buyer.add_to_cart(&mug, 1).await;
    (shop, owner, buyer)
}

async fn add_rate(owner: &Browser, fields: &[(&str, &str)]) -> Page {
    owner.get("/admin/taxes/new").await.form("Save").fill_all(fields).submit().await
}

const NEW_YORK: &[(&str, &str)] =
    &[("country", "US"), ("line1", "350 5th Ave"), ("city", "New York"), ("postcode", "10001")];

async fn submit_and_read_tax(buyer: &Browser, region: &str, postcode: &str) -> Page {
    let form = buyer.get("/checkout").await.form("Update totals").fill_all(NEW_YORK);
    form.fill("postcode", postcode).fill("region", region).submit().await
}

#[actix_web::test]
async fn the_tax_does_not_depend_on_the_spelling_of_the_state() {
    let (shop, _, buyer) = open_american_shop().await;
    for spelling in [
        "NY",
        "ny",
        " NY ",
        "New York",
        "NEW YORK",
        "N.Y.",
        "Ny.",
        "NYC",
        "",
        "US-NY",
        "State of New York",
        "New York State",
        "ＮＹ",
        "N\u{200b}Y",
    ] {
        let page = submit_and_read_tax(&buyer, spelling, "10001").await;
        assert_eq!((page.total("tax"), page.total("total")), ("9.32".into(), "114.32".into()), "{spelling}");
        assert_eq!(page.field_value("region"), "NY", "{spelling}");
    }
    let page =
        fill_checkout(&buyer, "bank_transfer").await.fill_all(NEW_YORK).fill("region", "new york").submit().await;
    let page = if page.status == 422 { place_again(page).await } else { page };
    assert_eq!((page.status, page.total("total").as_str()), (200, "114.32"), "{}", page.text("main"));
    assert!(page.text("main").contains("New York"));
    let regions = order_addresses::table.select(order_addresses::region);
    let regions: Vec<String> = shop.read(move |conn| Ok(regions.load(conn)?)).await;
    assert_eq!(regions, ["NY"], "the order keeps the code");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// The totals changed with the address, so the form is sent again.
async fn place_again(page: Page) -> Page {
    let button = page.text("form#checkout .place button:last-of-type");
    page.form(&button).submit().await
}

#[actix_web::test]
async fn unknown_states_and_zip_codes_of_other_states_are_refused() {
    let (shop, _, buyer) = open_american_shop().await;
    for (region, message) in [
        ("Bavaria", "We do not know this state or region. Please choose it from the list."),
        ("XX", "We do not know this state or region. Please choose it from the list."),
        ("NJ", "This ZIP code is in New York. Please correct the state or the ZIP code."),
        ("Oregon", "This ZIP code is in New York. Please correct the state or the ZIP code."),
    ] {
        let page = submit_and_read_tax(&buyer, region, "10001").await;
        assert_eq!(page.field_error("region"), message, "{region}");
        assert_eq!(page.total("tax"), "9.32", "{region} saves nothing");
        let page =
            fill_checkout(&buyer, "bank_transfer").await.fill_all(NEW_YORK).fill("region", region).submit().await;
        assert_eq!((page.status, page.field_error("region").as_str()), (422, message), "{region}");
        assert_eq!(page.total("tax"), "9.32", "{region} saves nothing");
        assert!(page.field_value("region") != "NY", "what was typed stays");
    }
    // Buyers in New Jersey pay none, in any spelling.
    for region in ["NJ", "New Jersey", "N.J.", ""] {
        let page = submit_and_read_tax(&buyer, region, "07030").await;
        assert_eq!((page.total("total"), page.field_value("region")), ("105.00".into(), "NJ".into()), "{region}");
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_tax_rate_accepts_the_region_by_code_or_name() {
    let (shop, owner, buyer) = open_american_shop().await;
    let page =
        add_rate(&owner, &[("country", "US"), ("region", "California"), ("name", "CA tax"), ("rate", "7.25")]).await;
    assert_eq!(page.text("[role=status]"), "Tax rate saved.");
    assert!(page.text("main").contains("California"));
    for region in ["CA", "California", "Calif.", "californie"] {
        assert_eq!(submit_and_read_tax(&buyer, region, "94043").await.total("tax"), "7.61", "{region}");
        let again = add_rate(&owner, &[("country", "US"), ("region", region), ("name", "x"), ("rate", "1")]).await;
        assert_eq!(
            again.field_error("tax_class"),
            "There is already a rate for this region and tax class.",
            "{region}"
        );
    }
    for region in ["Kalifornia", "Bavaria", "99"] {
        let page = add_rate(&owner, &[("country", "US"), ("region", region), ("name", "x"), ("rate", "1")]).await;
        assert!(page.status == 422 && page.field_error("region").starts_with(region), "{region}");
        assert_eq!(page.field_value("region"), region);
    }
    // Free text where there is no list, compared without case and punctuation.
    let page = add_rate(&owner, &[("country", "DE"), ("region", "Baden-Württemberg"), ("name", "Fee"), ("rate", "3")]);
    assert_eq!(page.await.text("[role=status]"), "Tax rate saved.");
    for region in ["baden wurttemberg", "BADEN-WÜRTTEMBERG", "Baden-Wu\u{308}rttemberg"] {
        let form = buyer.get("/checkout").await.form("Update totals").fill_all(&[("country", "DE")]);
        let page = form.fill_all(&[("region", region), ("postcode", "70173")]).submit().await;
        assert_eq!(page.total("tax"), "3.15", "{region}");
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_regional_tax_rate_makes_the_region_required() {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    let mug = shop.product("Mug").create().await;
    let buyer = shop.visitor();
    buyer.add_to_cart(&mug, 1).await;
    for (country, postcode, region, other) in
        [("DE", "80331", "Bayern", "Hessen"), ("AR", "C1002AAP", "CABA", "Mendoza"), ("ES", "35001", "GC", "Madrid")]
    {
        let rate = TaxRate::new(country, TaxClass::Standard, "Regional", 30_000);
        let rate = TaxRate { region: region.to_owned(), ..rate };
        shop.write(move |tx| rate.save(tx)).await;
        let page = buyer.get("/checkout").await.form("Update totals").fill("country", country).submit().await;
        assert!(page.has("[name=region][required]"), "{country}");
        let filled =
            fill_checkout(&buyer, "bank_transfer").await.fill_all(&[("country", country), ("postcode", postcode)]);
        let page = filled.submit().await;
        assert_eq!(
            (page.status, page.field_error("region").as_str()),
            (422, "Enter your state or region."),
            "{country}"
        );
        for region in [region, other] {
            let form = page.form("Update totals").fill("region", region);
            assert!(!form.submit().await.has("#region-error"), "{country} {region}");
        }
    }
}

#[actix_web::test]
async fn countries_list_their_regions_and_require_one_where_addresses_have_it() {
    let (shop, _, buyer) = open_american_shop().await;
    let page = buyer.get("/checkout").await;
    assert!(page.has("select[name=region] option[value=NY]") && page.has("select[name=region][required]"));
    let choose = |country: &'static str, postcode: &'static str| {
        let form = page.form("Update totals").fill_all(&[("country", country), ("postcode", postcode)]);
        async move { form.submit().await }
    };
    for (country, code) in [("CA", "QC"), ("AU", "NSW"), ("BR", "SP"), ("MX", "CMX"), ("IN", "MH"), ("JP", "13")] {
        let page = choose(country, "").await;
        assert!(page.has(&format!("select[name=region] option[value='{code}']")), "{country}");
    }
    let italy = choose("IT", "").await;
    assert!(italy.has("select[name=region]") && !italy.has("select[name=region][required]"));
    assert!(choose("DE", "").await.has("input[name=region]"));
    let missing = fill_checkout(&buyer, "bank_transfer").await.fill_all(&[("country", "CA"), ("postcode", "K1A 0B1")]);
    assert_eq!(missing.submit().await.field_error("region"), "Enter your state or region.");
    // A region of one country is not kept for another.
    let page = submit_and_read_tax(&buyer, "NY", "10001").await;
    let page = page.form("Update totals").fill_all(&[("country", "CA"), ("postcode", "K1A 0B1")]).submit().await;
    assert_eq!((page.field_value("region").as_str(), page.has("#problems")), ("", false));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_postcode_must_fit_its_country() {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    let mug = shop.product("Mug").create().await;
    let buyer = shop.visitor();
    buyer.add_to_cart(&mug, 1).await;
    for (country, region, postcode, example) in [
        ("DE", "", "ABCDE", "Enter a postcode for Germany such as 10115."),
        ("DE", "", "ABC", "Enter a postcode for Germany such as 10115."),
        ("GB", "", "12345", "Enter a postcode for United Kingdom such as SW1A 1AA."),
        ("US", "NY", "1OOO1", "Enter a postcode for United States such as 10001."),
        ("US", "NY", "I0001", "Enter a postcode for United States such as 10001."),
        ("CA", "ON", "K1A OB1", "Enter a postcode for Canada such as K1A 0B1."),
    ] {
        let form =
            fill_checkout(&buyer, "bank_transfer").await.fill_all(&[("country", country), ("postcode", postcode)]);
        let page = form.fill("region", region).submit().await;
        assert_eq!((page.status, page.field_error("postcode").as_str()), (422, example), "{country} {postcode}");
        assert_eq!(page.field_value("postcode"), postcode);
    }
    for (country, postcode) in [("DE", "D-10115"), ("DE", "１０１１５"), ("GB", "bt1-5gs"), ("AE", "")] {
        let form =
            fill_checkout(&buyer, "bank_transfer").await.fill_all(&[("country", country), ("postcode", postcode)]);
        let page = form.submit().await;
        assert!(!page.has("#postcode-error"), "{country} {postcode}");
        if page.status == 200 {
            buyer.add_to_cart(&mug, 1).await;
        }
    }
    shop.run_jobs().await;
}

#[actix_web::test]
async fn postcode_ranges_are_accepted_and_impossible_ones_refused() {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    shop.set_shipping_price(0).await;
    shop.update_settings(|settings| settings.country = "ES".to_owned()).await;
    shop.write(|tx| TaxRate::new("ES", TaxClass::Standard, "IVA", 210_000).save(tx)).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let canaries = |postcode: &'static str| {
        let fields = [("country", "ES"), ("name", "Canarias"), ("rate", "0"), ("postcode", postcode)];
        let owner = owner.clone();
        async move { add_rate(&owner, &fields).await }
    };
    for wrong in ["3500-35999", "35999-35000", "350-359", "35OOO-35999", "350000*"] {
        let page = canaries(wrong).await;
        assert!(page.status == 422 && !page.field_error("postcode").is_empty(), "{wrong}");
        assert_eq!(page.field_value("postcode"), wrong);
    }
    let page = canaries("35000-35999; ES-38000 – ES-38999").await;
    assert!(page.text("main").contains("35000...35999; 38000...38999"), "{}", page.text("main"));
    let mug = shop.product("Mug").price(12_100).create().await;
    let buyer = shop.visitor();
    buyer.add_to_cart(&mug, 1).await;
    for (postcode, tax) in [
        ("35001", "0.00"),
        ("38999", "0.00"),
        ("ES-35001", "0.00"),
        ("３５００１", "0.00"),
        ("34001", "21.00"),
        ("36000", "21.00"),
    ] {
        let form = buyer.get("/checkout").await.form("Update totals").fill_all(&[("country", "ES")]);
        let page = form.fill("postcode", postcode).submit().await;
        let found = if page.has("[data-total=tax]") { page.total("tax") } else { "0.00".to_owned() };
        assert_eq!(found, tax, "{postcode}");
    }
}
