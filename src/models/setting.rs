//! How the site is set: one row a setting, one struct for all of them.

pub mod changing_currency;

use std::collections::HashMap;

use diesel::prelude::*;

use super::account::Account;
use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::settings;
use crate::support::money::Currency;
use crate::text_enum;

text_enum! {
    /// Where tax is rounded (R5).
    Rounding {
        /// Once a tax rate.
        RateGroup = "rate_group",
        /// Once a line.
        Line = "line",
    }
}

text_enum! {
    /// How shipping is taxed (R7).
    ShippingTax {
        /// At the standard class's rate.
        Standard = "standard",
        /// At the highest rate in the cart.
        Highest = "highest",
        /// Split over the rates in the cart by value.
        Proportional = "proportional",
    }
}

text_enum! {
    /// What buyers abroad pay when prices include tax (R8).
    CrossBorder {
        /// The same price; tax at their rate is taken out of it.
        KeepGross = "keep_gross",
        /// The same net; tax at their rate is put on top.
        KeepNet = "keep_net",
    }
}

/// Everything the owner can set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Visitors see the site's pages: it was opened, or it has an owner. Before that there is only the setup page.
    pub is_set_up: bool,
    /// The site's name.
    pub site_name: String,
    /// One line about it.
    pub tagline: String,
    /// A line above the header; empty for none.
    pub announcement: String,
    /// Where the shop is: ISO 3166-1 alpha-2.
    pub country: String,
    /// State or region the shop is in; empty where taxes do not depend on it.
    pub region: String,
    /// Postcode of the shop; empty where taxes do not depend on it.
    pub postcode: String,
    /// What it sells in.
    pub currency: Currency,
    /// IANA time zone of dates people read.
    pub time_zone: String,
    /// Language of pages and amounts: BCP 47.
    pub locale: String,
    /// Prices include tax (R3).
    pub prices_include_tax: bool,
    /// Where tax is rounded.
    pub tax_rounding: Rounding,
    /// How shipping is taxed.
    pub shipping_tax: ShippingTax,
    /// What buyers abroad pay.
    pub cross_border: CrossBorder,
    /// Minutes that goods are held for somebody at a card page.
    pub stock_hold_minutes: i64,
    /// Days that goods are held for somebody who pays by bank transfer.
    pub transfer_hold_days: i64,
    /// Number of the first order.
    pub order_number_start: i64,
    /// The accent colour, six hex digits; empty for the built-in one.
    pub accent: String,
    /// Where customers write to.
    pub contact_email: String,
    /// What buyers need for a bank transfer, line by line; empty turns it off.
    pub bank_account: String,
    /// Who sells, as invoices say it: legal name and address, line by line.
    pub business_address: String,
    /// The shop's VAT number; empty for none.
    pub vat_number: String,
    /// Businesses of other countries of the union pay no tax, with a VAT number that is right in form.
    pub vat_exemption: bool,
    /// VAT numbers are looked up in VIES, the European Commission's service.
    pub check_vat_numbers: bool,
    /// Words at the very bottom of each page.
    pub footer_note: String,
    /// Front page: headline.
    pub hero_title: String,
    /// Front page: text below it.
    pub hero_text: String,
    /// Front page: picture, by public id.
    pub hero_picture: String,
    /// Front page: words of the button.
    pub hero_action_label: String,
    /// Front page: headline of the story.
    pub story_title: String,
    /// Front page: the story.
    pub story_text: String,
    /// Front page: its picture, by public id.
    pub story_picture: String,
    /// Goes up whenever they are saved; 0 before that.
    pub lock_version: i64,
}

impl Settings {
    /// Public ids of the pictures of the front page; empty ones where there is none.
    pub fn front_page_pictures(&self) -> [&str; 2] {
        [&self.hero_picture, &self.story_picture]
    }
}

/// The row that counts how often settings were saved.
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
    /// Whether buyers can be told where to transfer money to.
    pub fn takes_transfers(&self) -> bool {
        !self.bank_account.trim().is_empty()
    }

    /// Reads all settings; what was never set has its default.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn load(conn: &mut Conn) -> Result<Settings> {
        let rows: Vec<(String, String)> = settings::table.select((settings::name, settings::value)).load(conn)?;
        let mut rows: HashMap<String, String> = rows.into_iter().collect();
        let plain = Settings::default();
        let was_opened = rows.get("is_set_up").is_some_and(|value| value == "yes");
        let is_set_up = was_opened || Account::owner_exists(conn)?;
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

    /// Writes all settings if nobody has since they were read.
    ///
    /// # Errors
    /// `Conflict` when somebody has.
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
            each!(conn => diesel::insert_into(settings::table)
                .values(row)
                .on_conflict(settings::name)
                .do_update()
                .set(settings::value.eq(value))
                .execute(conn))?;
        }
        Ok(())
    }

    /// Counts up if the count is still what it was. Whoever saves at the same moment waits for the end of this
    /// transaction.
    fn swap(&self, tx: &mut Tx<'_>) -> Result<()> {
        let next = (self.lock_version + 1).to_string();
        let swapped = if self.lock_version == 0 {
            let (row, conn) = ((settings::name.eq(LOCK_VERSION), settings::value.eq(next)), tx.conn());
            each!(conn => diesel::insert_into(settings::table).values(row).on_conflict_do_nothing().execute(conn))?
        } else {
            let mine = settings::name.eq(LOCK_VERSION).and(settings::value.eq(self.lock_version.to_string()));
            diesel::update(settings::table.filter(mine)).set(settings::value.eq(next)).execute(tx.conn())?
        };
        if swapped == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}
