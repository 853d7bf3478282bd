//! Changing the currency of a shop that has sold nothing yet, without reading old amounts as the same number in the new
//! currency: 5.00 € is not ¥500.

use diesel::prelude::*;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::catalog::product::Product;
use crate::models::checkout::coupon::CouponKind;
use crate::models::checkout::shipping_method::{ShippingMethod, TierBasis, default_price};
use crate::models::platform::setting::Settings;
use crate::schema::{coupons, gift_cards, orders};
use crate::support::i18n::Message;
use crate::support::ids::CouponId;
use crate::support::money::{Currency, Money};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CurrencyChangeReport {
    pub shipping_methods: usize,
    pub coupons: usize,
}

impl CurrencyChangeReport {
    /// A message about the shipping methods and coupons to check; `None` if nothing changed.
    pub fn follow_up_message(self) -> Option<Message> {
        match (Message::count(self.shipping_methods), Message::count(self.coupons)) {
            (0, 0) => None,
            (methods, 0) => Some(Message::CurrencyChangedShipping { methods }),
            (0, discounts) => Some(Message::CurrencyChangedDiscounts { discounts }),
            (methods, discounts) => Some(Message::CurrencyChangedBoth { methods, discounts }),
        }
    }
}

impl Settings {
    /// Changes the currency of all amounts except product prices. Shipping methods get the starting price of the new
    /// currency, without tiers and free-shipping limit. Coupons with amounts are disabled and keep the number entered.
    ///
    /// # Errors
    /// `Invalid` on `currency` once something has a price in the old currency.
    pub fn change_currency(tx: &mut Tx<'_>, from: Currency, to: Currency) -> Result<CurrencyChangeReport> {
        if from == to {
            return Ok(CurrencyChangeReport::default());
        }
        let currency = from.code().to_owned();
        if Product::count(tx.conn(), None)?.is_any() {
            return Err(Error::invalid("currency", Message::ProductsKeepCurrency { currency }));
        }
        if gift_cards::table.count().get_result::<i64>(tx.conn())? > 0 {
            return Err(Error::invalid("currency", Message::GiftCardsKeepCurrency { currency }));
        }
        if orders::table.count().get_result::<i64>(tx.conn())? > 0 {
            return Err(Error::invalid("currency", Message::OrdersKeepCurrency { currency }));
        }
        Ok(CurrencyChangeReport {
            shipping_methods: reset_shipping_prices(tx, to)?,
            coupons: disable_coupons(tx, from, to)?,
        })
    }
}

fn reset_shipping_prices(tx: &mut Tx<'_>, to: Currency) -> Result<usize> {
    let mut changed = 0;
    for (method, tiers) in ShippingMethod::all_with_tiers(tx.conn())? {
        let has_price = method.price_minor > 0 || tiers.iter().any(|tier| tier.price_minor > 0);
        if !has_price && method.free_over_minor.is_none() && tiers.is_empty() {
            continue;
        }
        let price_minor = match default_price(to) {
            Some(price) if has_price => price,
            _ => 0,
        };
        let tier_basis = TierBasis::None;
        ShippingMethod { price_minor, free_over_minor: None, tier_basis, ..method }.save(tx, &[])?;
        changed += 1;
    }
    Ok(changed)
}

fn disable_coupons(tx: &mut Tx<'_>, from: Currency, to: Currency) -> Result<usize> {
    let rows: Vec<(CouponId, CouponKind, i64, Option<i64>, bool)> = coupons::table
        .filter(coupons::kind.eq(CouponKind::Fixed).or(coupons::minimum_minor.is_not_null()))
        .select((coupons::id, coupons::kind, coupons::value, coupons::minimum_minor, coupons::active))
        .load(tx.conn())?;
    let mut disabled = 0;
    for (id, kind, value, minimum, active) in rows {
        // Keeps the number as entered; decimals that the new currency lacks are cut off.
        let same_number = |minor: i64| {
            let whole = minor / from.minor_per_major();
            let exact = Money::from_decimal(&Money::new(minor, from).to_decimal(), to);
            exact.map_or(whole.saturating_mul(to.minor_per_major()), |money| money.minor).max(1)
        };
        let value = if kind == CouponKind::Fixed { same_number(value) } else { value };
        diesel::update(coupons::table.find(id))
            .set((
                coupons::value.eq(value),
                coupons::minimum_minor.eq(minimum.map(same_number)),
                coupons::active.eq(false),
                coupons::lock_version.eq(coupons::lock_version + 1),
            ))
            .execute(tx.conn())?;
        disabled += usize::from(active);
    }
    Ok(disabled)
}
