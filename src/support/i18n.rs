//! Languages: the message catalogue compiled from `locales/`, and numbers, dates and plurals as CLDR has them.

mod arguments;
mod html;
mod messages;

use std::fmt::{Display, Write as _};
use std::sync::LazyLock;

use fixed_decimal::Decimal;
use icu_calendar::{Date, Gregorian};
use icu_datetime::FixedCalendarDateTimeFormatter;
use icu_datetime::fieldsets::{YMD, YMDT};
use icu_decimal::DecimalFormatter;
use icu_decimal::options::{DecimalFormatterOptions, GroupingStrategy};
use icu_locale_core::Locale as Tag;
use icu_plurals::{PluralCategory, PluralRules};
use icu_time::{DateTime, Time};

pub use self::arguments::{ToNumber, ToText};
pub use self::html::{Html, ToHtml};
pub use self::messages::Message;
use super::clock::Utc;

/// A language of the program. Its methods are the messages of `locales/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Locale {
    /// English, the source of all translations. Dates are British.
    #[default]
    En,
    /// German.
    De,
    /// English with accented letters in brackets, which shows texts that are not in the catalogue.
    #[cfg(debug_assertions)]
    Pseudo,
}

impl Locale {
    /// The languages that a shop can choose.
    pub const OFFERED: &[Locale] = &[Locale::En, Locale::De];

    /// BCP 47 tag, for `lang` and for storage.
    pub fn code(self) -> &'static str {
        match self {
            Locale::En => "en",
            Locale::De => "de",
            #[cfg(debug_assertions)]
            Locale::Pseudo => "en-XA",
        }
    }

    /// The language with a BCP 47 tag.
    pub fn from_code(code: &str) -> Option<Locale> {
        match code {
            "en" => Some(Locale::En),
            "de" => Some(Locale::De),
            #[cfg(debug_assertions)]
            "en-XA" => Some(Locale::Pseudo),
            _ => None,
        }
    }

    /// The language's name in that language.
    pub fn own_name(self) -> &'static str {
        match self {
            Locale::En => "English",
            Locale::De => "Deutsch",
            #[cfg(debug_assertions)]
            Locale::Pseudo => "Pseudo",
        }
    }

    /// The value of `dir`: `ltr` or `rtl`.
    pub fn direction(self) -> &'static str {
        "ltr"
    }

    /// A calendar date in a time zone: `30 November 2026`, `30. November 2026`.
    pub fn format_date(self, at: Utc, zone: &str) -> String {
        self.format_civil_date(at.to_civil_in(zone).date())
    }

    /// A day as the database has it, `2026-01-31`, as a calendar date; anything else stays as it is.
    pub fn format_day(self, day: &str) -> String {
        day.parse::<jiff::civil::Date>().map_or_else(|_| day.to_owned(), |day| self.format_civil_date(day))
    }

    fn format_civil_date(self, day: jiff::civil::Date) -> String {
        let date = Date::try_new_gregorian(i32::from(day.year()), positive(day.month()), positive(day.day()));
        match (date, self.formatters()) {
            (Ok(date), Some(formatters)) => formatters.date.format(&date).to_string(),
            _ => day.to_string(),
        }
    }

    /// A date with its time in a time zone: `30 Nov 2026, 14:05`, `30.11.2026, 14:05`.
    pub fn format_date_time(self, at: Utc, zone: &str) -> String {
        let local = at.to_civil_in(zone);
        let date = Date::try_new_gregorian(i32::from(local.year()), positive(local.month()), positive(local.day()));
        let time = Time::try_new(positive(local.hour()), positive(local.minute()), 0, 0);
        match (date, time, self.formatters()) {
            (Ok(date), Ok(time), Some(formatters)) => formatters.date_time.format(&DateTime { date, time }).to_string(),
            _ => local.to_string(),
        }
    }

    /// A whole number with the separators of the language: `1,234`, `1.234`.
    pub fn format_number(self, number: impl ToNumber) -> String {
        self.format_decimal(number.to_number(), 0)
    }

    /// `minor` with its last `places` digits as decimals: `1,234.50`, `1.234,50`.
    pub fn format_decimal(self, minor: i64, places: u32) -> String {
        self.format_with(|formatters| &formatters.decimal, minor, places)
    }

    /// As [`Locale::format_decimal`] without separators of thousands, for inputs: `1234.50`, `1234,50`.
    pub fn format_input_decimal(self, minor: i64, places: u32) -> String {
        self.format_with(|formatters| &formatters.input_decimal, minor, places)
    }

    fn format_with(self, formatter: fn(&Formatters) -> &DecimalFormatter, minor: i64, places: u32) -> String {
        let mut decimal = Decimal::from(minor);
        decimal.multiply_pow10(i16::try_from(places).map_or(0, |places| -places));
        match self.formatters() {
            Some(formatters) => formatter(formatters).format(&decimal).to_string(),
            None => decimal.to_string(),
        }
    }

    /// The character between whole number and decimals.
    pub fn decimal_mark(self) -> char {
        match self {
            Locale::En => '.',
            Locale::De => ',',
            #[cfg(debug_assertions)]
            Locale::Pseudo => '.',
        }
    }

    /// `minor` with its last `places` digits as decimals, without zeros at the end: `19`, `8.875`, `8,875`.
    pub fn format_short_decimal(self, minor: i64, places: u32) -> String {
        let (mut minor, mut places) = (minor, places);
        while places > 0 && minor % 10 == 0 {
            (minor, places) = (minor / 10, places - 1);
        }
        self.format_decimal(minor, places)
    }

    fn push_number(self, text: &mut String, number: i64) {
        text.push_str(&self.format_number(number));
    }

    fn plural_category(self, number: i64) -> PluralCategory {
        self.formatters().map_or(PluralCategory::Other, |formatters| formatters.plurals.category_for(number))
    }

    fn formatters(self) -> Option<&'static Formatters> {
        match self {
            Locale::En => ENGLISH.as_ref(),
            Locale::De => GERMAN.as_ref(),
            #[cfg(debug_assertions)]
            Locale::Pseudo => ENGLISH.as_ref(),
        }
    }
}

