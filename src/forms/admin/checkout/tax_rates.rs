//! The tax rate form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::catalog::product::TaxClass;
use crate::models::checkout::tax_rate::TaxRate;
use crate::support::clock;
use crate::support::country::Country;
use crate::support::i18n::Message;
use crate::support::money::parse_percent;
use crate::support::{normalisation, postcode, subdivision};

pub mod limits {
    pub const PRIORITY: i64 = 9;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct TaxRateForm {
    country: String,
    #[validate(length(max = 100, code = "tax_region_too_long"))]
    region: String,
    #[validate(length(max = 100, code = "name_too_long"))]
    #[validate(custom(function = rules::present, code = "tax_name_missing"))]
    name: String,
    rate: String,
    tax_class: String,
    postcode: String,
    applies_to_shipping: String,
    valid_from: String,
    valid_to: String,
    priority: String,
    compound: String,
    lock_version: String,
}

impl FormObject for TaxRateForm {
    type Output = TaxRate;

    fn into_output(self, fields: &mut Fields) -> Option<TaxRate> {
        let country = normalisation::normalise_nfkc(&self.country).to_uppercase();
        if Country::find(&country).is_none() {
            fields.add_error("country", Message::CountryCodeMissing);
        }
        let mut region = normalisation::normalise(&self.region);
        if let Some(first) = subdivision::for_country(&country).first()
            && !region.is_empty()
        {
            match subdivision::find(&country, &region) {
                Some(subdivision) => region = subdivision.code.to_owned(),
                None => {
                    let (code, name) = (first.code.to_owned(), first.name.to_owned());
                    let (region, country) = (region.clone(), country.clone());
                    fields.add_error("region", Message::TaxRegionUnknown { region, country, code, name });
                }
            }
        }
        let tax_class = TaxClass::parse(if self.tax_class.is_empty() { "standard" } else { &self.tax_class });
        let tax_class = admin::require_choice(fields, "tax_class", tax_class);
        let rate_ppm = parse_percent(&self.rate);
        if rate_ppm.is_none() {
            fields.add_error("rate", Message::TaxPercentageMalformed);
        }
        let postcode = postcode::parse_patterns(&self.postcode, &country);
        if let Err(message) = &postcode {
            fields.add_error("postcode", message.clone());
        }
        let priority = admin::parse_integer(fields, "priority", &self.priority, 1, (1, limits::PRIORITY));
        let valid_from = parse_optional_day(fields, "valid_from", &self.valid_from);
        let valid_to = parse_optional_day(fields, "valid_to", &self.valid_to);
        if let (Some(from), Some(to)) = (&valid_from, &valid_to)
            && !to.is_empty()
            && to < from
        {
            fields.add_error("valid_to", Message::TaxPeriodBackwards);
        }
        Some(TaxRate {
            region,
            applies_to_shipping: self.applies_to_shipping == "1",
            postcode: postcode.ok()?,
            priority: priority?,
            compound: self.compound == "1",
            valid_from: valid_from?,
            valid_to: valid_to?,
            lock_version: admin::parse_lock_version(&self.lock_version),
            ..TaxRate::new(&country, tax_class?, self.name.trim(), rate_ppm?)
        })
    }
}

fn parse_optional_day(fields: &mut Fields, name: &str, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let day = clock::parse_day(text);
    if day.is_none() {
        fields.add_error(name, Message::DateMalformed);
    }
    day
}
