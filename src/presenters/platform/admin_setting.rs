//! The choices of the settings form.

use crate::support::i18n::Locale;
use crate::support::money::Currency;
use crate::views::SelectOption;

pub fn currency_options(t: Locale, current: Currency) -> Vec<SelectOption> {
    let mut codes: Vec<&str> = Currency::OFFERED.to_vec();
    codes.push(current.code());
    codes.sort_unstable();
    codes.dedup();
    let currencies = codes.into_iter().filter_map(Currency::from_code);
    currencies.map(|known| SelectOption::new(known.code(), format!("{} – {}", known.code(), known.name(t)))).collect()
}

pub fn time_zone_options(current: &str) -> Vec<SelectOption> {
    let mut zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    zones.retain(|zone| zone == "UTC" || (zone.contains('/') && !zone.starts_with("Etc/")));
    zones.push(current.to_owned());
    zones.sort_unstable();
    zones.dedup();
    zones.iter().map(|zone| SelectOption::new(zone, zone.replace('_', " "))).collect()
}

pub fn language_options() -> Vec<SelectOption> {
    Locale::OFFERED.iter().map(|locale| SelectOption::new(locale.code(), locale.own_name())).collect()
}
