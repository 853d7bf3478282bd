//! Money: integer minor units of one currency, one rounding rule, no floats. Rules: TAX.md T1–T12.

use iso_currency::Currency as Iso;

use super::i18n::Locale;
use super::normalisation::normalise_nfkc;

/// An ISO 4217 currency that has a minor unit exponent.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Debug,
    serde::Serialize,
    serde::Deserialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(into = "&'static str", try_from = "String")]
pub struct Currency(Iso);

impl Currency {
    /// The euro.
    pub const EUR: Currency = Currency(Iso::EUR);

    /// Codes of the currencies that the settings offer.
    pub const OFFERED: &[&str] = &[
        "AED", "ARS", "AUD", "BGN", "BHD", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP",
        "GHS", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JOD", "JPY", "KES", "KRW", "KWD", "MAD", "MXN", "MYR", "NGN",
        "NOK", "NZD", "OMR", "PEN", "PHP", "PLN", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD",
        "UAH", "USD", "UYU", "VND", "ZAR",
    ];

    /// Looks up an ISO 4217 code, in any case.
    pub fn from_code(code: &str) -> Option<Currency> {
        let found = Iso::from_code(&code.trim().to_ascii_uppercase())?;
        found.exponent().is_some().then_some(Currency(found))
    }

    /// ISO 4217 code: `EUR`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Name in a language; the code of a currency that the settings do not offer.
    pub fn name(self, locale: Locale) -> &'static str {
        locale.currency(self.code()).unwrap_or(self.code())
    }

    /// Decimals of the minor unit (ISO 4217): JPY 0, EUR 2, KWD 3.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }

    /// Minor units in one major unit: 100 for EUR.
    pub fn minor_per_major(self) -> i64 {
        10_i64.pow(self.exponent())
    }

    /// The symbol of well-known currencies, else the code.
    fn sign(self) -> &'static str {
        match self.code() {
            "EUR" => "€",
            "USD" => "$",
            "GBP" => "£",
            "JPY" => "¥",
            "INR" => "₹",
            "KRW" => "₩",
            code => code,
        }
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> &'static str {
        currency.code()
    }
}

impl TryFrom<String> for Currency {
    type Error = String;

    fn try_from(code: String) -> Result<Currency, String> {
        Currency::from_code(&code).ok_or_else(|| format!("unknown currency {code:?}"))
    }
}

/// An amount in minor units of a currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Money {
    /// Minor units: euro cents, yen, fils.
    pub minor: i64,
    /// The currency of `minor`.
    pub currency: Currency,
}

/// Largest total of an order, in minor units (TAX.md T12).
pub const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000;

impl Money {
    /// An amount in minor units.
    pub fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// Reads an amount in major units as people type it: `19.99`, `19,99`, `1 250`, `1,250.00`, `€5`. `None` for
    /// anything else, for more decimals than the currency has, for amounts over [`MAX_AMOUNT_MINOR`], and for what is
    /// ambiguous in the language: `1,250` dinars are one and a quarter in German only.
    pub fn parse(typed: &str, currency: Currency, locale: Locale) -> Option<Money> {
        let typed = normalise_nfkc(typed).replace('’', "'");
        let (whole, decimals) = split_decimals(strip_symbol(&typed, currency), currency.exponent(), locale)?;
        Money::from_digits(&whole, &decimals, currency)
    }

