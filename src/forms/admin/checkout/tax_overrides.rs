//! The form for a country's own tax rules.

use serde::Deserialize;
use validator::Validate;

use crate::forms::admin::require_choice;
use crate::forms::{Fields, FormObject, admin};
use crate::models::checkout::tax_override::TaxOverride;
use crate::models::platform::setting::{CrossBorder, Rounding};
use crate::support::country::Country;
use crate::support::i18n::Message;

/// An empty choice means the same as the shop.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct TaxOverrideForm {
    country: String,
    prices_include_tax: String,
    tax_rounding: String,
    cross_border: String,
    lock_version: String,
}

impl FormObject for TaxOverrideForm {
    type Output = TaxOverride;

    fn into_output(self, fields: &mut Fields) -> Option<TaxOverride> {
        if Country::find(&self.country).is_none() {
            fields.add_error("country", Message::CountryMissing);
        }
        let yes_or_no = |text: &str| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let tax_override = TaxOverride {
            country: self.country,
            lock_version: admin::parse_lock_version(&self.lock_version),
            prices_include_tax: parse_own_rule(fields, "prices_include_tax", &self.prices_include_tax, yes_or_no)?,
            rounding: parse_own_rule(fields, "tax_rounding", &self.tax_rounding, Rounding::parse)?,
            cross_border: parse_own_rule(fields, "cross_border", &self.cross_border, CrossBorder::parse)?,
        };
        if (tax_override.prices_include_tax, tax_override.rounding, tax_override.cross_border) == (None, None, None) {
            fields.add_error("prices_include_tax", Message::TaxRulesMissing);
        }
        Some(tax_override)
    }
}

/// Parses a choice: `Some(None)` for the shop's rule, `None` if invalid.
fn parse_own_rule<T>(fields: &mut Fields, name: &str, text: &str, parse: fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { require_choice(fields, name, parse(text)).map(Some) }
}
