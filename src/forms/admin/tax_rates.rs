//! The form of a tax rate.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::product::TaxClass;
use crate::models::tax_rate::TaxRate;
use crate::support::country::Country;

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
        let rate_ppm = ppm(&self.rate);
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

/// A percentage as typed, in parts per million: exactly, because a fourth decimal is one part.
fn ppm(typed: &str) -> Option<i64> {
    let typed = typed.trim().trim_end_matches('%').trim().replace(',', ".");
    let (whole, decimals) = typed.split_once('.').unwrap_or((&typed, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && decimals.is_empty()) || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let parts: i64 = format!("0{whole}{decimals:0<4}").parse().ok()?;
    (parts <= 1_000_000).then_some(parts)
}

/// Parts per million as people type them in percent: `19`, `8.875`.
pub fn percent(rate_ppm: i64) -> String {
    let text = format!("{}.{:04}", rate_ppm / 10_000, rate_ppm.abs() % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_become_parts_per_million_exactly() {
        for (typed, parts) in [("19", 190_000), ("8.875", 88_750), ("7,5 %", 75_000), ("0", 0), (".0001", 1)] {
            assert_eq!(ppm(typed), Some(parts), "{typed}");
        }
        for typed in ["", ".", "-1", "8.87501", "100.1", "1e1", "a", "1.2.3"] {
            assert_eq!(ppm(typed), None, "{typed}");
        }
        for (parts, typed) in [(190_000, "19"), (88_750, "8.875"), (0, "0"), (1, "0.0001"), (1_000_000, "100")] {
            assert_eq!(percent(parts), typed);
        }
    }
}
