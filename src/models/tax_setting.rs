//! Rules of tax that hold for orders to one country instead of the shop's (rules R3, R5, R8).

use diesel::prelude::*;

use super::setting::{CrossBorder, Rounding, Settings, ShippingTax};
use crate::db::{Conn, Db, Tx, is_taken};
use crate::error::{Error, Result};
use crate::schema::tax_settings;

/// What is different for orders to a country; what is none is as for the shop.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_settings, check_for_backend(Db), treat_none_as_null = true)]
pub struct TaxSetting {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Goes up whenever it is saved.
    pub lock_version: i64,
    /// The shop's prices include the tax of this country, or do not.
    pub prices_include_tax: Option<bool>,
    /// Where tax is rounded.
    pub rounding: Option<Rounding>,
    /// What buyers there pay. Prices that have their own basis there stay as they are.
    pub cross_border: Option<CrossBorder>,
}

impl TaxSetting {
    /// All of them, by country.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<TaxSetting>> {
        Ok(tax_settings::table.order(tax_settings::country).select(TaxSetting::as_select()).load(conn)?)
    }

    /// The one of a country.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, country: &str) -> Result<TaxSetting> {
        Ok(tax_settings::table.find(country).select(TaxSetting::as_select()).first(conn)?)
    }

    /// Adds it; a country has one.
    ///
    /// # Errors
    /// `Invalid` on `country` when it has rules already.
    pub fn add(&self, tx: &mut Tx<'_>) -> Result<()> {
        let first = TaxSetting { lock_version: 1, ..self.clone() };
        match diesel::insert_into(tax_settings::table).values(&first).execute(tx.conn()) {
            Err(error) if is_taken(&error) => {
                Err(Error::invalid("country", "This country has rules already. Change those."))
            }
            added => added.map(drop).map_err(Error::from),
        }
    }

    /// Changes it if nobody has since `lock_version`.
    ///
    /// # Errors
    /// `Conflict` when somebody has; `NotFound`.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let mine = tax_settings::country.eq(&self.country).and(tax_settings::lock_version.eq(self.lock_version));
        let next = TaxSetting { lock_version: self.lock_version + 1, ..self.clone() };
        let saved = diesel::update(tax_settings::table.filter(mine)).set(&next).execute(tx.conn())?;
        if saved == 1 { Ok(()) } else { TaxSetting::find(tx.conn(), &self.country).and(Err(Error::Conflict)) }
    }

    /// The country is as the shop again; orders keep what they were taxed by.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn delete(tx: &mut Tx<'_>, country: &str) -> Result<()> {
        diesel::delete(tax_settings::table.find(country)).execute(tx.conn())?;
        Ok(())
    }
}

/// By which rules an order is taxed: its country's where it has its own, else the shop's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxRules {
    /// The shop's prices include tax: that of the destination if `of_destination`, else that of home.
    pub prices_include_tax: bool,
    /// The shop's prices are meant for the destination as they are, so that no tax of home is in them.
    pub of_destination: bool,
    /// Where tax is rounded.
    pub rounding: Rounding,
    /// How shipping is taxed.
    pub shipping: ShippingTax,
    /// What buyers abroad pay.
    pub cross_border: CrossBorder,
}

impl TaxRules {
    /// The shop's own.
    pub fn of_shop(settings: &Settings) -> TaxRules {
        TaxRules {
            prices_include_tax: settings.prices_include_tax,
            of_destination: false,
            rounding: settings.tax_rounding,
            shipping: settings.shipping_tax,
            cross_border: settings.cross_border,
        }
    }

    /// Those of orders to a country.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of(conn: &mut Conn, settings: &Settings, country: &str) -> Result<TaxRules> {
        let shop = TaxRules::of_shop(settings);
        let own = tax_settings::table.find(country).select(TaxSetting::as_select()).first(conn).optional()?;
        Ok(own.map_or(shop, |own| TaxRules {
            prices_include_tax: own.prices_include_tax.unwrap_or(shop.prices_include_tax),
            of_destination: own.prices_include_tax.is_some(),
            rounding: own.rounding.unwrap_or(shop.rounding),
            cross_border: own.cross_border.unwrap_or(shop.cross_border),
            ..shop
        }))
    }
}
