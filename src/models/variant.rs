//! Variants: what is really bought. A product has one today; its options come as rows of this table.

pub mod counting;
pub mod listing;
pub mod stock;

use diesel::prelude::*;

use crate::db::{Conn, Db};
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
            .filter(stock_levels::variant_id.eq_any(ids))
            .select((stock_levels::variant_id, stock_levels::on_hand - stock_levels::reserved))
            .load(conn)?)
    }

    /// The lowest price asked in the 30 days before now (Directive 98/6/EC, Article 6a), the present one included.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn lowest_since(&self, conn: &mut Conn, since: Utc) -> Result<i64> {
        let mine = price_history::table.filter(price_history::variant_id.eq(self.id));
        let during: Option<i64> = mine
            .filter(price_history::effective_at.ge(since))
            .select(diesel::dsl::min(price_history::price_minor))
            .first(conn)?;
        let before: Option<i64> = mine
            .filter(price_history::effective_at.lt(since))
            .order((price_history::effective_at.desc(), price_history::id.desc()))
            .select(price_history::price_minor)
            .first(conn)
            .optional()?;
        Ok([during, before, Some(self.price_minor)].into_iter().flatten().min().unwrap_or(self.price_minor))
    }
}
