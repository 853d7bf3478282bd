//! Settings of the site: one row per setting, one struct for all.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::people::account::Account;
use crate::on_backend;
use crate::schema::settings;
use crate::support::money::Currency;
use crate::text_enum;

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

#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Visitors can see the site, because it was opened or has an owner. Before that, only the setup page exists.
    pub is_set_up: bool,
    pub site_name: String,
    pub tagline: String,
    /// The banner above the header; empty for none.
    pub announcement: String,
    /// The country of the shop, ISO 3166-1 alpha-2.
    pub country: String,
    /// State or region of the shop; empty where taxes do not depend on it.
    pub region: String,
    /// Postcode of the shop; empty where taxes do not depend on it.
    pub postcode: String,
    pub currency: Currency,
    /// IANA time zone of displayed dates and times.
    pub time_zone: String,
    /// Language of pages and amounts (BCP 47).
    pub locale: String,
    /// Prices include tax (TAX.md T3).
    pub prices_include_tax: bool,
    pub tax_rounding: Rounding,
    pub shipping_tax: ShippingTax,
    pub cross_border: CrossBorder,
    /// Minutes that stock is reserved during an online payment.
    pub stock_hold_minutes: i64,
    /// Days that stock is reserved for a bank transfer.
    pub transfer_hold_days: i64,
    /// The number of the first order.
    pub order_number_start: i64,
    /// The accent colour in six hex digits; empty for the built-in one.
    pub accent: String,
    pub contact_email: String,
    /// Bank details for transfers, several lines; empty disables bank transfers.
    pub bank_account: String,
    /// Legal name and address of the seller on invoices, several lines.
    pub business_address: String,
    /// Empty for none.
    pub vat_number: String,
    /// Businesses in other member states with a well-formed VAT number pay no tax (reverse charge).
    pub vat_exemption: bool,
    /// VAT numbers are checked in VIES, the European Commission's service.
    pub check_vat_numbers: bool,
    pub footer_note: String,
    pub hero_title: String,
    pub hero_text: String,
    /// Public id of the front page's picture; empty for none.
    pub hero_picture: String,
    /// The label of the button on the front page.
    pub hero_action_label: String,
    pub story_title: String,
    pub story_text: String,
    /// Public id of the story's picture; empty for none.
    pub story_picture: String,
    /// Incremented by each save; 0 before the first.
    pub lock_version: i64,
}

impl Settings {
    /// Public ids of the front page's pictures; empty strings for none.
    pub fn front_page_pictures(&self) -> [&str; 2] {
        [&self.hero_picture, &self.story_picture]
    }
}

const LOCK_VERSION: &str = "lock_version";

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            is_set_up: false,
            site_name: "Tradepost".to_owned(),
            tagline: String::new(),
            announcement: String::new(),
            country: "DE".to_owned(),
            region: String::new(),
            postcode: String::new(),
            currency: Currency::EUR,
            time_zone: "UTC".to_owned(),
            locale: "en".to_owned(),
            prices_include_tax: true,
            tax_rounding: Rounding::RateGroup,
            shipping_tax: ShippingTax::Proportional,
            cross_border: CrossBorder::KeepGross,
            stock_hold_minutes: 15,
            transfer_hold_days: 7,
            order_number_start: 1001,
            accent: String::new(),
            contact_email: String::new(),
            bank_account: String::new(),
            business_address: String::new(),
            vat_number: String::new(),
            vat_exemption: true,
            check_vat_numbers: true,
            footer_note: String::new(),
            hero_title: String::new(),
            hero_text: String::new(),
            hero_picture: String::new(),
            hero_action_label: String::new(),
            story_title: String::new(),
            story_text: String::new(),
            story_picture: String::new(),
            lock_version: 0,
        }
    }
}

impl Settings {
    pub fn has_bank_account(&self) -> bool {
        !self.bank_account.trim().is_empty()
    }

