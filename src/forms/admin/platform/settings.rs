//! The settings form.

use jiff::tz::TimeZone;
use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::platform::setting::{CrossBorder, Rounding, Settings, ShippingTax};
use crate::support::country::{Country, is_in_eu};
use crate::support::i18n::{Locale, Message};
use crate::support::money::Currency;
use crate::support::vat_number::VatNumber;
pub mod limits {
    pub const TRANSFER_HOLD_DAYS: i64 = 90;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct SettingsForm {
    #[validate(length(max = 100, code = "site_name_too_long"))]
    #[validate(custom(function = rules::present, code = "site_name_missing"))]
    site_name: String,
    #[validate(length(max = 200, code = "tagline_too_long"))]
    tagline: String,
    #[validate(length(max = 300, code = "announcement_too_long"))]
    announcement: String,
    contact_email: String,
    #[validate(length(max = 500, code = "footer_note_too_long"))]
    footer_note: String,
    accent: String,
    country: String,
    #[validate(length(max = 120, code = "region_too_long"))]
    region: String,
    #[validate(length(max = 20, code = "postcode_too_long"))]
    postcode: String,
    currency: String,
    time_zone: String,
    locale: String,
    #[validate(length(max = 200, code = "headline_too_long"))]
    hero_title: String,
    #[validate(length(max = 1000, code = "text_too_long"))]
    hero_text: String,
    #[validate(length(max = 60, code = "button_label_too_long"))]
    hero_action_label: String,
    #[validate(length(max = 200, code = "headline_too_long"))]
    story_title: String,
    #[validate(length(max = 10_000, code = "story_too_long"))]
    story_text: String,
    prices_include_tax: String,
    tax_rounding: String,
    shipping_tax: String,
    cross_border: String,
    vat_exemption: String,
    check_vat_numbers: String,
    #[validate(length(max = 1000, code = "business_address_too_long"))]
    business_address: String,
    #[validate(length(max = 30, code = "vat_number_too_long"))]
    vat_number: String,
    stock_hold_minutes: String,
    transfer_hold_days: String,
    order_number_start: String,
    refund_confirmation_limit: String,
    #[validate(length(max = 1000, code = "bank_account_too_long"))]
    bank_account: String,
    lock_version: String,
}

impl FormObject for SettingsForm {
    /// `is_set_up` and the pictures are not in the form; the controller keeps their stored values.
    type Output = Settings;

    fn into_output(self, fields: &mut Fields) -> Option<Settings> {
        let trimmed = |text: &str| text.trim().to_owned();
        let mut own_vat_number = String::new();
        let contact_email =
            admin::parse_optional_email(fields, "contact_email", &self.contact_email).unwrap_or_default();
        let accent = trimmed(&self.accent).trim_start_matches('#').to_lowercase();
        let is_hex = accent.len() == 6 && accent.bytes().all(|b| b.is_ascii_hexdigit());
        if !accent.is_empty() && !is_hex {
            fields.add_error("accent", Message::AccentMalformed);
        }
        if Country::find(&self.country).is_none() {
            fields.add_error("country", Message::CountryMissing);
        }
        if self.time_zone.is_empty() || TimeZone::get(&self.time_zone).is_err() {
            fields.add_error("time_zone", Message::TimeZoneMissing);
        }
        let locale = Locale::from_code(&self.locale);
        if locale.is_none() {
            fields.add_error("locale", Message::LanguageMissing);
        }
        let vat_number = trimmed(&self.vat_number);
        if is_in_eu(&self.country) && !vat_number.is_empty() {
            match VatNumber::parse(&vat_number, &self.country) {
                Some(number) => own_vat_number = number.text,
                None => fields.add_error("vat_number", Message::ShopVatNumberMalformed),
            }
        } else {
            own_vat_number = vat_number;
        }
        let currency = admin::require_choice(fields, "currency", Currency::from_code(&self.currency));
        let tax_rounding = admin::require_choice(fields, "tax_rounding", Rounding::parse(&self.tax_rounding));
        let shipping_tax = admin::require_choice(fields, "shipping_tax", ShippingTax::parse(&self.shipping_tax));
        let cross_border = admin::require_choice(fields, "cross_border", CrossBorder::parse(&self.cross_border));
        let hold_minutes = admin::parse_integer(fields, "stock_hold_minutes", &self.stock_hold_minutes, 15, (1, 1440));
        let hold_days = admin::parse_integer(
            fields,
            "transfer_hold_days",
            &self.transfer_hold_days,
            7,
            (1, limits::TRANSFER_HOLD_DAYS),
        );
        let first_number =
            admin::parse_integer(fields, "order_number_start", &self.order_number_start, 1001, (1, 1_000_000_000));
        let refund_limit = admin::parse_integer(
            fields,
            "refund_confirmation_limit",
            &self.refund_confirmation_limit,
            250,
            (0, 100_000_000),
        );
        Some(Settings {
            is_set_up: true,
            site_name: trimmed(&self.site_name),
            tagline: trimmed(&self.tagline),
            announcement: trimmed(&self.announcement),
            region: trimmed(&self.region),
            postcode: trimmed(&self.postcode),
            country: self.country,
            currency: currency?,
            time_zone: self.time_zone,
            locale: locale?,
            prices_include_tax: self.prices_include_tax == "1",
            tax_rounding: tax_rounding?,
            shipping_tax: shipping_tax?,
            cross_border: cross_border?,
            stock_hold_minutes: hold_minutes?,
            transfer_hold_days: hold_days?,
            order_number_start: first_number?,
            refund_confirmation_limit: refund_limit?,
            accent,
            contact_email,
            bank_account: admin::normalise(&self.bank_account).trim().to_owned(),
            business_address: admin::normalise(&self.business_address).trim().to_owned(),
            vat_number: own_vat_number,
            vat_exemption: self.vat_exemption == "1",
            check_vat_numbers: self.check_vat_numbers == "1",
            footer_note: trimmed(&self.footer_note),
            hero_title: trimmed(&self.hero_title),
            hero_text: admin::normalise(&self.hero_text),
            hero_picture: String::new(),
            hero_action_label: trimmed(&self.hero_action_label),
            story_title: trimmed(&self.story_title),
            story_text: admin::normalise(&self.story_text),
            story_picture: String::new(),
            lock_version: admin::parse_lock_version(&self.lock_version),
        })
    }
}
