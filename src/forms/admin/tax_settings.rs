//! The form of a country's own rules of tax.

use serde::Deserialize;
use validator::Validate;

use super::chosen;
use crate::forms::{Checked, Fields};
use crate::models::setting::{CrossBorder, Rounding};
use crate::models::tax_setting::TaxSetting;
use crate::support::country::Country;

/// What the form sends; an empty choice is as for the shop.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct TaxSettingForm {
    country: String,
    prices_include_tax: String,
    tax_rounding: String,
    cross_border: String,
    lock_version: String,
}

impl Checked for TaxSettingForm {
    type Output = TaxSetting;

    fn checked(self, fields: &mut Fields) -> Option<TaxSetting> {
        if Country::find(&self.country).is_none() {
            fields.refuse("country", "Choose a country.");
        }
        let yes_or_no = |typed: &str| match typed {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let found = TaxSetting {
            country: self.country,
            lock_version: super::lock_version(&self.lock_version),
            prices_include_tax: own(fields, "prices_include_tax", &self.prices_include_tax, yes_or_no)?,
            rounding: own(fields, "tax_rounding", &self.tax_rounding, Rounding::parse)?,
            cross_border: own(fields, "cross_border", &self.cross_border, CrossBorder::parse)?,
        };
        if (found.prices_include_tax, found.rounding, found.cross_border) == (None, None, None) {
            fields.refuse("prices_include_tax", "Choose at least one rule that differs from the shop’s.");
        }
        Some(found)
    }
}

/// What was chosen, or nothing for the shop's rule.
fn own<T>(fields: &mut Fields, name: &str, typed: &str, read: fn(&str) -> Option<T>) -> Option<Option<T>> {
    if typed.is_empty() { Some(None) } else { chosen(fields, name, read(typed)).map(Some) }
}