impl From<Locale> for &'static str {
    fn from(locale: Locale) -> &'static str {
        locale.code()
    }
}

impl TryFrom<String> for Locale {
    type Error = String;

    fn try_from(code: String) -> Result<Locale, String> {
        Locale::from_code(&code).ok_or_else(|| format!("unknown language {code:?}"))
    }
}

impl Display for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Display for Message {
    /// English, for the log and the command line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Locale::En))
    }
}

struct Formatters {
    decimal: DecimalFormatter,
    input_decimal: DecimalFormatter,
    plurals: PluralRules,
    date: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    date_time: FixedCalendarDateTimeFormatter<Gregorian, YMDT>,
}

impl Formatters {
    fn load(tag: &str) -> Option<Formatters> {
        let tag: Tag = tag.parse().ok()?;
        Some(Formatters {
            decimal: DecimalFormatter::try_new((&tag).into(), DecimalFormatterOptions::default()).ok()?,
            input_decimal: DecimalFormatter::try_new((&tag).into(), GroupingStrategy::Never.into()).ok()?,
            plurals: PluralRules::try_new_cardinal((&tag).into()).ok()?,
            date: FixedCalendarDateTimeFormatter::try_new((&tag).into(), YMD::long()).ok()?,
            date_time: FixedCalendarDateTimeFormatter::try_new((&tag).into(), YMD::medium().with_time_hm()).ok()?,
        })
    }
}

static ENGLISH: LazyLock<Option<Formatters>> = LazyLock::new(|| Formatters::load("en-GB"));
static GERMAN: LazyLock<Option<Formatters>> = LazyLock::new(|| Formatters::load("de"));

fn positive(number: i8) -> u8 {
    number.unsigned_abs()
}

fn push_display(text: &mut String, value: &impl Display) {
    // Writing to a string does not fail.
    let _written = write!(text, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_formats() {
        for locale in Locale::OFFERED {
            assert!(locale.formatters().is_some(), "{locale}");
        }
        let at = Utc::from_micros(1_796_047_500_000_000);
        assert_eq!(Locale::En.format_date(at, "UTC"), "30 November 2026");
        assert_eq!(Locale::De.format_date(at, "UTC"), "30. November 2026");
        assert_eq!(Locale::En.format_date_time(at, "UTC"), "30 Nov 2026, 14:05");
        assert_eq!(Locale::De.format_date_time(at, "Europe/Berlin"), "30.11.2026, 15:05");
        assert_eq!(Locale::De.format_day("2026-01-31"), "31. Januar 2026");
        assert_eq!(Locale::En.format_day("soon"), "soon");
        assert_eq!(Locale::En.format_number(-1_234_567), "-1,234,567");
        assert_eq!(Locale::De.format_decimal(123_450, 2), "1.234,50");
        assert_eq!(Locale::De.format_decimal(-5, 2), "-0,05");
        assert_eq!(Locale::De.format_input_decimal(123_450, 2), "1234,50");
        assert_eq!(Locale::En.format_input_decimal(123_450, 2), "1234.50");
        for locale in Locale::OFFERED {
            assert_eq!(locale.format_decimal(15, 1), format!("1{}5", locale.decimal_mark()));
        }
        assert_eq!(Locale::En.format_short_decimal(190_000, 4), "19");
        assert_eq!(Locale::De.format_short_decimal(88_750, 4), "8,875");
        assert_eq!(Locale::En.format_short_decimal(0, 4), "0");
    }

    #[test]
    fn codes_are_read_back() {
        for locale in Locale::OFFERED {
            assert_eq!(Locale::from_code(locale.code()), Some(*locale));
        }
        assert_eq!(Locale::from_code("xx"), None);
    }
}
