//! Shipping methods, as staff see them.

use crate::models::checkout::shipping_method::{EU, ShippingMethod, TierBasis};
use crate::paths;
use crate::presenters::format::Format;
use crate::support::i18n::{Locale, Message};
use crate::views::SelectOption;
use crate::views::admin::checkout::shipping_methods::{Group, Row};

/// Shipping methods with their number of price tiers, grouped by destination.
pub fn shipping_method_groups(methods: Vec<(ShippingMethod, usize)>, format: &Format) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (method, tier_count) in methods {
        let countries = countries_label(format.locale, &method.countries);
        let row = shipping_method_row(method, tier_count, format);
        match groups.iter_mut().find(|group| group.countries == countries) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { countries, rows: vec![row] }),
        }
    }
    groups
}

pub fn tier_basis_options(t: Locale) -> Vec<SelectOption> {
    let label = |basis: &TierBasis| match basis {
        TierBasis::None => t.admin_shipping_tiers_none(),
        TierBasis::Weight => t.admin_shipping_tiers_weight(),
        TierBasis::Subtotal => t.admin_shipping_tiers_subtotal(),
    };
    TierBasis::ALL.iter().map(|basis| SelectOption::new(basis.as_str(), label(basis))).collect()
}

fn shipping_method_row(method: ShippingMethod, tier_count: usize, format: &Format) -> Row {
    Row {
        href: paths::admin::shipping_method(&method.public_id),
        tier_count: Message::count(tier_count),
        weight: weight_range(format.locale, &method),
        free_over: method.free_over_minor.map(|minor| format.amount(minor)),
        price: format.amount(method.price_minor),
        pickup: method.pickup,
        name: method.name,
    }
}

fn countries_label(t: Locale, codes: &str) -> String {
    if codes == "*" {
        return t.admin_shipping_everywhere().to_owned();
    }
    let name = |code| match code {
        EU => t.admin_shipping_eu(),
        code => t.country(code).unwrap_or(code),
    };
    let names: Vec<&str> = codes.split(' ').map(name).collect();
    match names.as_slice() {
        [first, second, rest @ ..] if rest.len() > 1 => t.admin_shipping_more_countries(first, second, rest.len()),
        few => few.join(", "),
    }
}

fn weight_range(t: Locale, method: &ShippingMethod) -> String {
    match (method.min_weight_g, method.max_weight_g) {
        (0, None) => t.admin_shipping_weight_any().to_owned(),
        (0, Some(most)) => t.admin_shipping_weight_up_to(weight_label(t, most)),
        (least, None) => t.admin_shipping_weight_from(weight_label(t, least)),
        (least, Some(most)) => t.admin_shipping_weight_between(weight_label(t, least), weight_label(t, most)),
    }
}

fn weight_label(t: Locale, grams: i64) -> String {
    if grams < 1000 {
        t.admin_shipping_grams(grams)
    } else {
        t.admin_shipping_kilograms(t.format_short_decimal(grams, 3))
    }
}