    /// Reads the text of [`Money::to_decimal`].
    pub fn from_decimal(text: &str, currency: Currency) -> Option<Money> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        Money::from_digits(whole, decimals, currency)
    }

    fn from_digits(whole: &str, decimals: &str, currency: Currency) -> Option<Money> {
        let places = usize::try_from(currency.exponent()).ok()?;
        let has_digits = !whole.is_empty() || !decimals.is_empty();
        if !has_digits || decimals.len() > places || !is_digits(whole) || !is_digits(decimals) {
            return None;
        }
        let minor: i64 = format!("0{whole}{decimals:0<places$}").parse().ok()?;
        (minor <= MAX_AMOUNT_MINOR).then_some(Money { minor, currency })
    }

    /// Formats for an input of a form in a language, so that [`Money::parse`] reads the same amount: `1234,50`.
    pub fn format_input(self, locale: Locale) -> String {
        locale.format_input_decimal(self.minor, self.currency.exponent())
    }

    /// Major units with a decimal point and without a symbol, for programs: `1234.50`.
    pub fn to_decimal(self) -> String {
        let (sign, whole, cents) = self.parts();
        if cents.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{cents}") }
    }

    /// Formats for a language: `€1,234.50`, `1.234,50 €`, `¥5,997`, `KWD 3.953`.
    pub fn format(self, locale: Locale) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = i64::try_from(self.minor.unsigned_abs()).unwrap_or(i64::MAX);
        let number = locale.format_decimal(digits, self.currency.exponent());
        let symbol = self.currency.sign();
        let is_code = symbol.len() == 3 && symbol.is_ascii();
        match locale {
            Locale::De => format!("{sign}{number}\u{a0}{symbol}"),
            _ if is_code => format!("{sign}{symbol}\u{a0}{number}"),
            _ => format!("{sign}{symbol}{number}"),
        }
    }

    fn parts(self) -> (&'static str, String, String) {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = self.minor.unsigned_abs();
        let scale = self.currency.minor_per_major().unsigned_abs();
        let places = usize::try_from(self.currency.exponent()).unwrap_or(2);
        let cents = if places == 0 { String::new() } else { format!("{:0places$}", digits % scale) };
        (sign, (digits / scale).to_string(), cents)
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn strip_symbol(typed: &str, currency: Currency) -> &str {
    let symbols = [currency.sign(), currency.code()];
    let found = symbols.iter().find_map(|symbol| typed.strip_prefix(symbol).or_else(|| typed.strip_suffix(symbol)));
    found.unwrap_or(typed).trim()
}

/// Splits an amount into whole number and decimals. The last separator can be the decimal one, and it can group
/// thousands; if both are possible, it is decimal in the language whose decimal separator it is, else `None`.
fn split_decimals(text: &str, places: u32, locale: Locale) -> Option<(String, String)> {
    let is_mark = |c: char| matches!(c, '.' | ',' | '\'' | ' ');
    let marks: Vec<char> = text.chars().filter(|c| is_mark(*c)).collect();
    let groups: Vec<&str> = text.split(is_mark).collect();
    let (Some((last, whole)), Some((mark, grouping))) = (groups.split_last(), marks.split_last()) else {
        return Some((text.to_owned(), String::new()));
    };
    let fits = u32::try_from(last.len()).is_ok_and(|length| length <= places);
    let can_be_decimal =
        matches!(mark, '.' | ',') && places > 0 && fits && !grouping.contains(mark) && is_grouped(whole, grouping);
    match (can_be_decimal, is_grouped(&groups, &marks)) {
        (true, true) if *mark != locale.decimal_mark() => None,
        (true, _) => Some((whole.concat(), (*last).to_owned())),
        (false, true) => Some((groups.concat(), String::new())),
        (false, false) => None,
    }
}

/// Whether digits are in groups of thousands with the same mark between all of them; one group may have any length.
fn is_grouped(groups: &[&str], marks: &[char]) -> bool {
    match groups {
        [_] => true,
        [first, rest @ ..] => {
            (1..=3).contains(&first.len())
                && !first.starts_with('0')
                && rest.iter().all(|group| group.len() == 3)
                && marks.windows(2).all(|two| matches!(two, [one, next] if one == next))
        }
        [] => false,
    }
}

/// `n / d` rounded half away from zero (TAX.md T1). `None` when `d` is not positive or the result overflows.
pub fn divide_rounded(n: i128, d: i128) -> Option<i64> {
    if d <= 0 {
        return None;
    }
    let half = d / 2;
    let rounded = if n >= 0 { (n + half) / d } else { (n - half) / d };
    // For odd divisors `half` is truncated, which rounds correctly, because no remainder is exactly half.
    i64::try_from(rounded).ok()
}

/// Parts per million in a whole: 20 % is 200,000.
pub const PPM: i64 = 1_000_000;

/// Reads a percentage with up to four decimals, `19` or `8,875 %`, as parts per million, exactly. At most 100 %.
pub fn parse_percent(typed: &str) -> Option<i64> {
    let typed = normalise_nfkc(typed);
    let typed = typed.trim_end_matches('%').trim_end().replace(',', ".");
    let (whole, decimals) = typed.split_once('.').unwrap_or((&typed, ""));
    if (whole.is_empty() && decimals.is_empty()) || decimals.len() > 4 || !is_digits(whole) || !is_digits(decimals) {
        return None;
    }
    let parts: i64 = format!("0{whole}{decimals:0<4}").parse().ok()?;
    (parts <= PPM).then_some(parts)
}

/// Formats parts per million as a percentage without its sign, as [`parse_percent`] reads it: `19`, `8.875`, `8,875`.
pub fn format_percent(ppm: i64, locale: Locale) -> String {
    locale.format_short_decimal(ppm, 4)
}

/// `total * count / of`, rounded half away from zero; `None` on overflow.
pub fn prorate(total: i64, count: i64, of: i64) -> Option<i64> {
    divide_rounded(i128::from(total) * i128::from(count), i128::from(of))
}

/// `amount` in minor units times a rate in parts per million, rounded once (TAX.md T2, T5).
pub fn apply_rate(amount: i64, rate_ppm: i64) -> Option<i64> {
    divide_rounded(i128::from(amount) * i128::from(rate_ppm), i128::from(PPM))
}

/// Allocates an amount by weights so that the parts add up to it (TAX.md T4): floors first, then one unit each to the
/// largest remainders, ties to the earlier part. If all weights are zero, the first part gets everything.
pub fn allocate(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|w| i128::from((*w).max(0))).sum();
    if sum == 0 {
        return weights.iter().enumerate().map(|(at, _)| if at == 0 { total } else { 0 }).collect();
    }
    let mut parts: Vec<(i64, i128)> = weights
        .iter()
        .map(|weight| {
            let product = i128::from(total) * i128::from((*weight).max(0));
            (i64::try_from(product.div_euclid(sum)).unwrap_or(0), product.rem_euclid(sum))
        })
        .collect();
    let mut left = total - parts.iter().map(|(part, _)| part).sum::<i64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(parts.get(*at).map_or(0, |(_, remainder)| *remainder)));
    for at in order {
        if left == 0 {
            break;
        }
        if let Some((part, _)) = parts.get_mut(at) {
            *part += 1;
            left -= 1;
        }
    }
    parts.into_iter().map(|(part, _)| part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str, code: &str, locale: Locale) -> Option<i64> {
        Money::parse(text, Currency::from_code(code).unwrap(), locale).map(|money| money.minor)
    }

    #[test]
    fn what_a_shopkeeper_types_is_understood() {
        for (text, minor) in [
            ("19.99", 1999),
            ("19,99", 1999),
            ("1.250,00", 125_000),
            ("1,250.5", 125_050),
            ("7", 700),
            (" 1 250 ", 125_000),
            ("0", 0),
            ("1,250", 125_000),
            (".5", 50),
            ("1.250", 125_000),
            ("1.234.567", 123_456_700),
            ("1.234.567,89", 123_456_789),
            ("1'234.50", 123_450),
            ("1’234,50", 123_450),
            ("1\u{202f}234,50\u{a0}€", 123_450),
            ("€5", 500),
            ("EUR 5", 500),
            ("１９．９９", 1999),
        ] {
            for locale in [Locale::En, Locale::De] {
                assert_eq!(money(text, "EUR", locale), Some(minor), "{text} {locale}");
            }
        }
        for text in [
            "",
            "-1",
            "12.345,6,7",
            "abc",
            "$5",
            "1e3",
            "99999999999999999999",
            "12,34,56",
            ".",
            "19 99",
            "19'99",
            "1234.567",
            "0.250",
            "1,234 567",
        ] {
            for locale in [Locale::En, Locale::De] {
                assert_eq!(money(text, "EUR", locale), None, "{text} {locale}");
            }
        }
        assert_eq!(money("1999", "JPY", Locale::En), Some(1999));
        assert_eq!(money("1.999", "JPY", Locale::De), Some(1999));
        assert_eq!(money("19.99", "JPY", Locale::En), None);
    }

    #[test]
    fn three_decimals_are_those_of_the_language() {
        assert_eq!(money("1.255", "KWD", Locale::En), Some(1255));
        assert_eq!(money("1,255", "KWD", Locale::En), None, "1.255 or 1,255.000");
        assert_eq!(money("1,255", "KWD", Locale::De), Some(1255));
        assert_eq!(money("1.255", "KWD", Locale::De), None, "1.255,000 or 1,255");
        for locale in [Locale::En, Locale::De] {
            assert_eq!(money("0,255", "KWD", locale), Some(255));
            assert_eq!(money("1,25", "KWD", locale), Some(1250));
            assert_eq!(money("1.234,567", "KWD", locale), Some(1_234_567));
            assert_eq!(money("1,234.567", "KWD", locale), Some(1_234_567));
        }
    }

    #[test]
    fn a_plain_decimal_has_a_point_only() {
        let read = |text, code| Money::from_decimal(text, Currency::from_code(code).unwrap()).map(|money| money.minor);
        assert_eq!(read("19.99", "EUR"), Some(1999));
        assert_eq!(read("1.255", "KWD"), Some(1255));
        for (text, code) in [("19,99", "EUR"), ("1.250", "EUR"), ("49.000", "JPY"), ("1,250", "EUR"), ("", "EUR")] {
            assert_eq!(read(text, code), None, "{text} {code}");
        }
    }

    #[test]
    fn every_currency_is_written_its_own_way() {
        let text = |minor, code, locale| Money::new(minor, Currency::from_code(code).unwrap()).format(locale);
        assert_eq!(text(123_450, "EUR", Locale::En), "€1,234.50");
        assert_eq!(text(1_234_560, "EUR", Locale::De), "12.345,60\u{a0}€");
        assert_eq!(text(5997, "JPY", Locale::En), "¥5,997");
        assert_eq!(text(5997, "JPY", Locale::De), "5.997\u{a0}¥");
        assert_eq!(text(3953, "KWD", Locale::En), "KWD\u{a0}3.953");
        assert_eq!(text(-5, "USD", Locale::En), "-$0.05");
        assert_eq!(Money::new(1999, Currency::EUR).to_decimal(), "19.99");
        assert_eq!(Money::new(-7, Currency::EUR).to_decimal(), "-0.07");
    }

    #[test]
    fn rates_are_read_exactly() {
        for (typed, ppm) in [
            ("19", 190_000),
            ("8.875", 88_750),
            ("9,975", 99_750),
            ("7,5 %", 75_000),
            ("0", 0),
            (".0001", 1),
            ("100", 1_000_000),
            (" 7 % ", 70_000),
            ("７，５％", 75_000),
        ] {
            assert_eq!(parse_percent(typed), Some(ppm), "{typed}");
        }
        for typed in ["", ".", "-1", "101", "100.1", "1.23456", "8.87501", "1e1", "x", "a", "1.2.3"] {
            assert_eq!(parse_percent(typed), None, "{typed}");
        }
        for (ppm, typed) in [(190_000, "19"), (88_750, "8.875"), (0, "0"), (1, "0.0001"), (1_000_000, "100")] {
            assert_eq!(format_percent(ppm, Locale::En), typed);
            assert_eq!(format_percent(ppm, Locale::De), typed.replace('.', ","));
        }
    }

    #[test]
    fn halves_go_away_from_zero() {
        assert_eq!(divide_rounded(5, 2), Some(3));
        assert_eq!(divide_rounded(-5, 2), Some(-3));
        assert_eq!(divide_rounded(4, 3), Some(1));
        assert_eq!(divide_rounded(5, 3), Some(2));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(total in -1_000_000_000i64..1_000_000_000, weights in prop::collection::vec(0i64..1_000_000, 1..20)) {
            let parts = allocate(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            if weights.iter().any(|w| *w > 0) {
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!(*weight > 0 || *part == 0);
                }
            }
        }

        #[test]
        fn each_part_is_within_one_of_its_share(total in 0i64..1_000_000_000, weights in prop::collection::vec(1i64..1_000_000, 1..20)) {
            let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            for (part, weight) in allocate(total, &weights).iter().zip(&weights) {
                let exact = i128::from(total) * i128::from(*weight);
                prop_assert!((i128::from(*part) * sum - exact).abs() < sum);
            }
        }

        #[test]
        fn what_is_written_is_read_back(minor in 0i64..=MAX_AMOUNT_MINOR, code in prop::sample::select(vec!["EUR", "JPY", "KWD", "USD", "GBP"])) {
            let money = Money::new(minor, Currency::from_code(code).unwrap());
            prop_assert_eq!(Money::from_decimal(&money.to_decimal(), money.currency), Some(money));
            for locale in [Locale::En, Locale::De] {
                prop_assert_eq!(Money::parse(&money.format_input(locale), money.currency, locale), Some(money));
                prop_assert_eq!(Money::parse(&money.format(locale), money.currency, locale), Some(money));
            }
        }

        #[test]
        fn a_rate_that_is_written_is_read_back(ppm in 0i64..=PPM) {
            for locale in [Locale::En, Locale::De] {
                prop_assert_eq!(parse_percent(&format_percent(ppm, locale)), Some(ppm));
            }
        }
    }
}
