//! Prices and taxes calculated by hand, on placed orders.

use diesel::prelude::*;
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::checkout::cart::Cart;
use tradepost::models::checkout::coupon::CouponKind;
use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::models::checkout::quote::{Quote, TaxLine};
use tradepost::models::checkout::shipping_method::ShippingMethod;
use tradepost::models::checkout::tax_override::TaxOverride;
use tradepost::models::checkout::tax_rate::{TaxLocation, TaxRate};
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::setting::{Rounding, Settings, ShippingTax};
use tradepost::models::sales::invoice::Invoice;
use tradepost::models::sales::order::placement::{Buyer, CartQuote};
use tradepost::models::sales::order::{Order, OrderDetails, OrderState, PaymentState};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::schema::{order_taxes, orders};
use tradepost::support::money::Currency;

use crate::support::{TestProduct, TestShop, unlimited_coupon};

async fn place_order(shop: &TestShop, items: &[(&TestProduct, i64)], code: &str) -> OrderDetails {
    let request = shop.checkout_request_with_code(items, code, PaymentMethod::BankTransfer).await;
    let details = shop
        .write(move |tx| {
            let order = Order::place(tx, &request)?.order;
            order.load_details(tx.conn())
        })
        .await;
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    details
}

fn tax_amounts(details: &OrderDetails) -> Vec<i64> {
    details.taxes.iter().map(|tax| tax.tax_minor).collect()
}

#[actix_web::test]
async fn a_percent_discount_over_two_rates_and_shipping() {
    for (rounding, expected) in [(Rounding::RateGroup, [896, 54]), (Rounding::Line, [895, 54])] {
        let shop = TestShop::new().await;
        shop.set_shipping_price(490).await;
        shop.update_settings(move |settings| settings.tax_rounding = rounding).await;
        shop.create_percent_coupon("SPRING15", 15).await;
        let a = shop.product("A").price(19_99).create().await;
        let b = shop.product("B").price(4_49).tax_class(TaxClass::Reduced).create().await;
        let c = shop.product("C").price(99).create().await;
        let details = place_order(&shop, &[(&a, 3), (&b, 2), (&c, 1)], " spring15 ").await;
        let placed = &details.order;
        assert_eq!((placed.totals.goods_minor, placed.totals.discount_minor), (69_94, 10_49));
        assert_eq!(details.lines.iter().map(|line| line.discount_minor).collect::<Vec<_>>(), [8_99, 1_35, 15]);
        assert_eq!((placed.totals.total_minor, placed.totals.tax_minor), (64_35, expected.iter().sum::<i64>()));
        assert_eq!(tax_amounts(&details), expected);
        assert_eq!(details.coupon_code.as_deref(), Some("SPRING15"));
    }
}

#[actix_web::test]
async fn an_eu_consumer_pays_home_tax_until_a_rate_of_their_country_exists() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.ship_worldwide().await;
    let mug = shop.product("Mug").price(11_90).create().await;
    let book = shop.product("Book").price(10_70).tax_class(TaxClass::Reduced).create().await;
    let token =
        shop.checkout_request_with_code(&[(&mug, 1), (&book, 1)], "", PaymentMethod::BankTransfer).await.cart_token;
    let now = shop.app.clock().now();
    let expected = [("DE", vec![1_90, 70], 22_60), ("FR", vec![1_98, 56], 22_60)];
    for (country, taxes, total) in expected {
        if country == "FR" {
            shop.write(|tx| TaxRate::new("FR", TaxClass::Standard, "TVA", 200_000).save(tx)).await;
            shop.write(|tx| TaxRate::new("FR", TaxClass::Reduced, "TVA", 55_000).save(tx)).await;
        }
        let token = token.clone();
        let quote = shop
            .read(move |conn| {
                let settings = Settings::load(conn)?;
                let cart = Cart::find_open(conn, Some(&token), now)?.unwrap();
                let buyer = Buyer { place: TaxLocation::from_country("FR"), ..Buyer::default() };
                Ok(CartQuote::calculate(conn, &settings, &cart, &buyer, now)?.quotes.remove(0).1)
            })
            .await;
        assert_eq!(quote.taxes.iter().map(|part| part.tax_minor).collect::<Vec<_>>(), taxes);
        assert!(quote.taxes.iter().all(|part| part.country.as_deref() == Some(country)), "{:?}", quote.taxes);
        assert_eq!(quote.total_minor, total);
    }
}

