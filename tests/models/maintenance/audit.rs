//! The audit finds taxes that differ from the order's snapshot, and payments of another amount.

use diesel::prelude::*;
use tradepost::db::Tx;
use tradepost::error::Result;
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::checkout::tax_rate::TaxRate;
use tradepost::models::maintenance::audit;
use tradepost::models::platform::setting::{Rounding, ShippingTax};
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::schema::{order_lines, order_taxes, orders, payment_attempts, payment_transactions};
use tradepost::support::money::Currency;

use crate::support::{FakeStripe, TestShop, fill_checkout};

/// Places an order with two tax rates under the current rules.
async fn place_order(shop: &TestShop) {
    let (mug, book) = (
        shop.product("Mug").price(19_99).create().await,
        shop.product("Book").price(4_49).tax_class(TaxClass::Reduced).create().await,
    );
    let request = shop.checkout_request_with_code(&[(&mug, 3), (&book, 2)], "", PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    shop.run_jobs().await;
}

/// The violations that the audit reports after a manipulation.
async fn audit_after(shop: &TestShop, plant: impl Fn(&mut Tx<'_>) -> Result<usize> + Send + 'static) -> String {
    shop.write(move |tx| {
        assert!(plant(tx)? > 0);
        Ok(())
    })
    .await;
    shop.read(audit::run).await.violations.join("\n")
}

#[actix_web::test]
async fn orders_under_every_tax_rule_pass() {
    for includes in [true, false] {
        for rounding in [Rounding::RateGroup, Rounding::Line] {
            for shipping in ShippingTax::ALL {
                let shop = TestShop::new().await;
                shop.create_percent_coupon("ODD", 13).await;
                shop.update_settings(move |settings| {
                    settings.prices_include_tax = includes;
                    settings.tax_rounding = rounding;
                    settings.shipping_tax = *shipping;
                })
                .await;
                shop.write(|tx| {
                    let second = TaxRate::new("DE", TaxClass::Standard, "Local tax", 12_345);
                    TaxRate { priority: 2, compound: true, ..second }.save(tx)
                })
                .await;
                place_order(&shop).await;
                let (mug, card) = (
                    shop.product("Pot").price(3_33).create().await,
                    shop.product("Card").price(50_00).gift_card().create().await,
                );
                let request =
                    shop.checkout_request_with_code(&[(&mug, 7), (&card, 1)], "ODD", PaymentMethod::BankTransfer).await;
                shop.write(move |tx| Order::place(tx, &request)).await;
                shop.run_jobs().await;
                shop.assert_audit_passes().await;
            }
        }
    }
}

#[actix_web::test]
async fn orders_abroad_pass() {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    let mug = shop.product("Mug").price(19_99).create().await;
    for (country, number, company) in [("CH", "", ""), ("FR", "", ""), ("AT", "ATU12345675", "Wien GmbH")] {
        let request = shop.checkout_request(&mug, 3, PaymentMethod::BankTransfer).await;
        let mut request = request.clone();
        request.address.country = country.to_owned();
        request.address.vat_number = number.to_owned();
        request.address.company = company.to_owned();
        let request = shop.requote(request).await;
        shop.write(move |tx| Order::place(tx, &request)).await;
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// Shops with an order to manipulate: tax included; tax added; rounded per line.
async fn assert_audit_finds(includes: bool, rounding: Rounding) -> TestShop {
    let shop = TestShop::new().await;
    shop.update_settings(move |settings| {
        settings.prices_include_tax = includes;
        settings.tax_rounding = rounding;
    })
    .await;
    place_order(&shop).await;
    shop.assert_audit_passes().await;
    shop
}

#[actix_web::test]
async fn a_tax_that_differs_from_its_rate_is_found() {
    for includes in [true, false] {
        for rounding in [Rounding::RateGroup, Rounding::Line] {
            let shop = assert_audit_finds(includes, rounding).await;
            // One cent moves to another rate, and every sum is unchanged.
            let report = audit_after(&shop, |tx| {
                let of = |name: i64| {
                    order_taxes::table
                        .filter(order_taxes::rate_ppm.eq(name).and(order_taxes::order_line_id.is_not_null()))
                };
                diesel::update(of(190_000))
                    .set(order_taxes::tax_minor.eq(order_taxes::tax_minor - 1))
                    .execute(tx.conn())?;
                diesel::update(of(70_000))
                    .set(order_taxes::tax_minor.eq(order_taxes::tax_minor + 1))
                    .execute(tx.conn())?;
                let line = |class: &'static str| order_lines::table.filter(order_lines::tax_class.eq(class));
                diesel::update(line("standard"))
                    .set(order_lines::tax_minor.eq(order_lines::tax_minor - 1))
                    .execute(tx.conn())?;
                Ok(diesel::update(line("reduced"))
                    .set(order_lines::tax_minor.eq(order_lines::tax_minor + 1))
                    .execute(tx.conn())?)
            })
            .await;
            assert!(report.contains("by its rate"), "{includes} {rounding:?}: {report}");
        }
    }
}

#[actix_web::test]
async fn a_rate_or_rule_that_differs_from_the_snapshot_is_found() {
    let shop = assert_audit_finds(true, Rounding::RateGroup).await;
    let report = audit_after(&shop, |tx| {
        let of = order_taxes::table.filter(order_taxes::rate_ppm.eq(190_000));
        Ok(diesel::update(of).set(order_taxes::rate_ppm.eq(200_000)).execute(tx.conn())?)
    })
    .await;
    assert!(report.contains("by its rate"), "{report}");
    let shop = assert_audit_finds(true, Rounding::Line).await;
    let report = audit_after(&shop, |tx| {
        let includes = orders::prices_include_tax.eq(false);
        Ok(diesel::update(orders::table).set(includes).execute(tx.conn())?)
    })
    .await;
    assert!(report.contains("the added tax is not the tax on net prices"), "{report}");
    let shop = assert_audit_finds(true, Rounding::RateGroup).await;
    let report = audit_after(&shop, |tx| {
        let of = order_taxes::table.filter(order_taxes::rate_ppm.eq(190_000));
        Ok(diesel::update(of).set(order_taxes::reason.eq("export")).execute(tx.conn())?)
    })
    .await;
    assert!(report.contains("is taxed though the reason is export"), "{report}");
}

#[actix_web::test]
async fn missing_taxes_of_lines_or_shipping_are_found() {
    let shop = assert_audit_finds(true, Rounding::RateGroup).await;
    let report = audit_after(&shop, |tx| {
        let of = order_taxes::table.filter(order_taxes::order_line_id.is_null());
        let base = order_taxes::base_minor.eq(order_taxes::base_minor - 10);
        Ok(diesel::update(of).set((base, order_taxes::net_minor.eq(order_taxes::net_minor - 10))).execute(tx.conn())?)
    })
    .await;
    assert!(report.contains("are not on the shipping"), "{report}");
    let shop = assert_audit_finds(false, Rounding::RateGroup).await;
    let report = audit_after(&shop, |tx| {
        let of =
            order_taxes::table.filter(order_taxes::rate_ppm.eq(70_000).and(order_taxes::order_line_id.is_not_null()));
        Ok(diesel::delete(of).execute(tx.conn())?)
    })
    .await;
    assert!(report.contains("it has no tax rows"), "{report}");
}

#[actix_web::test]
async fn a_different_amount_at_the_provider_is_found() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    shop.product("Sweater").price(24_995).create().await;
    shop.set_shipping_price(5).await;
    shop.update_settings(|settings| settings.currency = Currency::from_code("ISK").unwrap()).await;
    let ada = shop.visitor();
    ada.get("/products/sweater").await.form("Add to cart").submit().await;
    fill_checkout(&ada, "card").await.submit_without_redirect().await;
    stripe.pay(&stripe.latest_session());
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &stripe.latest_session()), 0).await;
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    // As in a version that sent krónur as if they were aurar.
    let report = audit_after(&shop, |tx| {
        diesel::update(payment_transactions::table)
            .set(payment_transactions::provider_amount.eq(25_000))
            .execute(tx.conn())?;
        Ok(diesel::update(payment_attempts::table)
            .set(payment_attempts::provider_amount.eq(25_000))
            .execute(tx.conn())?)
    })
    .await;
    assert!(report.contains("was asked for another amount than is due"), "{report}");
    assert!(report.contains("reported another amount than is recorded"), "{report}");
    let report = audit_after(&shop, |tx| {
        Ok(diesel::update(payment_attempts::table)
            .set(payment_attempts::provider_amount.eq(2_500_000))
            .execute(tx.conn())?)
    })
    .await;
    assert!(report.contains("charged another amount than requested"), "{report}");
}
