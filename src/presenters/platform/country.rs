//! The countries of a select.

use crate::support::country::Country;
use crate::support::i18n::Locale;
use crate::views::SelectOption;

pub fn country_options(t: Locale) -> Vec<SelectOption> {
    Country::list(t).into_iter().map(|country| SelectOption::new(country.code, country.name(t))).collect()
}
