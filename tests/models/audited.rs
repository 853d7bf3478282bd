//! The audit finds taxes that do not follow from what an order froze, and payments whose provider took another amount.

use diesel::prelude::*;
use tradepost::db::Tx;
use tradepost::error::Result;
use tradepost::models::catalog::product::TaxClass;
use tradepost::models::checkout::tax_rate::TaxRate;
use tradepost::models::maintenance::audit;
use tradepost::models::platform::setting::{Rounding, ShippingTax};
use tradepost::models::sales::order::{Order, PaymentMethod};
use tradepost::schema::{order_lines, order_taxes, orders, payment_attempts, payment_transactions};
use tradepost::support::money::Currency;

use crate::support::{FakeStripe, TestShop, fill_checkout};

/// An order of goods of two rates by the rules that are set.
async fn placed(shop: &TestShop) {
    let (mug, book) = (
        shop.product("Mug").price(19_99).create().await,
        shop.product("Book").price(4_49).tax_class(TaxClass::Reduced).create().await,
    );
    let wish = shop.checkout_request_with_code(&[(&mug, 3), (&book, 2)], "", PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &wish)).await;
    shop.run_jobs().await;
}

/// What the audit says after something was changed behind its back.
async fn found(shop: &TestShop, plant: impl Fn(&mut Tx<'_>) -> Result<usize> + Send + 'static) -> String {
    shop.write(move |tx| {
        assert!(plant(tx)? > 0);
        Ok(())
    })
    .await;
    shop.read(audit::run).await.violations.join("\n")
}

#[actix_web::test]
async fn orders_of_every_rule_are_clean() {
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
                placed(&shop).await;
                let (mug, card) = (
                    shop.product("Pot").price(3_33).create().await,
                    shop.product("Card").price(50_00).gift_card().create().await,
                );
                let wish =
                    shop.checkout_request_with_code(&[(&mug, 7), (&card, 1)], "ODD", PaymentMethod::BankTransfer).await;
                shop.write(move |tx| Order::place(tx, &wish)).await;
                shop.run_jobs().await;
                shop.assert_audit_passes().await;
            }
        }
    }
}

#[actix_web::test]
async fn orders_abroad_are_clean() {
    let shop = TestShop::new().await;
    shop.ship_worldwide().await;
    let mug = shop.product("Mug").price(19_99).create().await;
    for (country, number, company) in [("CH", "", ""), ("FR", "", ""), ("AT", "ATU12345675", "Wien GmbH")] {
        let wish = shop.checkout_request(&mug, 3, PaymentMethod::BankTransfer).await;
        let mut wish = wish.clone();
        wish.address.country = country.to_owned();
        wish.address.vat_number = number.to_owned();
        wish.address.company = company.to_owned();
        let wish = shop.requote(wish).await;
        shop.write(move |tx| Order::place(tx, &wish)).await;
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// Orders whose taxes a plant can be put into: of the first, with tax inside; with tax on top; rounded on each line.
async fn books(includes: bool, rounding: Rounding) -> TestShop {
    let shop = TestShop::new().await;
    shop.update_settings(move |settings| {
        settings.prices_include_tax = includes;
        settings.tax_rounding = rounding;
    })
    .await;
    placed(&shop).await;
    shop.assert_audit_passes().await;
    shop
}

#[actix_web::test]
async fn a_tax_that_its_rate_does_not_make_is_found() {
    for includes in [true, false] {
        for rounding in [Rounding::RateGroup, Rounding::Line] {
            let shop = books(includes, rounding).await;
            // One cent of one line is moved to another rate, and every sum still is what it was.
            let said = found(&shop, |tx| {
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
            assert!(said.contains("by its rate"), "{includes} {rounding:?}: {said}");
        }
    }
}

#[actix_web::test]
async fn another_rate_or_rule_than_the_frozen_one_is_found() {
    let shop = books(true, Rounding::RateGroup).await;
    let said = found(&shop, |tx| {
        let of = order_taxes::table.filter(order_taxes::rate_ppm.eq(190_000));
        Ok(diesel::update(of).set(order_taxes::rate_ppm.eq(200_000)).execute(tx.conn())?)
    })
    .await;
    assert!(said.contains("by its rate"), "{said}");
    let shop = books(true, Rounding::Line).await;
    let said = found(&shop, |tx| {
        let includes = orders::prices_include_tax.eq(false);
        Ok(diesel::update(orders::table).set(includes).execute(tx.conn())?)
    })
    .await;
    assert!(said.contains("the added tax is not the tax on net prices"), "{said}");
    let shop = books(true, Rounding::RateGroup).await;
    let said = found(&shop, |tx| {
        let of = order_taxes::table.filter(order_taxes::rate_ppm.eq(190_000));
        Ok(diesel::update(of).set(order_taxes::reason.eq("export")).execute(tx.conn())?)
    })
    .await;
    assert!(said.contains("is taxed though the reason is export"), "{said}");
}

#[actix_web::test]
async fn taxes_that_miss_a_line_or_the_shipping_are_found() {
    let shop = books(true, Rounding::RateGroup).await;
    let said = found(&shop, |tx| {
        let of = order_taxes::table.filter(order_taxes::order_line_id.is_null());
        let base = order_taxes::base_minor.eq(order_taxes::base_minor - 10);
        Ok(diesel::update(of).set((base, order_taxes::net_minor.eq(order_taxes::net_minor - 10))).execute(tx.conn())?)
    })
    .await;
    assert!(said.contains("are not on the shipping"), "{said}");
    let shop = books(false, Rounding::RateGroup).await;
    let said = found(&shop, |tx| {
        let of =
            order_taxes::table.filter(order_taxes::rate_ppm.eq(70_000).and(order_taxes::order_line_id.is_not_null()));
        Ok(diesel::delete(of).execute(tx.conn())?)
    })
    .await;
    assert!(said.contains("it has no tax rows"), "{said}");
}

#[actix_web::test]
async fn a_payment_of_another_amount_at_the_provider_is_found() {
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
    // As it was when krónur were sent as if they were aurar.
    let said = found(&shop, |tx| {
        diesel::update(payment_transactions::table)
            .set(payment_transactions::provider_amount.eq(25_000))
            .execute(tx.conn())?;
        Ok(diesel::update(payment_attempts::table)
            .set(payment_attempts::provider_amount.eq(25_000))
            .execute(tx.conn())?)
    })
    .await;
    assert!(said.contains("was asked for another amount than is due"), "{said}");
    assert!(said.contains("reported another amount than is recorded"), "{said}");
    let said = found(&shop, |tx| {
        Ok(diesel::update(payment_attempts::table)
            .set(payment_attempts::provider_amount.eq(2_500_000))
            .execute(tx.conn())?)
    })
    .await;
    assert!(said.contains("charged another amount than requested"), "{said}");
}
