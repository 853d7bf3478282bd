//! Tax rates by country, region and class.

use diesel::prelude::*;

use super::product::TaxClass;
use crate::db::{Conn, Db, Tx, is_taken};
use crate::error::{Error, Result};
use crate::schema::tax_rates;

/// A tax rate.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tax_rates, check_for_backend(Db))]
pub struct TaxRate {
    /// For the admin's URLs.
    pub public_id: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or region; empty for the whole country.
    pub region: String,
    /// Which goods.
    pub tax_class: TaxClass,
    /// As it stands on orders: `VAT 19 %`.
    pub name: String,
    /// Parts per million: 19 % = 190,000.
    pub rate_ppm: i64,
    /// Whether it may tax shipping.
    pub applies_to_shipping: bool,
}

impl TaxRate {
    /// All rates, by country.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<TaxRate>> {
        let order = (tax_rates::country, tax_rates::region, tax_rates::tax_class.desc());
        Ok(tax_rates::table.order(order).select(TaxRate::as_select()).load(conn)?)
    }

    /// The rates that hold at a place: those of the region go before those of the country.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn at(conn: &mut Conn, country: &str, region: &str) -> Result<Vec<TaxRate>> {
        let rates: Vec<TaxRate> =
            tax_rates::table.filter(tax_rates::country.eq(country)).select(TaxRate::as_select()).load(conn)?;
        let wanted = region.trim().to_lowercase();
        let mut found: Vec<TaxRate> = Vec::new();
        for class in TaxClass::ALL {
            let of_class = || rates.iter().filter(|rate| rate.tax_class == *class);
            let regional = of_class().find(|rate| !rate.region.is_empty() && rate.region.to_lowercase() == wanted);
            found.extend(regional.or_else(|| of_class().find(|rate| rate.region.is_empty())).cloned());
        }
        Ok(found)
    }

    /// A rate by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<TaxRate> {
        Ok(tax_rates::table.filter(tax_rates::public_id.eq(public_id)).select(TaxRate::as_select()).first(conn)?)
    }

    /// Adds the rate, or replaces the one of the same public id.
    ///
    /// # Errors
    /// `Invalid` on `tax_class` when there is a rate for the place and class already.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let values = (
            tax_rates::country.eq(&self.country),
            tax_rates::region.eq(&self.region),
            tax_rates::tax_class.eq(self.tax_class),
            tax_rates::name.eq(&self.name),
            tax_rates::rate_ppm.eq(self.rate_ppm),
            tax_rates::applies_to_shipping.eq(self.applies_to_shipping),
        );
        let saved = if self.public_id.is_empty() {
            let id = tx.public_id()?;
            diesel::insert_into(tax_rates::table).values((tax_rates::public_id.eq(id), values)).execute(tx.conn())
        } else {
            let mine = tax_rates::table.filter(tax_rates::public_id.eq(&self.public_id));
            diesel::update(mine).set(values).execute(tx.conn())
        };
        match saved {
            Err(error) if is_taken(&error) => {
                Err(Error::invalid("tax_class", "There is a rate for this place and class already."))
            }
            Ok(0) => Err(Error::NotFound),
            saved => saved.map(drop).map_err(Error::from),
        }
    }

    /// Removes a rate; orders keep what they were taxed at.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn delete(tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        diesel::delete(tax_rates::table.filter(tax_rates::public_id.eq(public_id))).execute(tx.conn())?;
        Ok(())
    }
}

/// Standard and reduced value-added tax of countries most shops of ours are in, in parts per million (2026). Owners
/// check them; an unknown country starts without.
const KNOWN: &[(&str, i64, i64)] = &[
    ("AT", 200_000, 100_000),
    ("BE", 210_000, 60_000),
    ("CH", 81_000, 26_000),
    ("CZ", 210_000, 120_000),
    ("DE", 190_000, 70_000),
    ("DK", 250_000, 250_000),
    ("ES", 210_000, 100_000),
    ("FI", 255_000, 135_000),
    ("FR", 200_000, 55_000),
    ("GB", 200_000, 0),
    ("IE", 230_000, 135_000),
    ("IT", 220_000, 100_000),
    ("JP", 100_000, 80_000),
    ("LU", 170_000, 80_000),
    ("NL", 210_000, 90_000),
    ("NO", 250_000, 150_000),
    ("PL", 230_000, 80_000),
    ("PT", 230_000, 130_000),
    ("SE", 250_000, 120_000),
];

/// Gives a new shop the rates of its country.
///
/// # Errors
/// When the database refuses.
pub fn begin_with(tx: &mut Tx<'_>, country: &str) -> Result<()> {
    let Some((_, standard, reduced)) = KNOWN.iter().find(|(code, ..)| *code == country) else { return Ok(()) };
    for (tax_class, rate_ppm) in [(TaxClass::Standard, *standard), (TaxClass::Reduced, *reduced)] {
        let rate = TaxRate {
            public_id: String::new(),
            country: country.to_owned(),
            region: String::new(),
            tax_class,
            name: "VAT".to_owned(),
            rate_ppm,
            applies_to_shipping: true,
        };
        rate.save(tx)?;
    }
    Ok(())
}
