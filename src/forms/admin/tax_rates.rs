//! The form of a tax rate.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::product::TaxClass;
use crate::models::tax_rate::TaxRate;
use crate::support::country::Country;
use crate::support::money::parse_percent;

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
}

impl Checked for TaxRateForm {
    type Output = TaxRate;

    fn checked(self, fields: &mut Fields) -> Option<TaxRate> {
        let country = self.country.trim().to_uppercase();
        if Country::find(&country).is_none() {
            fields.refuse("country", "Type the two-letter code of a country, such as DE.");
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
        Some(TaxRate {
            public_id: String::new(),
            country,
            region: self.region.trim().to_owned(),
            tax_class: tax_class?,
            name,
            rate_ppm: rate_ppm?,
            applies_to_shipping: self.applies_to_shipping == "1",
        })
    }
}
