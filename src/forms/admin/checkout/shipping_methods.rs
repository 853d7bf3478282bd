//! The shipping method form. The controller overwrites `currency` with the shop's.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin, rules};
use crate::models::checkout::shipping_method::{EU, ShippingMethod, ShippingTier, TierBasis};
use crate::support::country::Country;
use crate::support::i18n::Message;
use crate::support::normalisation;

const MAX_WEIGHT_GRAMS: i64 = 1_000_000_000;

pub const TIER_ROWS: usize = 6;

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ShippingMethodForm {
    #[validate(length(max = 100, code = "name_too_long"))]
    #[validate(custom(function = rules::present, code = "shipping_name_missing"))]
    name: String,
    countries: String,
    price: String,
    free_over: String,
    min_weight_grams: String,
    max_weight_grams: String,
    position: String,
    pickup: String,
    tier_basis: String,
    currency: String,
    lock_version: String,
}

impl FormObject for ShippingMethodForm {
    type Output = (ShippingMethod, Vec<ShippingTier>);
    const NUMBERED: &'static [(&'static str, Option<&'static str>)] = &[("tier_", Some("tier_basis"))];

    fn into_output(self, fields: &mut Fields) -> Option<(ShippingMethod, Vec<ShippingTier>)> {
        let countries = parse_countries(fields, &self.countries);
        let price = admin::parse_amount(fields, "price", &self.price, &self.currency);
        let free_over = admin::parse_optional_amount(fields, "free_over", &self.free_over, &self.currency);
        let min_weight_g =
            admin::parse_integer(fields, "min_weight_grams", &self.min_weight_grams, 0, (0, MAX_WEIGHT_GRAMS));
        let max_weight_g =
            admin::parse_integer(fields, "max_weight_grams", &self.max_weight_grams, -1, (0, MAX_WEIGHT_GRAMS));
        if let (Some(min), Some(max)) = (min_weight_g, max_weight_g)
            && max >= 0
            && max < min
        {
            fields.add_error("max_weight_grams", Message::ShippingWeightRange);
        }
        let position = admin::parse_integer(fields, "position", &self.position, 0, (0, 10_000));
        let basis = TierBasis::parse(if self.tier_basis.is_empty() { "none" } else { &self.tier_basis });
        let basis = admin::require_choice(fields, "tier_basis", basis);
        let tiers = basis.and_then(|basis| parse_tiers(fields, basis, &self.currency));
        let method = ShippingMethod {
            public_id: String::new(),
            name: self.name.trim().to_owned(),
            countries: countries?,
            price_minor: price?.minor,
            free_over_minor: free_over?.map(|money| money.minor),
            min_weight_g: min_weight_g?,
            max_weight_g: max_weight_g.filter(|max| *max >= 0),
            pickup: self.pickup == "1",
            position: position?,
            tier_basis: basis?,
            lock_version: admin::parse_lock_version(&self.lock_version),
        };
        Some((method, tiers?))
    }
}

/// Price tiers in ascending order from `tier_from_{n}` and `tier_price_{n}`; empty rows are skipped.
fn parse_tiers(fields: &mut Fields, basis: TierBasis, currency: &str) -> Option<Vec<ShippingTier>> {
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
            TierBasis::Weight => admin::parse_integer(fields, &from_name, &from, 0, (0, MAX_WEIGHT_GRAMS)),
            _ => admin::parse_amount(fields, &from_name, &from, currency).map(|money| money.minor),
        };
        let price = admin::parse_amount(fields, &price_name, &price, currency).map(|money| money.minor);
        let (Some(from), Some(price_minor)) = (from, price) else { continue };
        if tiers.iter().any(|tier| tier.from_value == from) {
            fields.add_error(&from_name, Message::TierTwice);
        }
        tiers.push(ShippingTier { from_value: from, price_minor });
    }
    if basis != TierBasis::None && is_empty {
        fields.add_error("tier_from_1", Message::TiersMissing);
    }
    tiers.sort_by_key(|tier| tier.from_value);
    Some(tiers)
}

/// Normalises `DE, at FR` to `DE AT FR`; `EU` is the European Union, `*` everywhere.
fn parse_countries(fields: &mut Fields, text: &str) -> Option<String> {
    let mut codes: Vec<String> = Vec::new();
    let text = normalisation::normalise_nfkc(text);
    for code in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、')).filter(|code| !code.is_empty())
    {
        let code = code.to_uppercase();
        if code != "*" && code != EU && Country::find(&code).is_none() {
            fields.add_error("countries", Message::CountryCodeUnknown { code });
            return None;
        }
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.is_empty() {
        fields.add_error("countries", Message::CountriesMissing);
        return None;
    }
    Some(if codes.iter().any(|code| code == "*") { "*".to_owned() } else { codes.join(" ") })
}
