//! Tax rates, as staff see them.

use crate::models::catalog::product::TaxClass;
use crate::models::checkout::tax_rate::TaxRate;
use crate::paths;
use crate::presenters::catalog::tax_class::tax_class_label;
use crate::presenters::format::Format;
use crate::support::country::is_in_eu;
use crate::support::i18n::Locale;
use crate::support::money::format_percent;
use crate::support::{slug, subdivision};
use crate::views::SelectOption;
use crate::views::admin::checkout::tax_rates::{Group, Row};

/// Tax rates grouped by country, in alphabetical order. `home` is the country of the shop, `day` is today.
pub fn tax_rate_groups(rates: &[TaxRate], home: &str, day: &str, format: &Format) -> Vec<Group> {
    let t = format.locale;
    let mut groups: Vec<Group> = Vec::new();
    for rate in rates {
        let country = t.country(&rate.country).unwrap_or(&rate.country);
        let row = Row { warning: coverage_warning(t, rates, rate, home, day), ..tax_rate_row(t, rate, day) };
        match groups.iter_mut().find(|group| group.country == country) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { country: country.to_owned(), rows: vec![row] }),
        }
    }
    groups.sort_by_cached_key(|group| slug::sort_key(&group.country));
    groups
}

pub fn region_options(country: &str) -> Vec<SelectOption> {
    let regions = subdivision::for_country(country).iter();
    regions.map(|known| SelectOption::new(known.code, known.name)).collect()
}

/// A warning about tax classes without a rate in the country, shown once, beside the first rate in force there.
fn coverage_warning(t: Locale, all: &[TaxRate], rate: &TaxRate, home: &str, day: &str) -> Option<String> {
    let there = || all.iter().filter(|other| other.country == rate.country && other.is_in_force(day));
    let covers = |class, everywhere: bool| {
        let is_everywhere = |other: &&TaxRate| other.region.is_empty() && other.postcode.is_empty();
        there().any(|other| other.tax_class == class && (!everywhere || is_everywhere(&other)))
    };
    let is_first = there().next().is_some_and(|first| first.public_id == rate.public_id);
    if !is_first {
        return None;
    }
    let country = t.country(&rate.country).unwrap_or(&rate.country);
    let (standard, reduced) = (covers(TaxClass::Standard, false), covers(TaxClass::Reduced, false));
    match (standard, reduced) {
        (true, false) => Some(t.admin_tax_no_reduced(country)),
        (true, true) if covers(TaxClass::Standard, true) && !covers(TaxClass::Reduced, true) => {
            Some(t.admin_tax_no_reduced_everywhere(country))
        }
        (false, _) if is_in_eu(home) && is_in_eu(&rate.country) && home != rate.country => {
            Some(t.admin_tax_no_standard_in_eu(country, t.country(home).unwrap_or(home)))
        }
        (false, _) => Some(t.admin_tax_no_standard(country)),
        _ => None,
    }
}

fn tax_rate_row(t: Locale, rate: &TaxRate, day: &str) -> Row {
    let place = place_label(t, rate);
    Row {
        href: paths::admin::tax_rate(&rate.public_id),
        place_and_class: match rate.tax_class {
            TaxClass::Standard => t.admin_tax_place_standard(&place),
            TaxClass::Reduced => t.admin_tax_place_reduced(&place),
            TaxClass::Zero => t.admin_tax_place_zero(&place),
        },
        place,
        warning: None,
        validity: validity_label(t, rate, day),
        priority: rate.priority,
        compound: rate.compound,
        tax_class: tax_class_label(t, rate.tax_class).to_owned(),
        rate: t.admin_tax_percent(format_percent(rate.rate_ppm, t)),
        name: rate.name.clone(),
    }
}

fn place_label(t: Locale, rate: &TaxRate) -> String {
    let region = || subdivision::display_name(&rate.country, &rate.region);
    match (rate.region.is_empty(), rate.postcode.is_empty()) {
        (true, true) => t.admin_tax_whole_country().to_owned(),
        (false, true) => region(),
        (true, false) => t.admin_tax_postcodes(&rate.postcode),
        (false, false) => t.admin_tax_region_postcodes(region(), &rate.postcode),
    }
}

fn validity_label(t: Locale, rate: &TaxRate, day: &str) -> String {
    let date = |day: &str| Some(t.format_day(day)).filter(|date| !date.is_empty());
    match (date(&rate.valid_from), date(&rate.valid_to), rate.is_in_force(day)) {
        (None, None, _) => String::new(),
        (Some(first), None, true) => t.admin_tax_valid_from(first),
        (Some(first), None, false) => t.admin_tax_valid_from_not_today(first),
        (None, Some(last), true) => t.admin_tax_valid_until(last),
        (None, Some(last), false) => t.admin_tax_valid_until_not_today(last),
        (Some(first), Some(last), true) => t.admin_tax_valid_between(first, last),
        (Some(first), Some(last), false) => t.admin_tax_valid_between_not_today(first, last),
    }
}
