//! Variants: what is really bought. A product has one, or one for each combination of its options.

pub mod counting;
pub mod listing;
pub mod stock;

use std::collections::HashMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::db::among::among;
use crate::db::{Conn, Db};
use crate::each;
use crate::error::Result;
use crate::schema::{price_history, stock_levels, variants};
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};

/// Something with a price and a stock.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = variants, check_for_backend(Db))]
pub struct Variant {
    /// The row.
    pub id: i64,
    /// For forms and the API.
    pub public_id: String,
    /// Its product's row.
    pub product_id: i64,
    /// What was chosen: `Size: M · Colour: Blue`; empty when there is nothing to choose.
    pub options: String,
    /// Whether it can be bought: a combination that was taken away is kept and is not for sale.
    pub for_sale: bool,
    /// The shop's own number for it; empty for none.
    pub sku: String,
    /// GTIN, EAN or UPC; empty for none.
    pub barcode: String,
    /// Price in minor units, on the shop's basis (with or without tax).
    pub price_minor: i64,
    /// The price before a reduction, in minor units.
    pub compare_at_minor: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// Grams.
    pub weight_g: i64,
}

impl Variant {
    /// Its price.
    pub fn price(&self) -> Money {
        Money::new(self.price_minor, self.money())
    }

    /// The price before a reduction, if it is reduced.
    pub fn compare_at(&self) -> Option<Money> {
        self.compare_at_minor.filter(|before| *before > self.price_minor).map(|minor| Money::new(minor, self.money()))
    }

    fn money(&self) -> Currency {
        Currency::from_code(&self.currency).unwrap_or(Currency::EUR)
    }

    /// Pieces of some variants that can be sold: the variant's row and the number.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn available(conn: &mut Conn, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(stock_levels::table
            .filter(among(stock_levels::variant_id, ids))
            .select((stock_levels::variant_id, stock_levels::on_hand - stock_levels::reserved))
            .load(conn)?)
    }

    /// The lowest price asked of each since a moment, the one that held then and the present one included (Directive
    /// 98/6/EC, Article 6a): by the variant's row.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn lowest_since(conn: &mut Conn, variants: &[&Variant], since: Utc) -> Result<HashMap<i64, i64>> {
        let mut lowest: HashMap<i64, i64> = variants.iter().map(|variant| (variant.id, variant.price_minor)).collect();
        if variants.is_empty() {
            return Ok(lowest);
        }
        let later = diesel::alias!(price_history as later);
        let at = later.field(price_history::effective_at);
        let same = later.field(price_history::variant_id).eq(price_history::variant_id);
        let after = at
            .gt(price_history::effective_at)
            .or(at.eq(price_history::effective_at).and(later.field(price_history::id).gt(price_history::id)));
        // What was asked before holds until the next price.
        let held_then = not(exists(later.filter(same.and(after).and(at.le(since)))));
        let asked = price_history::effective_at.ge(since).or(held_then);
        let ids: Vec<i64> = variants.iter().map(|variant| variant.id).collect();
        let rows: Vec<(i64, i64)> = each!(conn => price_history::table
            .filter(among(price_history::variant_id, &ids))
            .filter(asked)
            .select((price_history::variant_id, price_history::price_minor))
            .load(conn))?;
        for (variant, minor) in rows {
            lowest.entry(variant).and_modify(|known| *known = minor.min(*known));
        }
        Ok(lowest)
    }
}
