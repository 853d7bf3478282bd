//! The shop's tax rules and those of single countries, as staff see them.

use crate::models::checkout::tax_override::TaxOverride;
use crate::models::platform::setting::{CrossBorder, Rounding, Settings, ShippingTax};
use crate::paths;
use crate::support::country::Country;
use crate::support::i18n::Locale;
use crate::views::SelectOption;
use crate::views::admin::checkout::tax_rates::CountryTaxRules;

pub fn country_tax_rules(t: Locale, setting: &TaxOverride) -> CountryTaxRules {
    let price_basis = setting
        .prices_include_tax
        .map(|included| if included { t.admin_tax_rule_prices_include() } else { t.admin_tax_rule_prices_exclude() });
    let rounding = setting.rounding.map(|rounding| match rounding {
        Rounding::RateGroup => t.admin_tax_rule_rounding_rate_group(),
        Rounding::Line => t.admin_tax_rule_rounding_line(),
    });
    let cross_border = setting.cross_border.map(|rule| match rule {
        CrossBorder::KeepGross => t.admin_tax_rule_keep_gross(),
        CrossBorder::KeepNet => t.admin_tax_rule_keep_net(),
    });
    let rules: Vec<&str> = [price_basis, rounding, cross_border].into_iter().flatten().collect();
    CountryTaxRules {
        href: paths::admin::tax_override(&setting.country),
        country: t.country(&setting.country).unwrap_or(&setting.country).to_owned(),
        rules: with_capital(&rules.join(", ")),
    }
}

pub fn tax_rounding_options(t: Locale) -> Vec<SelectOption> {
    let label = |rounding: &Rounding| match rounding {
        Rounding::RateGroup => t.admin_tax_rounding_rate_group(),
        Rounding::Line => t.admin_tax_rounding_line(),
    };
    Rounding::ALL.iter().map(|rounding| SelectOption::new(rounding.as_str(), label(rounding))).collect()
}

pub fn shipping_tax_options(t: Locale) -> Vec<SelectOption> {
    let label = |tax: &ShippingTax| match tax {
        ShippingTax::Standard => t.admin_setting_shipping_tax_standard(),
        ShippingTax::Highest => t.admin_setting_shipping_tax_highest(),
        ShippingTax::Proportional => t.admin_setting_shipping_tax_proportional(),
    };
    ShippingTax::ALL.iter().map(|tax| SelectOption::new(tax.as_str(), label(tax))).collect()
}

pub fn cross_border_options(t: Locale) -> Vec<SelectOption> {
    let label = |rule: &CrossBorder| match rule {
        CrossBorder::KeepGross => t.admin_tax_keep_gross(),
        CrossBorder::KeepNet => t.admin_tax_keep_net(),
    };
    CrossBorder::ALL.iter().map(|rule| SelectOption::new(rule.as_str(), label(rule))).collect()
}

pub fn foreign_country_options(t: Locale, settings: &Settings) -> Vec<SelectOption> {
    let foreign = Country::list(t).into_iter().filter(|known| known.code != settings.country);
    let foreign = foreign.map(|known| SelectOption::new(known.code, known.name(t)));
    with_first(t.admin_tax_rules_choose_country(), foreign.collect())
}

/// Whether prices include the tax of a country; the first choice is as the shop.
pub fn own_price_basis_options(t: Locale, settings: &Settings) -> Vec<SelectOption> {
    let same = if settings.prices_include_tax {
        t.admin_tax_rules_prices_same_include()
    } else {
        t.admin_tax_rules_prices_same_exclude()
    };
    let own = [("yes", t.admin_tax_rules_prices_include()), ("no", t.admin_tax_rules_prices_exclude())];
    with_first(same, own.map(|(value, label)| SelectOption::new(value, label)).to_vec())
}

/// How the taxes of a country are rounded; the first choice is as the shop.
pub fn own_rounding_options(t: Locale, settings: &Settings) -> Vec<SelectOption> {
    let same = match settings.tax_rounding {
        Rounding::RateGroup => t.admin_tax_rules_rounding_same_rate_group(),
        Rounding::Line => t.admin_tax_rules_rounding_same_line(),
    };
    with_first(same, tax_rounding_options(t))
}

/// What buyers in a country pay; the first choice is as the shop.
pub fn own_cross_border_options(t: Locale, settings: &Settings) -> Vec<SelectOption> {
    let same = match settings.cross_border {
        CrossBorder::KeepGross => t.admin_tax_rules_same_keep_gross(),
        CrossBorder::KeepNet => t.admin_tax_rules_same_keep_net(),
    };
    with_first(same, cross_border_options(t))
}

/// Puts a choice with an empty value before others.
fn with_first(label: &str, others: Vec<SelectOption>) -> Vec<SelectOption> {
    std::iter::once(SelectOption::new("", label)).chain(others).collect()
}

fn with_capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
