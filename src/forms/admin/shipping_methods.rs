//! The form of a way of sending. The controller sets the field `currency`: it is the shop's, whatever is sent.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::shipping_method::ShippingMethod;
use crate::support::country::Country;

/// Heaviest parcel, in grams.
const HEAVIEST: i64 = 1_000_000_000;

/// What the form sends.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ShippingMethodForm {
    #[validate(length(max = 100, message = "A name has at most 100 characters."))]
    name: String,
    countries: String,
    currency: String,
    price: String,
    free_over: String,
    min_weight_grams: String,
    max_weight_grams: String,
    pickup: String,
    position: String,
}

impl Checked for ShippingMethodForm {
    type Output = ShippingMethod;

    fn checked(self, fields: &mut Fields) -> Option<ShippingMethod> {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            fields.refuse("name", "Give it a name that customers understand.");
        }
        let countries = countries(fields, &self.countries);
        let price = super::amount(fields, "price", &self.price, &self.currency);
        let free_over = super::optional_amount(fields, "free_over", &self.free_over, &self.currency);
        let least = super::whole(fields, "min_weight_grams", &self.min_weight_grams, 0, (0, HEAVIEST));
        let most = super::whole(fields, "max_weight_grams", &self.max_weight_grams, -1, (0, HEAVIEST));
        if let (Some(least), Some(most)) = (least, most)
            && most >= 0
            && most < least
        {
            fields.refuse("max_weight_grams", "This must be more than the weight it begins at.");
        }
        let position = super::whole(fields, "position", &self.position, 0, (0, 10_000));
        Some(ShippingMethod {
            public_id: String::new(),
            name,
            countries: countries?,
            price_minor: price?.minor,
            free_over_minor: free_over?.map(|money| money.minor),
            min_weight_g: least?,
            max_weight_g: most.filter(|most| *most >= 0),
            pickup: self.pickup == "1",
            position: position?,
        })
    }
}

/// `DE, at FR` as `DE AT FR`, or a star.
fn countries(fields: &mut Fields, typed: &str) -> Option<String> {
    let mut codes: Vec<String> = Vec::new();
    for code in typed.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|code| !code.is_empty()) {
        let code = code.to_uppercase();
        if code != "*" && Country::find(&code).is_none() {
            fields.refuse("countries", format!("{code} is not a country. Use two-letter codes such as DE, AT, FR."));
            return None;
        }
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() {
        fields.refuse("countries", "Say at least one country, or type a star (*) for everywhere.");
        return None;
    }
    Some(if codes.iter().any(|code| code == "*") { "*".to_owned() } else { codes.join(" ") })
}