#[actix_web::test]
async fn an_eu_business_pays_net_with_or_without_rates_of_its_country() {
    for there in [false, true] {
        let shop = TestShop::new().await;
        shop.set_shipping_price(0).await;
        shop.ship_worldwide().await;
        if there {
            shop.write(|tx| TaxRate::new("FR", TaxClass::Standard, "TVA", 200_000).save(tx)).await;
        }
        let mug = shop.product("Mug").price(11_90).create().await;
        let mut request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
        request.address.country = "FR".to_owned();
        request.address.vat_number = "FR40303265045".to_owned();
        request.address.company = "Dupont SARL".to_owned();
        let request = shop.requote(request).await;
        let placed = shop.write(move |tx| Order::place(tx, &request)).await.order;
        assert_eq!((placed.totals.total_minor, placed.totals.tax_minor, placed.prices_include_tax), (10_00, 0, false));
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn a_country_has_its_own_tax_rules_and_the_order_keeps_them() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.ship_worldwide().await;
    shop.write(|tx| {
        TaxRate::new("FR", TaxClass::Standard, "TVA", 200_000).save(tx)?;
        let french = TaxOverride {
            lock_version: 0,
            country: "FR".to_owned(),
            prices_include_tax: Some(false),
            rounding: Some(Rounding::Line),
            cross_border: None,
        };
        french.add(tx)
    })
    .await;
    // 20 % of 0.12 and of 0.14 is 0.02 and 0.03, together 0.05; of 0.52, 0.10.
    let (pin, clip) = (shop.product("Pin").price(12).create().await, shop.product("Clip").price(14).create().await);
    let expected = [("FR", Rounding::Line, 26, 5, 31, false), ("DE", Rounding::RateGroup, 26, 4, 26, true)];
    for (country, rounding, items, tax, total, includes) in expected {
        let mut request =
            shop.checkout_request_with_code(&[(&pin, 1), (&clip, 1)], "", PaymentMethod::BankTransfer).await;
        request.address.country = country.to_owned();
        let request = shop.requote(request).await;
        let placed = shop.write(move |tx| Order::place(tx, &request)).await.order;
        let found =
            (placed.totals.goods_minor, placed.totals.tax_minor, placed.totals.total_minor, placed.prices_include_tax);
        assert_eq!(found, (items, tax, total, includes), "{country}");
        let stored = orders::table.find(placed.id).select(orders::rounding);
        let stored: Rounding = shop.read(move |conn| Ok(stored.first(conn)?)).await;
        assert_eq!(stored, rounding);
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_quarter_off_ten_at_twenty_percent() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.set_tax_rates(200_000, 100_000).await;
    shop.create_percent_coupon("QUARTER", 25).await;
    let lamp = shop.product("Lamp").price(23_90).create().await;
    let placed = place_order(&shop, &[(&lamp, 10)], "QUARTER").await.order;
    assert_eq!(
        (placed.totals.discount_minor, placed.totals.total_minor, placed.totals.tax_minor),
        (59_75, 17_925, 29_88)
    );
}

#[actix_web::test]
async fn a_fully_discounted_order_is_placed_at_once() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.create_percent_coupon("GIFT", 100).await;
    let mug = shop.product("Mug").price(10_01).create().await;
    let placed = place_order(&shop, &[(&mug, 1)], "GIFT").await.order;
    assert_eq!((placed.totals.discount_minor, placed.totals.total_minor, placed.totals.tax_minor), (10_01, 0, 0));
    assert_eq!((placed.state, placed.payment_state), (OrderState::Placed, PaymentState::None));
    assert_eq!((placed.payment_method, placed.due_minor()), (PaymentMethod::None, 0));
    let invoices = shop.read(move |conn| Invoice::list_for_order(conn, placed.id)).await;
    assert_eq!(invoices.len(), 1, "nothing to pay is paid in full: it has its invoice");
}

#[actix_web::test]
async fn currencies_with_zero_and_three_decimals() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.set_tax_rates(100_000, 80_000).await;
    shop.update_settings(|settings| settings.currency = Currency::from_code("JPY").unwrap()).await;
    let tea = shop.product("Tea").price(1999).create().await;
    let placed = place_order(&shop, &[(&tea, 3)], "").await.order;
    assert_eq!((placed.totals.total_minor, placed.totals.tax_minor, placed.currency.code()), (5997, 545, "JPY"));

    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.set_tax_rates(50_000, 0).await;
    shop.update_settings(|settings| {
        settings.currency = Currency::from_code("KWD").unwrap();
        settings.prices_include_tax = false;
    })
    .await;
    let dates = shop.product("Dates").price(1255).create().await;
    let placed = place_order(&shop, &[(&dates, 3)], "").await.order;
    assert_eq!((placed.totals.goods_minor, placed.totals.tax_minor, placed.totals.total_minor), (3765, 188, 3953));
}

