//! The settings form.

use jiff::tz::TimeZone;
use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::models::platform::setting::{CrossBorder, Rounding, Settings, ShippingTax};
use crate::support::country::{Country, is_in_eu};
use crate::support::money::Currency;
use crate::support::vat_number::VatNumber;

/// Locales for formatting amounts and dates: code and name.
pub const LOCALES: &[(&str, &str)] = &[
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
];

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct SettingsForm {
    #[validate(length(max = 100, message = "The name has at most 100 characters."))]
    site_name: String,
    #[validate(length(max = 200, message = "The tagline has at most 200 characters."))]
    tagline: String,
    #[validate(length(max = 300, message = "The announcement has at most 300 characters."))]
    announcement: String,
    contact_email: String,
    #[validate(length(max = 500, message = "The footer note has at most 500 characters."))]
    footer_note: String,
    accent: String,
    lock_version: String,
    country: String,
    #[validate(length(max = 120, message = "The region has at most 120 characters."))]
    region: String,
    #[validate(length(max = 20, message = "The postcode has at most 20 characters."))]
    postcode: String,
    currency: String,
    time_zone: String,
    locale: String,
    prices_include_tax: String,
    tax_rounding: String,
    shipping_tax: String,
    cross_border: String,
    stock_hold_minutes: String,
    transfer_hold_days: String,
    order_number_start: String,
    #[validate(length(max = 1000, message = "The bank account has at most 1000 characters."))]
    bank_account: String,
    #[validate(length(max = 1000, message = "The address has at most 1000 characters."))]
    business_address: String,
    #[validate(length(max = 30, message = "A VAT number has at most 30 characters."))]
    vat_number: String,
    vat_exemption: String,
    check_vat_numbers: String,
    #[validate(length(max = 200, message = "The headline has at most 200 characters."))]
    hero_title: String,
    #[validate(length(max = 1000, message = "This text has at most 1000 characters."))]
    hero_text: String,
    #[validate(length(max = 60, message = "The button label has at most 60 characters."))]
    hero_action_label: String,
    #[validate(length(max = 200, message = "The headline has at most 200 characters."))]
    story_title: String,
    #[validate(length(max = 10_000, message = "The story has at most 10,000 characters."))]
    story_text: String,
}

impl FormObject for SettingsForm {
    /// `is_set_up` and the pictures are not in the form; the controller keeps their stored values.
    type Output = Settings;

    fn into_output(self, fields: &mut Fields) -> Option<Settings> {
        let line = |text: &str| text.trim().to_owned();
        let mut own_vat_number = String::new();
        let site_name = line(&self.site_name);
        if site_name.is_empty() {
            fields.add_error("site_name", "Enter a site name.");
        }
        let contact_email =
            super::parse_optional_email(fields, "contact_email", &self.contact_email).unwrap_or_default();
        let accent = line(&self.accent).trim_start_matches('#').to_lowercase();
        let is_hex = accent.len() == 6 && accent.bytes().all(|b| b.is_ascii_hexdigit());
        if !accent.is_empty() && !is_hex {
            fields.add_error("accent", "Enter six hex digits such as 1f5a46, or leave it empty.");
        }
        if Country::find(&self.country).is_none() {
            fields.add_error("country", "Choose a country.");
        }
        if self.time_zone.is_empty() || TimeZone::get(&self.time_zone).is_err() {
            fields.add_error("time_zone", "Choose a time zone.");
        }
        if !LOCALES.iter().any(|(code, _)| *code == self.locale) {
            fields.add_error("locale", "Choose a language.");
        }
        let vat_number = line(&self.vat_number);
        if is_in_eu(&self.country) && !vat_number.is_empty() {
            match VatNumber::parse(&vat_number, &self.country) {
                Some(number) => own_vat_number = number.text,
                None => fields.add_error(
                    "vat_number",
                    "Enter the VAT number with its country, such as DE136695976, or leave it empty.",
                ),
            }
        } else {
            own_vat_number = vat_number;
        }
        let currency = super::require_choice(fields, "currency", Currency::from_code(&self.currency));
        let tax_rounding = super::require_choice(fields, "tax_rounding", Rounding::parse(&self.tax_rounding));
        let shipping_tax = super::require_choice(fields, "shipping_tax", ShippingTax::parse(&self.shipping_tax));
        let cross_border = super::require_choice(fields, "cross_border", CrossBorder::parse(&self.cross_border));
        let hold = super::parse_integer(fields, "stock_hold_minutes", &self.stock_hold_minutes, 15, (1, 1440));
        let days = super::parse_integer(fields, "transfer_hold_days", &self.transfer_hold_days, 7, (1, 90));
        let start =
            super::parse_integer(fields, "order_number_start", &self.order_number_start, 1001, (1, 1_000_000_000));
        Some(Settings {
            is_set_up: true,
            site_name,
            tagline: line(&self.tagline),
            announcement: line(&self.announcement),
            region: line(&self.region),
            postcode: line(&self.postcode),
            country: self.country,
            currency: currency?,
            time_zone: self.time_zone,
            locale: self.locale,
            prices_include_tax: self.prices_include_tax == "1",
            tax_rounding: tax_rounding?,
            shipping_tax: shipping_tax?,
            cross_border: cross_border?,
            stock_hold_minutes: hold?,
            transfer_hold_days: days?,
            order_number_start: start?,
            accent,
            contact_email,
            bank_account: super::normalise(&self.bank_account).trim().to_owned(),
            business_address: super::normalise(&self.business_address).trim().to_owned(),
            vat_number: own_vat_number,
            vat_exemption: self.vat_exemption == "1",
            check_vat_numbers: self.check_vat_numbers == "1",
            footer_note: line(&self.footer_note),
            hero_title: line(&self.hero_title),
            hero_text: super::normalise(&self.hero_text),
            hero_picture: String::new(),
            hero_action_label: line(&self.hero_action_label),
            story_title: line(&self.story_title),
            story_text: super::normalise(&self.story_text),
            story_picture: String::new(),
            lock_version: super::parse_lock_version(&self.lock_version),
        })
    }
}