    /// Loads all settings, with defaults for missing ones.
    pub fn load(conn: &mut Conn) -> Result<Settings> {
        let rows: Vec<(String, String)> = settings::table.select((settings::name, settings::value)).load(conn)?;
        let mut rows: HashMap<String, String> = rows.into_iter().collect();
        let plain = Settings::default();
        let was_opened = rows.get("is_set_up").is_some_and(|value| value == "yes");
        let is_set_up = was_opened || Account::has_owner(conn)?;
        let mut text = |name: &str, default: String| rows.remove(name).unwrap_or(default);
        Ok(Settings {
            is_set_up,
            site_name: text("site_name", plain.site_name),
            tagline: text("tagline", plain.tagline),
            announcement: text("announcement", plain.announcement),
            country: text("country", plain.country),
            region: text("region", plain.region),
            postcode: text("postcode", plain.postcode),
            currency: Currency::from_code(&text("currency", String::new())).unwrap_or(plain.currency),
            time_zone: text("time_zone", plain.time_zone),
            locale: text("locale", plain.locale),
            prices_include_tax: text("prices_include_tax", "yes".to_owned()) == "yes",
            tax_rounding: Rounding::parse(&text("tax_rounding", String::new())).unwrap_or(plain.tax_rounding),
            shipping_tax: ShippingTax::parse(&text("shipping_tax", String::new())).unwrap_or(plain.shipping_tax),
            cross_border: CrossBorder::parse(&text("cross_border", String::new())).unwrap_or(plain.cross_border),
            stock_hold_minutes: text("stock_hold_minutes", String::new()).parse().unwrap_or(plain.stock_hold_minutes),
            transfer_hold_days: text("transfer_hold_days", String::new()).parse().unwrap_or(plain.transfer_hold_days),
            order_number_start: text("order_number_start", String::new()).parse().unwrap_or(plain.order_number_start),
            accent: text("accent", plain.accent),
            contact_email: text("contact_email", plain.contact_email),
            bank_account: text("bank_account", plain.bank_account),
            business_address: text("business_address", plain.business_address),
            vat_number: text("vat_number", plain.vat_number),
            vat_exemption: text("vat_exemption", "yes".to_owned()) == "yes",
            check_vat_numbers: text("check_vat_numbers", "yes".to_owned()) == "yes",
            footer_note: text("footer_note", plain.footer_note),
            hero_title: text("hero_title", plain.hero_title),
            hero_text: text("hero_text", plain.hero_text),
            hero_picture: text("hero_picture", plain.hero_picture),
            hero_action_label: text("hero_action_label", plain.hero_action_label),
            story_title: text("story_title", plain.story_title),
            story_text: text("story_text", plain.story_text),
            story_picture: text("story_picture", plain.story_picture),
            lock_version: text(LOCK_VERSION, String::new()).parse().unwrap_or(plain.lock_version),
        })
    }

    /// Saves all settings if nobody else has saved them since they were loaded.
    ///
    /// # Errors
    /// `Conflict` when somebody else has.
    pub fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.swap(tx)?;
        let yes = |on: bool| if on { "yes".to_owned() } else { "no".to_owned() };
        let rows = [
            ("is_set_up", yes(self.is_set_up)),
            ("site_name", self.site_name.clone()),
            ("tagline", self.tagline.clone()),
            ("announcement", self.announcement.clone()),
            ("country", self.country.clone()),
            ("region", self.region.clone()),
            ("postcode", self.postcode.clone()),
            ("currency", self.currency.code().to_owned()),
            ("time_zone", self.time_zone.clone()),
            ("locale", self.locale.clone()),
            ("prices_include_tax", yes(self.prices_include_tax)),
            ("tax_rounding", self.tax_rounding.as_str().to_owned()),
            ("shipping_tax", self.shipping_tax.as_str().to_owned()),
            ("cross_border", self.cross_border.as_str().to_owned()),
            ("stock_hold_minutes", self.stock_hold_minutes.to_string()),
            ("transfer_hold_days", self.transfer_hold_days.to_string()),
            ("order_number_start", self.order_number_start.to_string()),
            ("accent", self.accent.clone()),
            ("contact_email", self.contact_email.clone()),
            ("bank_account", self.bank_account.clone()),
            ("business_address", self.business_address.clone()),
            ("vat_number", self.vat_number.clone()),
            ("vat_exemption", yes(self.vat_exemption)),
            ("check_vat_numbers", yes(self.check_vat_numbers)),
            ("footer_note", self.footer_note.clone()),
            ("hero_title", self.hero_title.clone()),
            ("hero_text", self.hero_text.clone()),
            ("hero_picture", self.hero_picture.clone()),
            ("hero_action_label", self.hero_action_label.clone()),
            ("story_title", self.story_title.clone()),
            ("story_text", self.story_text.clone()),
            ("story_picture", self.story_picture.clone()),
        ];
        for (name, value) in &rows {
            let row = (settings::name.eq(name), settings::value.eq(value));
            let conn = tx.conn();
            on_backend!(conn => diesel::insert_into(settings::table)
                .values(row)
                .on_conflict(settings::name)
                .do_update()
                .set(settings::value.eq(value))
                .execute(conn))?;
        }
        Ok(())
    }

    /// Increments the version if it is unchanged (compare-and-swap). The row lock makes concurrent saves wait until
    /// this transaction ends.
    pub(in crate::models) fn swap(&self, tx: &mut Tx<'_>) -> Result<()> {
        let next = (self.lock_version + 1).to_string();
        let swapped = if self.lock_version == 0 {
            let (row, conn) = ((settings::name.eq(LOCK_VERSION), settings::value.eq(next)), tx.conn());
            on_backend!(conn => diesel::insert_into(settings::table).values(row).on_conflict_do_nothing().execute(conn))?
        } else {
            let mine = settings::name.eq(LOCK_VERSION).and(settings::value.eq(self.lock_version.to_string()));
            diesel::update(settings::table.filter(mine)).set(settings::value.eq(next)).execute(tx.conn())?
        };
        if swapped == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}
