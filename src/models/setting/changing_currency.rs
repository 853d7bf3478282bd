//! Another currency for a shop that has sold nothing yet. Amounts that were meant in the old one are not taken for the
//! same number of the new one: 5.00 € are not ¥500.

use diesel::prelude::*;

use super::Settings;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::coupon::CouponKind;
use crate::models::product::Product;
use crate::models::shipping_method::{ShippingMethod, TierBasis, usual_price};
use crate::schema::{coupons, gift_cards, orders};
use crate::support::money::{Currency, Money};

/// What a change of the currency did to amounts that were set before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Ways of sending whose prices are set anew.
    pub shipping_methods: usize,
    /// Discount codes that are switched off.
    pub coupons: usize,
}

impl Changed {
    /// What the owner should look at; nothing if there was nothing to change.
    pub fn advice(self) -> Option<String> {
        let count = |many: usize, one: &str, several: &str| match many {
            0 => None,
            1 => Some(format!("the prices of 1 {one}")),
            many => Some(format!("the prices of {many} {several}")),
        };
        let methods = count(self.shipping_methods, "shipping method are new", "shipping methods are new");
        let codes = match self.coupons {
            0 => None,
            1 => Some("1 discount is switched off".to_owned()),
            many => Some(format!("{many} discounts are switched off")),
        };
        let all: Vec<String> = methods.into_iter().chain(codes).collect();
        (!all.is_empty()).then(|| format!("With the new currency, {}. Please check them.", all.join(" and ")))
    }
}

impl Settings {
    /// Changes the currency of the shop as far as amounts are concerned that are not prices of products. Ways of sending
    /// get the price that is usual in the new currency, without steps and without a value from which they are free. Codes
    /// that know an amount are switched off and keep the number that was typed.
    ///
    /// # Errors
    /// `Invalid` on `currency` once there is something with a price in the old one.
    pub fn change_currency(tx: &mut Tx<'_>, from: Currency, to: Currency) -> Result<Changed> {
        if from == to {
            return Ok(Changed::default());
        }
        let code = from.code();
        let stays = |what: &str| Error::invalid("currency", format!("There are {what}, so the currency stays {code}."));
        if Product::count(tx.conn(), None)?.is_any() {
            return Err(stays(&format!("products with prices in {code}")));
        }
        if gift_cards::table.count().get_result::<i64>(tx.conn())? > 0 {
            return Err(stays(&format!("gift cards in {code}")));
        }
        if orders::table.count().get_result::<i64>(tx.conn())? > 0 {
            return Err(stays(&format!("orders in {code}")));
        }
        Ok(Changed { shipping_methods: set_shipping_anew(tx, to)?, coupons: switch_off_amounts(tx, from, to)? })
    }
}

fn set_shipping_anew(tx: &mut Tx<'_>, to: Currency) -> Result<usize> {
    let mut changed = 0;
    for (method, tiers) in ShippingMethod::all_with_tiers(tx.conn())? {
        let costs = method.price_minor > 0 || tiers.iter().any(|tier| tier.price_minor > 0);
        if !costs && method.free_over_minor.is_none() && tiers.is_empty() {
            continue;
        }
        let price_minor = match usual_price(to) {
            Some(usual) if costs => usual,
            _ => 0,
        };
        let basis = TierBasis::None;
        ShippingMethod { price_minor, free_over_minor: None, tier_basis: basis, ..method }.save(tx, &[])?;
        changed += 1;
    }
    Ok(changed)
}

fn switch_off_amounts(tx: &mut Tx<'_>, from: Currency, to: Currency) -> Result<usize> {
    let known: Vec<(i64, CouponKind, i64, Option<i64>, bool)> = coupons::table
        .filter(coupons::kind.eq(CouponKind::Fixed).or(coupons::minimum_minor.is_not_null()))
        .select((coupons::id, coupons::kind, coupons::value, coupons::minimum_minor, coupons::active))
        .load(tx.conn())?;
    let mut switched_off = 0;
    for (id, kind, value, minimum, active) in known {
        // The number as it was typed; what has decimals that the new currency has not is cut.
        let same_number = |minor: i64| {
            let whole = minor / from.scale();
            let exact = Money::parse(&Money::new(minor, from).decimal(), to);
            exact.map_or(whole.saturating_mul(to.scale()), |money| money.minor).max(1)
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
        switched_off += usize::from(active);
    }
    Ok(switched_off)
}
