//! The shipping method form. The controller overwrites `currency` with the shop's.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::models::checkout::shipping_method::{EU, ShippingMethod, ShippingTier, TierBasis};
use crate::support::country::Country;
use crate::support::normalisation;

/// Maximum weight in grams.
const HEAVIEST: i64 = 1_000_000_000;

/// Maximum price tiers, equal to the rows in the form.
pub const TIER_ROWS: usize = 6;

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
    tier_basis: String,
    lock_version: String,
}

impl FormObject for ShippingMethodForm {
    type Output = (ShippingMethod, Vec<ShippingTier>);

    fn into_output(self, fields: &mut Fields) -> Option<(ShippingMethod, Vec<ShippingTier>)> {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            fields.add_error("name", "Enter a name that customers will understand.");
        }
        let countries = countries(fields, &self.countries);
        let price = super::parse_amount(fields, "price", &self.price, &self.currency);
        let free_over = super::parse_optional_amount(fields, "free_over", &self.free_over, &self.currency);
        let least = super::parse_integer(fields, "min_weight_grams", &self.min_weight_grams, 0, (0, HEAVIEST));
        let most = super::parse_integer(fields, "max_weight_grams", &self.max_weight_grams, -1, (0, HEAVIEST));
        if let (Some(least), Some(most)) = (least, most)
            && most >= 0
            && most < least
        {
            fields.add_error("max_weight_grams", "This must be more than the minimum weight.");
        }
        let position = super::parse_integer(fields, "position", &self.position, 0, (0, 10_000));
        let basis = TierBasis::parse(if self.tier_basis.is_empty() { "none" } else { &self.tier_basis });
        if basis.is_none() {
            fields.add_error("tier_basis", "Choose one of these.");
        }
        let tiers = basis.and_then(|basis| tiers(fields, basis, &self.currency));
        let method = ShippingMethod {
            public_id: String::new(),
            name,
            countries: countries?,
            price_minor: price?.minor,
            free_over_minor: free_over?.map(|money| money.minor),
            min_weight_g: least?,
            max_weight_g: most.filter(|most| *most >= 0),
            pickup: self.pickup == "1",
            position: position?,
            tier_basis: basis?,
            lock_version: super::parse_lock_version(&self.lock_version),
        };
        Some((method, tiers?))
    }
}

/// Price tiers in ascending order from `tier_from_{n}` and `tier_price_{n}`; empty rows are skipped.
fn tiers(fields: &mut Fields, basis: TierBasis, currency: &str) -> Option<Vec<ShippingTier>> {
    let mut tiers: Vec<ShippingTier> = Vec::new();
    let mut is_empty = true;
    for row in 1..=TIER_ROWS {
        let (from_name, price_name) = (format!("tier_from_{row}"), format!("tier_price_{row}"));
        let (from, price) = (fields.value(&from_name).to_owned(), fields.value(&price_name).to_owned());
        if basis == TierBasis::None || (from.trim().is_empty() && price.trim().is_empty()) {
            continue;
        }
        is_empty = false;
        let from = match basis {
            TierBasis::Weight => super::parse_integer(fields, &from_name, &from, 0, (0, HEAVIEST)),
            _ => super::parse_amount(fields, &from_name, &from, currency).map(|money| money.minor),
        };
        let price = super::parse_amount(fields, &price_name, &price, currency).map(|money| money.minor);
        let (Some(from), Some(price_minor)) = (from, price) else { continue };
        if tiers.iter().any(|tier| tier.from_value == from) {
            fields.add_error(&from_name, "Another tier already starts here.");
        }
        tiers.push(ShippingTier { from_value: from, price_minor });
    }
    if basis != TierBasis::None && is_empty {
        fields.add_error("tier_from_1", "Fill in at least one tier, or choose the flat rate.");
    }
    tiers.sort_by_key(|tier| tier.from_value);
    Some(tiers)
}

/// Normalises `DE, at FR` to `DE AT FR`; `EU` is the European Union, `*` everywhere.
fn countries(fields: &mut Fields, typed: &str) -> Option<String> {
    let mut codes: Vec<String> = Vec::new();
    let typed = normalisation::normalise_nfkc(typed);
    for code in
        typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、')).filter(|code| !code.is_empty())
    {
        let code = code.to_uppercase();
        if code != "*" && code != EU && Country::find(&code).is_none() {
            fields.add_error(
                "countries",
                format!("{code} is not a country code. Use two-letter codes such as DE, AT, FR."),
            );
            return None;
        }
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() {
        fields.add_error("countries", "Enter at least one country, or an asterisk (*) for everywhere.");
        return None;
    }
    Some(if codes.iter().any(|code| code == "*") { "*".to_owned() } else { codes.join(" ") })
}
