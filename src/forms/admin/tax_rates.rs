//! The tax rate form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::models::catalog::product::TaxClass;
use crate::models::checkout::tax_rate::TaxRate;
use crate::support::clock;
use crate::support::country::Country;
use crate::support::money::parse_percent;
use crate::support::{normalisation, postcode, subdivision};

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct TaxRateForm {
    country: String,
    #[validate(length(max = 100, message = "A region has at most 100 characters."))]
    region: String,
    tax_class: String,
    #[validate(length(max = 100, message = "A name has at most 100 characters."))]
    name: String,
    rate: String,
    applies_to_shipping: String,
    postcode: String,
    priority: String,
    compound: String,
    valid_from: String,
    valid_to: String,
    lock_version: String,
}

impl FormObject for TaxRateForm {
    type Output = TaxRate;

    fn into_output(self, fields: &mut Fields) -> Option<TaxRate> {
        let country = normalisation::normalise_nfkc(&self.country).to_uppercase();
        let found = Country::find(&country);
        if found.is_none() {
            fields.add_error("country", "Enter a two-letter country code, such as DE.");
        }
        let mut region = normalisation::normalise(&self.region);
        if let (Some(found), Some(first)) = (found, subdivision::for_country(&country).first())
            && !region.is_empty()
        {
            match subdivision::find(&country, &region) {
                Some(known) => region = known.code.to_owned(),
                None => fields.add_error(
                    "region",
                    format!(
                        "{region} is not a state or region of {}. Enter its code or name, such as {} or {}.",
                        found.name, first.code, first.name
                    ),
                ),
            }
        }
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            fields.add_error("name", "Enter the name shown on invoices, such as VAT 19 %.");
        }
        let tax_class = TaxClass::parse(if self.tax_class.is_empty() { "standard" } else { &self.tax_class });
        if tax_class.is_none() {
            fields.add_error("tax_class", "Choose one of these.");
        }
        let rate_ppm = parse_percent(&self.rate);
        if rate_ppm.is_none() {
            fields.add_error("rate", "Enter a percentage from 0 to 100 with at most 4 decimals, such as 19 or 8.875.");
        }
        let postcode = postcode::parse_patterns(&self.postcode, &country);
        if let Err(wrong) = &postcode {
            fields.add_error("postcode", wrong.clone());
        }
        let priority = super::parse_integer(fields, "priority", &self.priority, 1, (1, 9));
        let valid_from = day(fields, "valid_from", &self.valid_from);
        let valid_to = day(fields, "valid_to", &self.valid_to);
        if let (Some(from), Some(to)) = (&valid_from, &valid_to)
            && !to.is_empty()
            && to < from
        {
            fields.add_error("valid_to", "The last day must not be before the first.");
        }
        Some(TaxRate {
            region,
            applies_to_shipping: self.applies_to_shipping == "1",
            postcode: postcode.ok()?,
            priority: priority?,
            compound: self.compound == "1",
            valid_from: valid_from?,
            valid_to: valid_to?,
            lock_version: super::parse_lock_version(&self.lock_version),
            ..TaxRate::new(&country, tax_class?, &name, rate_ppm?)
        })
    }
}

/// Parses an optional date, `2026-01-31`; empty is valid.
fn day(fields: &mut Fields, name: &str, typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(String::new());
    }
    let day = clock::parse_day(typed);
    if day.is_none() {
        fields.add_error(name, "Enter a date such as 2026-01-31, or leave it empty.");
    }
    day
}