#[actix_web::test]
async fn a_fixed_discount_with_compound_taxes() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.update_settings(|settings| settings.prices_include_tax = false).await;
    shop.set_tax_rates(50_000, 0).await;
    shop.write(|tx| {
        let second = TaxRate::new("DE", TaxClass::Standard, "Second", 99_750);
        TaxRate { priority: 2, compound: true, ..second }.save(tx)
    })
    .await;
    shop.create_coupon(unlimited_coupon("TEN", CouponKind::Fixed, 10_00), CouponScope::default()).await;
    let (one, two) = (shop.product("One").price(80_00).create().await, shop.product("Two").price(30_00).create().await);
    let details = place_order(&shop, &[(&one, 1), (&two, 1)], "TEN").await;
    // 5 % of 100.00 and 9.975 % of 105.00.
    assert_eq!((details.order.totals.discount_minor, tax_amounts(&details)), (10_00, vec![10_47, 5_00]));
    assert_eq!(details.order.totals.total_minor, 11_547);
}

#[actix_web::test]
async fn pickup_is_taxed_at_home_wherever_the_buyer_lives() {
    let shop = TestShop::new().await;
    shop.write(|tx| {
        TaxRate::new("FR", TaxClass::Standard, "TVA", 200_000).save(tx)?;
        for country in ["CH", "FR"] {
            let abroad = TaxOverride {
                lock_version: 0,
                country: country.to_owned(),
                prices_include_tax: Some(false),
                rounding: Some(Rounding::Line),
                cross_border: None,
            };
            abroad.add(tx)?;
        }
        let method = ShippingMethod::all(tx.conn())?.remove(0);
        let (public_id, name, countries) = (String::new(), "Pickup".to_owned(), "*".to_owned());
        let pickup = ShippingMethod { public_id, name, countries, pickup: true, price_minor: 0, ..method };
        pickup.save(tx, &[])
    })
    .await;
    let pickup = shop.read(|conn| Ok(ShippingMethod::all(conn)?.into_iter().find(|way| way.pickup).unwrap())).await;
    // 19 % in 0.12 and in 0.14 is 0.02 and 0.02; in all 0.26, 0.04.
    let (pin, clip) = (shop.product("Pin").price(12).create().await, shop.product("Clip").price(14).create().await);
    for (country, vat_number) in [("CH", ""), ("FR", ""), ("FR", "FR40303265045")] {
        let mut request = shop.checkout_request_with_code(&[(&pin, 1), (&clip, 1)], "", PaymentMethod::Cash).await;
        request.address.country = country.to_owned();
        request.address.vat_number = vat_number.to_owned();
        request.shipping_method = pickup.public_id.clone();
        let request = shop.requote(request).await;
        let placed = shop.write(move |tx| Order::place(tx, &request)).await.order;
        let id = placed.id;
        let stored: (Rounding, Vec<(String, String)>) = shop
            .read(move |conn| {
                let taxes = order_taxes::table.filter(order_taxes::order_id.eq(id));
                let taxes = taxes.select((order_taxes::country, order_taxes::reason)).distinct().load(conn)?;
                Ok((orders::table.find(id).select(orders::rounding).first(conn)?, taxes))
            })
            .await;
        assert_eq!(
            (placed.totals.total_minor, placed.totals.tax_minor, placed.prices_include_tax),
            (26, 4, true),
            "{country}"
        );
        assert_eq!(stored, (Rounding::RateGroup, vec![("DE".to_owned(), "standard".to_owned())]), "{country}");
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// The quote of a cart for a consumer in a country.
async fn calculate_quote(shop: &TestShop, items: &[(&TestProduct, i64)], country: &'static str) -> Quote {
    let token = shop.checkout_request_with_code(items, "", PaymentMethod::BankTransfer).await.cart_token;
    let now = shop.app.clock().now();
    shop.read(move |conn| {
        let settings = Settings::load(conn)?;
        let cart = Cart::find_open(conn, Some(&token), now)?.unwrap();
        let buyer = Buyer { place: TaxLocation::from_country(country), ..Buyer::default() };
        Ok(CartQuote::calculate(conn, &settings, &cart, &buyer, now)?.quotes.remove(0).1)
    })
    .await
}

/// Country, rate, tax and reason of each tax line; shipping comes last.
fn tax_parts(quote: &Quote) -> Vec<(String, i64, i64, &'static str)> {
    let part =
        |part: &TaxLine| (part.country.clone().unwrap_or_default(), part.rate_ppm / 100, part.tax_minor, part.reason);
    quote.taxes.iter().map(part).collect()
}

#[actix_web::test]
async fn a_class_without_its_own_rate_is_still_taxed() {
    let rate = |country: &str, class, ppm| TaxRate::new(country, class, "Tax", ppm);
    let standard = |country: &str, ppm| rate(country, TaxClass::Standard, ppm);
    let reduced = |country: &str, ppm| rate(country, TaxClass::Reduced, ppm);
    let fr = |ppm, tax, reason| ("FR".to_owned(), ppm, tax, reason);
    let de = |ppm, tax, reason| ("DE".to_owned(), ppm, tax, reason);
    type Parts = Vec<(String, i64, i64, &'static str)>;
    let cases: Vec<(&str, Vec<TaxRate>, &'static str, Parts)> = vec![
        (
            "the standard rate of the destination",
            vec![standard("FR", 200_000)],
            "FR",
            vec![fr(2000, 178, "standard"), fr(2000, 198, "standard"), fr(2000, 84, "standard")],
        ),
        (
            "both of its rates",
            vec![standard("FR", 200_000), reduced("FR", 55_000)],
            "FR",
            vec![fr(550, 56, "reduced"), fr(2000, 198, "standard"), fr(550, 12, "reduced"), fr(2000, 44, "standard")],
        ),
        (
            "home's standard rate, where the destination has a reduced one only",
            vec![reduced("FR", 55_000)],
            "FR",
            vec![fr(550, 56, "reduced"), de(1900, 190, "standard"), fr(550, 12, "reduced"), de(1900, 42, "standard")],
        ),
        (
            "home's rates, where it has a rate of the zero class only",
            vec![rate("FR", TaxClass::Zero, 0)],
            "FR",
            vec![de(700, 70, "reduced"), de(1900, 190, "standard"), de(700, 15, "reduced"), de(1900, 42, "standard")],
        ),
        (
            "outside of the union the standard rate of the destination too",
            vec![standard("CH", 81_000)],
            "CH",
            vec![
                ("CH".to_owned(), 810, 80, "standard"),
                ("CH".to_owned(), 810, 89, "standard"),
                ("CH".to_owned(), 810, 38, "standard"),
            ],
        ),
        (
            "a reduced rate that is over does not count",
            vec![standard("FR", 200_000), TaxRate { valid_to: "2020-01-01".to_owned(), ..reduced("FR", 55_000) }],
            "FR",
            vec![fr(2000, 178, "standard"), fr(2000, 198, "standard"), fr(2000, 84, "standard")],
        ),
        (
            "nor one of another place",
            vec![standard("FR", 200_000), TaxRate { postcode: "20*".to_owned(), ..reduced("FR", 21_000) }],
            "FR",
            vec![fr(2000, 178, "standard"), fr(2000, 198, "standard"), fr(2000, 84, "standard")],
        ),
        (
            "a rate that leaves shipping alone leaves its share untaxed, and the goods taxed",
            vec![TaxRate { applies_to_shipping: false, ..standard("FR", 200_000) }],
            "FR",
            vec![fr(2000, 178, "standard"), fr(2000, 199, "standard"), (String::new(), 0, 0, "out_of_scope")],
        ),
    ];
    for (what, rates, country, expected) in cases {
        let shop = TestShop::new().await;
        shop.ship_worldwide().await;
        shop.write(move |tx| rates.iter().try_for_each(|rate| rate.save(tx))).await;
        let book = shop.product("Book").price(10_70).tax_class(TaxClass::Reduced).create().await;
        let mug = shop.product("Mug").price(11_90).create().await;
        let quote = calculate_quote(&shop, &[(&book, 1), (&mug, 1)], country).await;
        let found = tax_parts(&quote);
        let taxed = |parts: &Parts| {
            parts.iter().map(|(country, ppm, _, why)| (country.clone(), *ppm, *why)).collect::<Vec<_>>()
        };
        assert_eq!(taxed(&found), taxed(&expected), "{what}: {found:?}");
        let difference: i64 = found.iter().zip(&expected).map(|(one, other)| (one.2 - other.2).abs()).max().unwrap();
        assert!(difference <= 1, "{what}: {found:?}");
    }
}

#[actix_web::test]
async fn a_shop_with_one_rate_taxes_every_class_at_home() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    shop.write(|tx| {
        let reduced = TaxRate::all(tx.conn())?.into_iter().find(|rate| rate.tax_class == TaxClass::Reduced).unwrap();
        TaxRate::delete(tx, &reduced.public_id)
    })
    .await;
    let book = shop.product("Book").price(11_90).tax_class(TaxClass::Reduced).create().await;
    let zero = shop.product("Stamp").price(11_90).tax_class(TaxClass::Zero).create().await;
    let quote = calculate_quote(&shop, &[(&book, 1), (&zero, 1)], "DE").await;
    assert_eq!(tax_parts(&quote)[0], ("DE".to_owned(), 1900, 190, "standard"));
    assert_eq!(tax_parts(&quote)[1].3, "out_of_scope", "what is not taxed stays so");
}

#[actix_web::test]
async fn tax_is_calculated_per_line_not_per_unit() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(4_90).await;
    shop.ship_worldwide().await;
    for (price, net) in [(3, 25_18), (10, 83_95), (19_99, 1_678_152), (1, 8_39), (7, 58_76)] {
        let thing = shop.product(&format!("Thing for {price}")).price(price).stock(2_000).create().await;
        let quote = calculate_quote(&shop, &[(&thing, 999)], "CH").await;
        assert_eq!((quote.goods_minor, quote.shipping_minor), (net, 4_12), "{price}");
        let mut request = shop.checkout_request(&thing, 999, PaymentMethod::BankTransfer).await;
        request.address.country = "CH".to_owned();
        request.address.postcode = "8001".to_owned();
        let request = shop.requote(request).await;
        let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
        assert_eq!((order.totals.goods_minor, order.totals.total_minor), (net, net + 4_12), "{price}");
        let paid =
            shop.write(move |tx| Order::mark_paid(tx, &order.number.clone().unwrap(), &Actor::CommandLine)).await;
        let invoices = shop.read(move |conn| Invoice::list_for_order(conn, paid.id)).await;
        assert_eq!(invoices.len(), 1);
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn untaxed_shipping_is_split_as_at_home() {
    let shop = TestShop::new().await;
    shop.set_shipping_price(4_90).await;
    shop.ship_worldwide().await;
    let book = shop.product("Book").price(10_70).tax_class(TaxClass::Reduced).create().await;
    let mug = shop.product("Mug").price(11_90).create().await;
    for (mode, items, net) in [
        (ShippingTax::Proportional, &[(&book, 1)][..], 4_58),
        (ShippingTax::Proportional, &[(&mug, 1)][..], 4_12),
        // 2.32 at 7 % and 2.58 at 19 % have 0.15 and 0.41 in them.
        (ShippingTax::Proportional, &[(&book, 1), (&mug, 1)][..], 4_34),
        (ShippingTax::Standard, &[(&book, 1)][..], 4_12),
        (ShippingTax::Highest, &[(&book, 1), (&mug, 1)][..], 4_12),
        (ShippingTax::Highest, &[(&book, 1)][..], 4_58),
    ] {
        shop.update_settings(move |settings| settings.shipping_tax = mode).await;
        assert_eq!(calculate_quote(&shop, items, "CH").await.shipping_minor, net, "{mode:?} {}", items.len());
    }
}
