//! Settings of the site: one row per setting, one struct for all.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::SettingChange;
use crate::on_backend;
use crate::schema::{account_roles, settings};
use crate::support::i18n::Locale;
use crate::support::money::Currency;
use crate::text_enum;

/// The role that [`Settings::load`] looks for.
const OWNER: &str = "owner";

text_enum! {
    Rounding {
        /// Once per tax rate.
        RateGroup = "rate_group",
        /// Once per order line.
        Line = "line",
    }
}

text_enum! {
    ShippingTax {
        /// At the rate of the standard class.
        Standard = "standard",
        /// At the highest rate in the cart.
        Highest = "highest",
        /// Apportioned to the rates in the cart by value.
        Proportional = "proportional",
    }
}

text_enum! {
    /// Prices for buyers abroad when prices include tax (TAX.md T8).
    CrossBorder {
        /// The same gross price; tax at the destination's rate is included in it.
        KeepGross = "keep_gross",
        /// The same net price; tax at the destination's rate is added.
        KeepNet = "keep_net",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    Text(String),
    Flag(bool),
}

impl SettingValue {
    fn into_text(self) -> String {
        match self {
            SettingValue::Text(text) => text,
            SettingValue::Flag(true) => "yes".to_owned(),
            SettingValue::Flag(false) => "no".to_owned(),
        }
    }
}

trait Setting: Sized {
    fn from_text(text: &str) -> Option<Self>;

    fn to_value(&self) -> SettingValue;
}

impl Setting for String {
    fn from_text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn to_value(&self) -> SettingValue {
        SettingValue::Text(self.clone())
    }
}

impl Setting for bool {
    fn from_text(text: &str) -> Option<bool> {
        Some(text == "yes")
    }

    fn to_value(&self) -> SettingValue {
        SettingValue::Flag(*self)
    }
}

impl Setting for i64 {
    fn from_text(text: &str) -> Option<i64> {
        text.parse().ok()
    }

    fn to_value(&self) -> SettingValue {
        SettingValue::Text(self.to_string())
    }
}

macro_rules! coded_settings {
    ($($kind:ident: $read:ident, $write:ident;)*) => {$(
        impl Setting for $kind {
            fn from_text(text: &str) -> Option<$kind> {
                $kind::$read(text)
            }

            fn to_value(&self) -> SettingValue {
                SettingValue::Text(self.$write().to_owned())
            }
        }
    )*};
}

coded_settings! {
    Currency: from_code, code;
    Locale: from_code, code;
    Rounding: parse, as_str;
    ShippingTax: parse, as_str;
    CrossBorder: parse, as_str;
}

/// Declares each setting once: its name, which is also its name in the database and in the settings form, its type, and
/// the default, which replaces a value that is missing or cannot be read.
macro_rules! settings {
    ($($(#[$attribute:meta])* $name:ident: $kind:ty = $default:expr;)*) => {
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $($(#[$attribute])* pub $name: $kind,)*
            /// Incremented by each save; 0 before the first.
            pub lock_version: i64,
        }

        impl Default for Settings {
            fn default() -> Settings {
                Settings { $($name: $default,)* lock_version: 0 }
            }
        }

        impl Settings {
            fn from_rows(rows: &HashMap<String, String>) -> Settings {
                Settings {
                    $($name: value_of(rows, stringify!($name)).unwrap_or_else(|| $default),)*
                    lock_version: value_of(rows, LOCK_VERSION).unwrap_or(0),
                }
            }

            pub fn values(&self) -> Vec<(&'static str, SettingValue)> {
                vec![$((stringify!($name), self.$name.to_value())),*]
            }
        }
    };
}

settings! {
    /// Visitors can see the site, because it was opened or has an owner. Before that, only the setup page exists.
    is_set_up: bool = false;
    site_name: String = "Tradepost".to_owned();
    tagline: String = String::new();
    /// The banner above the header; empty for none.
    announcement: String = String::new();
    /// The country of the shop, ISO 3166-1 alpha-2.
    country: String = "DE".to_owned();
    /// State or region of the shop; empty where taxes do not depend on it.
    region: String = String::new();
    /// Postcode of the shop; empty where taxes do not depend on it.
    postcode: String = String::new();
    currency: Currency = Currency::EUR;
    /// IANA time zone of displayed dates and times.
    time_zone: String = "UTC".to_owned();
    locale: Locale = Locale::En;
    /// Prices include tax (TAX.md T3).
    prices_include_tax: bool = true;
    tax_rounding: Rounding = Rounding::RateGroup;
    shipping_tax: ShippingTax = ShippingTax::Proportional;
    cross_border: CrossBorder = CrossBorder::KeepGross;
    /// Minutes that stock is reserved during an online payment.
    stock_hold_minutes: i64 = 15;
    /// Days that stock is reserved for a bank transfer.
    transfer_hold_days: i64 = 7;
    order_number_start: i64 = 1001;
    /// Refunds of an order beyond this total ask for the password again; in whole units of the order's currency.
    refund_confirmation_limit: i64 = 250;
    /// The accent colour in six hex digits; empty for the built-in one.
    accent: String = String::new();
    contact_email: String = String::new();
    /// Bank details for transfers, several lines; empty disables bank transfers.
    bank_account: String = String::new();
    /// Legal name and address of the seller on invoices, several lines.
    business_address: String = String::new();
    vat_number: String = String::new();
    /// Businesses in other member states with a well-formed VAT number pay no tax (reverse charge).
    vat_exemption: bool = true;
    /// VAT numbers are checked in VIES, the European Commission's service.
    check_vat_numbers: bool = true;
    footer_note: String = String::new();
    hero_title: String = String::new();
    hero_text: String = String::new();
    /// Public id of the front page's picture; empty for none.
    hero_picture: String = String::new();
    hero_action_label: String = String::new();
    story_title: String = String::new();
    story_text: String = String::new();
    /// Public id of the story's picture; empty for none.
    story_picture: String = String::new();
}

#[derive(Insertable)]
#[diesel(table_name = settings, treat_none_as_default_value = false)]
pub(in crate::models) struct SettingRow<'a> {
    pub(in crate::models) name: &'a str,
    pub(in crate::models) value: &'a str,
}

const LOCK_VERSION: &str = "lock_version";

/// Replaces the value of a secret setting in the event log.
pub(in crate::models) const HIDDEN_VALUE: &str = "\u{2022}\u{2022}\u{2022}";

/// Whether the value of a setting may not be read in the event log.
fn is_secret(name: &str) -> bool {
    ["_key", "_secret", "_password", "_url"].iter().any(|ending| name.ends_with(ending))
}

fn value_of<T: Setting>(rows: &HashMap<String, String>, name: &str) -> Option<T> {
    rows.get(name).and_then(|text| T::from_text(text))
}

impl Settings {
    /// Public ids of the front page's pictures; empty strings for none.
    pub fn front_page_pictures(&self) -> [&str; 2] {
        [&self.hero_picture, &self.story_picture]
    }

    pub fn has_bank_account(&self) -> bool {
        !self.bank_account.trim().is_empty()
    }

    /// The settings that differ, without secret values.
    pub fn changes_to(&self, after: &Settings) -> Vec<SettingChange> {
        let text = |name: &str, value: SettingValue| match is_secret(name) {
            true => HIDDEN_VALUE.to_owned(),
            false => value.into_text(),
        };
        let mut changes = Vec::new();
        for ((name, before), (_, after)) in self.values().into_iter().zip(after.values()) {
            if before != after {
                let (before, after) = (text(name, before), text(name, after));
                changes.push(SettingChange { name: name.to_owned(), before, after });
            }
        }
        changes
    }

    pub fn load(conn: &mut Conn) -> Result<Settings> {
        let rows: Vec<(String, String)> = settings::table.select((settings::name, settings::value)).load(conn)?;
        let stored = Settings::from_rows(&rows.into_iter().collect());
        // The table alone, because the model of accounts builds on this area.
        let owner = account_roles::table.filter(account_roles::role.eq(OWNER));
        let is_set_up = stored.is_set_up || diesel::select(diesel::dsl::exists(owner)).get_result(conn)?;
        Ok(Settings { is_set_up, ..stored })
    }

    /// Saves all settings; `Conflict` when somebody else has saved them since they were loaded.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.increment_version(tx)?;
        for (name, value) in self.values() {
            let value = value.into_text();
            let row = SettingRow { name, value: &value };
            let conn = tx.conn();
            on_backend!(conn => diesel::insert_into(settings::table)
                .values(row)
                .on_conflict(settings::name)
                .do_update()
                .set(settings::value.eq(&value))
                .execute(conn))?;
        }
        Ok(())
    }

    /// Increments the version by compare-and-swap; the row lock makes concurrent saves wait for this transaction.
    pub(in crate::models) fn increment_version(&self, tx: &mut Tx<'_>) -> Result<()> {
        let next = (self.lock_version + 1).to_string();
        let swapped = if self.lock_version == 0 {
            let (row, conn) = (SettingRow { name: LOCK_VERSION, value: &next }, tx.conn());
            on_backend!(conn => diesel::insert_into(settings::table).values(row).on_conflict_do_nothing().execute(conn))?
        } else {
            let unchanged = settings::name.eq(LOCK_VERSION).and(settings::value.eq(self.lock_version.to_string()));
            diesel::update(settings::table.filter(unchanged)).set(settings::value.eq(&next)).execute(tx.conn())?
        };
        if swapped == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let saved = Settings {
            is_set_up: true,
            site_name: "Harbour".to_owned(),
            currency: Currency::from_code("JPY").unwrap_or(Currency::EUR),
            locale: Locale::De,
            prices_include_tax: false,
            tax_rounding: Rounding::Line,
            shipping_tax: ShippingTax::Highest,
            cross_border: CrossBorder::KeepNet,
            stock_hold_minutes: 30,
            ..Settings::default()
        };
        let rows = saved.values().into_iter().map(|(name, value)| (name.to_owned(), value.into_text())).collect();
        assert_eq!(Settings::from_rows(&rows), saved);
    }

    #[test]
    fn a_change_says_what_was_before_and_hides_secrets() {
        let before = Settings::default();
        let after = Settings { tagline: "Coffee".to_owned(), vat_exemption: false, lock_version: 2, ..before.clone() };
        let changes = before.changes_to(&after);
        let texts = changes.iter().map(|change| (change.name.as_str(), change.before.as_str(), change.after.as_str()));
        assert_eq!(texts.collect::<Vec<_>>(), [("tagline", "", "Coffee"), ("vat_exemption", "yes", "no")]);
        assert!(is_secret("stripe_secret_key") && is_secret("smtp_url") && !is_secret("country"));
    }

    #[test]
    fn a_missing_or_unreadable_value_is_the_default() {
        let unreadable = [("stock_hold_minutes", "soon"), ("currency", "QQQ"), ("locale", "tlh"), ("tax_rounding", "")];
        let rows = unreadable.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        assert_eq!(Settings::from_rows(&rows), Settings::default());
    }
}
