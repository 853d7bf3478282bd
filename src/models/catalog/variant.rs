//! Variants: the units that buyers order. A product has one, or one per combination of its options.

pub mod stock;
pub mod stock_adjustments;

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::schema::{price_history, products, stock_levels, variants};
use crate::support::clock::Utc;
use crate::support::ids::{ProductId, VariantId};
use crate::support::money::{Currency, Money};

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = variants, check_for_backend(AnyBackend))]
pub struct Variant {
    pub id: VariantId,
    /// The id in forms.
    pub public_id: String,
    pub product_id: ProductId,
    /// The chosen options: `Size: M · Colour: Blue`; empty without options.
    pub options: String,
    /// False for the variant of a combination that was removed.
    pub for_sale: bool,
    pub sku: String,
    /// GTIN, EAN or UPC; empty for none.
    pub barcode: String,
    /// In minor units, with or without tax according to the shop's settings.
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub currency: Currency,
    /// In grams.
    pub weight_g: i64,
}

impl Variant {
    pub fn price(&self) -> Money {
        Money::new(self.price_minor, self.currency)
    }

    /// The price before a reduction, if it is higher than the price.
    pub fn compare_at(&self) -> Option<Money> {
        self.compare_at_minor.filter(|before| *before > self.price_minor).map(|minor| Money::new(minor, self.currency))
    }

    /// Variant id and available units of these variants.
    pub fn available_quantities(conn: &mut Conn, ids: &[VariantId]) -> Result<Vec<(VariantId, i64)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(stock_levels::table
            .filter(id_in(stock_levels::variant_id, ids))
            .select((stock_levels::variant_id, stock_levels::on_hand - stock_levels::reserved))
            .load(conn)?)
    }

    /// The lowest price in the 30 days before the current reduction of each variant, by variant id (directive 98/6/EC,
    /// article 6a; CJEU C-330/23). Days are calendar days in `time_zone`. Variants without an earlier price are
    /// missing.
    pub fn prior_prices(conn: &mut Conn, variants: &[&Variant], time_zone: &str) -> Result<HashMap<VariantId, i64>> {
        if variants.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<_> = variants.iter().map(|variant| variant.id).collect();
        let rows: Vec<(VariantId, i64, Utc)> = price_history::table
            .filter(id_in(price_history::variant_id, &ids))
            .order((price_history::variant_id, price_history::effective_at, price_history::id))
            .select((price_history::variant_id, price_history::price_minor, price_history::effective_at))
            .load(conn)?;
        let product_ids: Vec<ProductId> = variants.iter().map(|variant| variant.product_id).collect();
        let published: HashMap<ProductId, Option<Utc>> = products::table
            .filter(id_in(products::id, &product_ids))
            .select((products::id, products::published_at))
            .load(conn)?
            .into_iter()
            .collect();
        let lowest = variants.iter().filter_map(|variant| {
            let mine = rows.iter().filter(|(id, ..)| *id == variant.id);
            let history: Vec<PricePoint> =
                mine.map(|(_, minor, since)| PricePoint { minor: *minor, since: *since }).collect();
            // Prices of a draft were never offered to buyers.
            let on_sale = published.get(&variant.product_id).copied().flatten()?;
            Some((variant.id, prior_price(&history, on_sale, time_zone)?))
        });
        Ok(lowest.collect())
    }
}

const PRIOR_PRICE_DAYS: i32 = 30;

#[derive(Clone, Copy, Debug)]
struct PricePoint {
    minor: i64,
    since: Utc,
}

/// The lowest price of the 30 days before the last price took effect, or before the first of several successive
/// reductions, since article 6a(5) treats those as one. `history` is in chronological order. A product that has been on
/// sale for a shorter time has that period.
fn prior_price(history: &[PricePoint], on_sale: Utc, time_zone: &str) -> Option<i64> {
    let mut prices: Vec<PricePoint> = Vec::new();
    for price in history {
        if prices.last().is_none_or(|last| last.minor != price.minor) {
            prices.push(*price);
        }
    }
    let mut first = prices.pop()?;
    while let Some(before) = prices.last().copied().filter(|before| before.minor > first.minor) {
        let older = prices.len().checked_sub(2).and_then(|at| prices.get(at));
        let went_down = older.is_some_and(|older| older.minor > before.minor);
        if !went_down
            || before.since <= on_sale
            || before.since <= first.since.days_earlier_in(time_zone, PRIOR_PRICE_DAYS)
        {
            break;
        }
        first = before;
        prices.pop();
    }
    let start = first.since.days_earlier_in(time_zone, PRIOR_PRICE_DAYS).max(on_sale);
    // Each price applies until the next one.
    let ends = prices.iter().skip(1).map(|next| next.since).chain([first.since]);
    let in_period = prices.iter().zip(ends).filter(|(_, end)| *end > start);
    in_period.map(|(price, _)| price.minor).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices with the number of days ago that each took effect.
    fn prior(prices: &[(i64, i64)], on_sale: i64) -> Option<i64> {
        let today = Utc::parse_in("Europe/Berlin", "2026-11-30T10:00").unwrap();
        let ago = |days: i64| today.minus(jiff::SignedDuration::from_hours(24 * days));
        let history: Vec<PricePoint> =
            prices.iter().map(|(minor, days)| PricePoint { minor: *minor, since: ago(*days) }).collect();
        prior_price(&history, ago(on_sale), "Europe/Berlin")
    }

    #[test]
    fn the_price_before_a_reduction_is_the_lowest_of_the_thirty_days_before_it() {
        for (prices, expected) in [
            (&[(100, 90), (80, 0)][..], Some(100)),
            (&[(100, 90), (80, 40)][..], Some(100)),
            (&[(100, 90), (60, 20), (100, 13), (80, 0)][..], Some(60)),
            (&[(60, 90), (100, 31), (80, 0)][..], Some(100)),
            (&[(60, 90), (100, 29), (80, 0)][..], Some(60)),
            (&[(100, 90), (80, 10), (70, 0)][..], Some(100)),
            (&[(100, 90), (80, 40), (70, 0)][..], Some(80)),
            (&[(100, 90), (90, 20), (80, 10), (70, 0)][..], Some(100)),
            (&[(75, 90), (100, 3), (80, 2), (70, 0)][..], Some(75)),
            (&[(49, 90), (80, 0)][..], Some(49)),
            (&[(100, 90), (120, 2), (100, 0)][..], Some(100)),
            (&[(100, 90), (80, 0), (100, 0), (80, 0)][..], Some(80)),
            (&[(100, 5), (80, 0)][..], Some(100)),
            (&[(50, 0)][..], None),
            (&[(50, 40)][..], None),
            (&[(50, 40), (50, 3)][..], None),
            (&[][..], None),
        ] {
            assert_eq!(prior(prices, 365), expected, "{prices:?}");
        }
        assert_eq!(prior(&[(200, 60), (100, 20), (80, 0)], 10), Some(100), "nobody was asked the price of a draft");
        assert_eq!(prior(&[(200, 60), (80, 20)], 10), None);
    }
}
