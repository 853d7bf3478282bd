//! Tax rules of single countries that override those of the shop (TAX.md T3, T5 and T8).

use diesel::prelude::*;

use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::platform::setting::{CrossBorder, Rounding, Settings, ShippingTax};
use crate::schema::tax_overrides;
use crate::support::i18n::Message;

/// The tax rules of a country that differ from the shop's; `None` means as for the shop.
#[derive(Clone, Debug, PartialEq, Eq, HasQuery, Insertable, AsChangeset)]
#[diesel(table_name = tax_overrides, check_for_backend(AnyBackend), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct TaxOverride {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub lock_version: i64,
    pub prices_include_tax: Option<bool>,
    pub rounding: Option<Rounding>,
    /// Does not apply to countries with their own `prices_include_tax`.
    pub cross_border: Option<CrossBorder>,
}

impl TaxOverride {
    pub fn all(conn: &mut Conn) -> Result<Vec<TaxOverride>> {
        Ok(TaxOverride::query().order(tax_overrides::country).load(conn)?)
    }

    pub fn find(conn: &mut Conn, country: &str) -> Result<TaxOverride> {
        Ok(TaxOverride::query().find(country).first(conn)?)
    }

    /// Adds the overrides; `Invalid` on `country` when it has some already.
    pub fn add(&self, tx: &mut Tx<'_>) -> Result<()> {
        let first = TaxOverride { lock_version: 1, ..self.clone() };
        match diesel::insert_into(tax_overrides::table).values(&first).execute(tx.conn()) {
            Err(error) if is_unique_violation(&error) => Err(Error::invalid("country", Message::TaxRulesExist)),
            added => added.map(drop).map_err(Error::from),
        }
    }

    /// Saves the overrides; `Conflict` when somebody else has saved them since; `NotFound`.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let unchanged = tax_overrides::country.eq(&self.country).and(tax_overrides::lock_version.eq(self.lock_version));
        let next = TaxOverride { lock_version: self.lock_version + 1, ..self.clone() };
        let saved = diesel::update(tax_overrides::table.filter(unchanged)).set(&next).execute(tx.conn())?;
        if saved == 1 { Ok(()) } else { TaxOverride::find(tx.conn(), &self.country).and(Err(Error::Conflict)) }
    }

    /// Deletes the overrides of a country; orders keep the taxes they were placed with.
    pub fn delete(tx: &mut Tx<'_>, country: &str) -> Result<()> {
        diesel::delete(tax_overrides::table.find(country)).execute(tx.conn())?;
        Ok(())
    }
}

/// The tax rules of an order: those of its country, else those of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxRules {
    /// Prices include tax: that of the destination with `has_destination_prices`, else that of the shop's country.
    pub prices_include_tax: bool,
    /// Prices apply to the destination as they are and include no tax of the shop's country.
    pub has_destination_prices: bool,
    pub rounding: Rounding,
    pub shipping: ShippingTax,
    pub cross_border: CrossBorder,
}

impl TaxRules {
    pub fn from_settings(settings: &Settings) -> TaxRules {
        TaxRules {
            prices_include_tax: settings.prices_include_tax,
            has_destination_prices: false,
            rounding: settings.tax_rounding,
            shipping: settings.shipping_tax,
            cross_border: settings.cross_border,
        }
    }

    pub fn for_country(conn: &mut Conn, settings: &Settings, country: &str) -> Result<TaxRules> {
        let shop = TaxRules::from_settings(settings);
        let own = TaxOverride::query().find(country).first(conn).optional()?;
        Ok(own.map_or(shop, |own| TaxRules {
            prices_include_tax: own.prices_include_tax.unwrap_or(shop.prices_include_tax),
            has_destination_prices: own.prices_include_tax.is_some(),
            rounding: own.rounding.unwrap_or(shop.rounding),
            cross_border: own.cross_border.unwrap_or(shop.cross_border),
            ..shop
        }))
    }
}
