//! The form of a way of sending. The controller sets the field `currency`: it is the shop's, whatever is sent.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::shipping_method::{EU, ShippingMethod, Tier, TierBasis};
use crate::support::country::Country;
use crate::support::fold;

/// Heaviest parcel, in grams.
const HEAVIEST: i64 = 1_000_000_000;

/// Steps of a price at most: as many rows has the form.
pub const TIER_ROWS: usize = 6;

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
    tier_basis: String,
    lock_version: String,
}

impl Checked for ShippingMethodForm {
    type Output = (ShippingMethod, Vec<Tier>);

    fn checked(self, fields: &mut Fields) -> Option<(ShippingMethod, Vec<Tier>)> {
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
        let basis = TierBasis::parse(if self.tier_basis.is_empty() { "none" } else { &self.tier_basis });
        if basis.is_none() {
            fields.refuse("tier_basis", "Choose one of these.");
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
            lock_version: super::lock_version(&self.lock_version),
        };
        Some((method, tiers?))
    }
}

/// The steps, lowest first: `tier_from_1` and `tier_price_1`, and so on. Rows left empty do not count.
fn tiers(fields: &mut Fields, basis: TierBasis, currency: &str) -> Option<Vec<Tier>> {
    let mut tiers: Vec<Tier> = Vec::new();
    let mut is_empty = true;
    for row in 1..=TIER_ROWS {
        let (from_name, price_name) = (format!("tier_from_{row}"), format!("tier_price_{row}"));
        let (from, price) = (fields.value(&from_name).to_owned(), fields.value(&price_name).to_owned());
        if basis == TierBasis::None || (from.trim().is_empty() && price.trim().is_empty()) {
            continue;
        }
        is_empty = false;
        let from = match basis {
            TierBasis::Weight => super::whole(fields, &from_name, &from, 0, (0, HEAVIEST)),
            _ => super::amount(fields, &from_name, &from, currency).map(|money| money.minor),
        };
        let price = super::amount(fields, &price_name, &price, currency).map(|money| money.minor);
        let (Some(from), Some(price_minor)) = (from, price) else { continue };
        if tiers.iter().any(|tier| tier.from == from) {
            fields.refuse(&from_name, "Another step begins here already.");
        }
        tiers.push(Tier { from, price_minor });
    }
    if basis != TierBasis::None && is_empty {
        fields.refuse("tier_from_1", "Fill in at least one step, or choose one price for all.");
    }
    tiers.sort_by_key(|tier| tier.from);
    Some(tiers)
}

/// `DE, at FR` as `DE AT FR`, with `EU` for the union, or a star.
fn countries(fields: &mut Fields, typed: &str) -> Option<String> {
    let mut codes: Vec<String> = Vec::new();
    let typed = fold::plain(typed);
    for code in
        typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、')).filter(|code| !code.is_empty())
    {
        let code = code.to_uppercase();
        if code != "*" && code != EU && Country::find(&code).is_none() {
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
