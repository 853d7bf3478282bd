//! The form of a tax rate.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::product::TaxClass;
use crate::models::tax_rate::TaxRate;
use crate::support::clock;
use crate::support::country::Country;
use crate::support::money::parse_percent;
use crate::support::{fold, postcode, subdivision};

/// What the form sends.
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

impl Checked for TaxRateForm {
    type Output = TaxRate;

    fn checked(self, fields: &mut Fields) -> Option<TaxRate> {
        let country = fold::plain(&self.country).to_uppercase();
        let found = Country::find(&country);
        if found.is_none() {
            fields.refuse("country", "Type the two-letter code of a country, such as DE.");
        }
        let mut region = fold::tidy(&self.region);
        if let (Some(found), Some(first)) = (found, subdivision::of(&country).first())
            && !region.is_empty()
        {
            match subdivision::find(&country, &region) {
                Some(known) => region = known.code.to_owned(),
                None => fields.refuse(
                    "region",
                    format!(
                        "{region} is no state or region of {}. Type its code or its name, such as {} or {}.",
                        found.name, first.code, first.name
                    ),
                ),
            }
        }
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            fields.refuse("name", "Give it the name that stands on receipts, such as VAT 19 %.");
        }
        let tax_class = TaxClass::parse(if self.tax_class.is_empty() { "standard" } else { &self.tax_class });
        if tax_class.is_none() {
            fields.refuse("tax_class", "Choose one of these.");
        }
        let rate_ppm = parse_percent(&self.rate);
        if rate_ppm.is_none() {
            fields.refuse("rate", "Type a percentage from 0 to 100 with at most 4 decimals, such as 19 or 8.875.");
        }
        let postcode = postcode::read(&self.postcode, &country);
        if let Err(wrong) = &postcode {
            fields.refuse("postcode", wrong.clone());
        }
        let priority = super::whole(fields, "priority", &self.priority, 1, (1, 9));
        let valid_from = day(fields, "valid_from", &self.valid_from);
        let valid_to = day(fields, "valid_to", &self.valid_to);
        if let (Some(from), Some(to)) = (&valid_from, &valid_to)
            && !to.is_empty()
            && to < from
        {
            fields.refuse("valid_to", "The last day must not be before the first.");
        }
        Some(TaxRate {
            region,
            applies_to_shipping: self.applies_to_shipping == "1",
            postcode: postcode.ok()?,
            priority: priority?,
            compound: self.compound == "1",
            valid_from: valid_from?,
            valid_to: valid_to?,
            lock_version: super::lock_version(&self.lock_version),
            ..TaxRate::plain(&country, tax_class?, &name, rate_ppm?)
        })
    }
}

/// A day, `2026-01-31`, or nothing.
fn day(fields: &mut Fields, name: &str, typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(String::new());
    }
    let day = clock::day(typed);
    if day.is_none() {
        fields.refuse(name, "Type a day such as 2026-01-31, or leave it empty.");
    }
    day
}
