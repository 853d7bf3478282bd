//! How amounts, dates and texts are written on one page, in one email or in one document.

use crate::models::platform::setting::Settings;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::money::{Currency, Money, format_percent};
use crate::views::{Amount, DateTime};

/// The language, currency and time zone of what is presented.
#[derive(Clone, Debug)]
pub struct Format {
    pub locale: Locale,
    pub currency: Currency,
    /// IANA time zone of displayed dates and times.
    pub time_zone: String,
}

impl Format {
    pub fn from_settings(settings: &Settings) -> Format {
        Format { locale: settings.locale, currency: settings.currency, time_zone: settings.time_zone.clone() }
    }

    pub fn amount(&self, minor: i64) -> Amount {
        Amount::from_money(Money::new(minor, self.currency), self.locale)
    }

    pub fn amount_in(&self, minor: i64, currency: Currency) -> Amount {
        Amount::from_money(Money::new(minor, currency), self.locale)
    }

    pub fn date(&self, at: Utc) -> DateTime {
        DateTime { iso: at.rfc3339(), text: self.locale.format_date(at, &self.time_zone) }
    }

    pub fn date_time(&self, at: Utc) -> DateTime {
        DateTime { iso: at.rfc3339(), text: self.locale.format_date_time(at, &self.time_zone) }
    }
}

/// `VAT 19 %`: adds the rate to a tax's name, unless the name contains it as a percentage.
pub fn tax_label(t: Locale, name: &str, ppm: i64) -> String {
    let says = |text: &str, percent: &str| {
        let before = text.trim_end().strip_suffix(percent);
        before.is_some_and(|before| !before.ends_with(|c: char| c.is_numeric() || c == '.' || c == ','))
    };
    let mut parts = name.split('%').peekable();
    let mut says_it = false;
    while let Some(part) = parts.next() {
        says_it |=
            parts.peek().is_some() && Locale::OFFERED.iter().any(|locale| says(part, &format_percent(ppm, *locale)));
    }
    if says_it { name.to_owned() } else { t.common_tax_rate(name, format_percent(ppm, t)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_always_stands_beside_its_name() {
        for (name, ppm, label) in [
            ("VAT", 190_000, "VAT 19 %"),
            ("VAT 19 %", 190_000, "VAT 19 %"),
            ("VAT 19%", 190_000, "VAT 19%"),
            ("19 % VAT", 190_000, "19 % VAT"),
            ("8,875 % sales tax", 88_750, "8,875 % sales tax"),
            ("Zone 10", 10_000, "Zone 10 1 %"),
            ("Zone 19", 190_000, "Zone 19 19 %"),
            ("Tax 21 %", 10_000, "Tax 21 % 1 %"),
            ("Tax 1.5 %", 50_000, "Tax 1.5 % 5 %"),
            ("2026 levy", 20_000, "2026 levy 2 %"),
            ("VAT", 0, "VAT 0 %"),
            ("Zone 10", 0, "Zone 10 0 %"),
        ] {
            assert_eq!(tax_label(Locale::En, name, ppm), label);
        }
        assert_eq!(tax_label(Locale::De, "MwSt.", 88_750), "MwSt. 8,875\u{a0}%");
    }
}
