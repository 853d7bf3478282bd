//! Money: integer minor units of one currency, one rounding rule, no floats. Rules: TAX.md T1–T12.

use iso_currency::Currency as Iso;

use super::i18n::Locale;

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

    /// Reads an amount in major units as people type it: `19.99`, `19,99`, `1 250`, `1,250.00`. `None` for anything
    /// else, for more decimals than the currency has, and for amounts over [`MAX_AMOUNT_MINOR`].
    pub fn parse(text: &str, currency: Currency) -> Option<Money> {
        let text: String = text.trim().chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').collect();
        let (whole, cents) = split_decimals(&text, currency.exponent())?;
        if whole.is_empty() && cents.is_empty() {
            return None;
        }
        let places = usize::try_from(currency.exponent()).ok()?;
        if cents.len() > places || !whole.chars().chain(cents.chars()).all(|c| c.is_ascii_digit()) {
            return None;
        }
        let minor: i64 = format!("0{whole}{cents:0<places$}").parse().ok()?;
        (minor <= MAX_AMOUNT_MINOR).then_some(Money { minor, currency })
    }

    /// Major units with a decimal point and without a symbol, for `<data value>` and forms: `1234.50`.
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

/// Tells the decimal separator from grouping: the last separator is decimal if at most `places` digits follow it.
fn split_decimals(text: &str, places: u32) -> Option<(String, String)> {
    let marks = text.chars().filter(|c| matches!(c, '.' | ',')).count();
    let Some(at) = text.rfind(['.', ',']) else { return Some((text.to_owned(), String::new())) };
    let (whole, cents) = text.split_at(at);
    let cents = cents.get(1..)?;
    let mark = text.get(at..=at)?;
    let plain = |part: &str| part.replace(['.', ','], "");
    let grouped = |part: &str| part.split(['.', ',']).skip(1).all(|group| group.len() == 3);
    let decimal = u32::try_from(cents.len()).ok()? <= places && (marks == 1 || !whole.contains(mark));
    match decimal && places > 0 {
        true if grouped(whole) => Some((plain(whole), cents.to_owned())),
        false if cents.len() == 3 && grouped(text) && !whole.is_empty() => Some((plain(text), String::new())),
        _ => None,
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
    let typed = typed.trim().trim_end_matches('%').trim().replace(',', ".");
    let (whole, decimals) = typed.split_once('.').unwrap_or((&typed, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && decimals.is_empty()) || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let parts: i64 = format!("0{whole}{decimals:0<4}").parse().ok()?;
    (parts <= PPM).then_some(parts)
}

/// Formats parts per million as a percentage for forms: `19`, `8.875`.
pub fn format_percent(ppm: i64) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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

    fn money(text: &str, code: &str) -> Option<i64> {
        Money::parse(text, Currency::from_code(code).unwrap()).map(|money| money.minor)
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
        ] {
            assert_eq!(money(text, "EUR"), Some(minor), "{text}");
        }
        for text in ["", "-1", "12.345,6,7", "abc", "€5", "1e3", "99999999999999999999", "12,34,56", "."] {
            assert_eq!(money(text, "EUR"), None, "{text}");
        }
        assert_eq!(money("1999", "JPY"), Some(1999));
        assert_eq!(money("19.99", "JPY"), None);
        assert_eq!(money("1.255", "KWD"), Some(1255));
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
        ] {
            assert_eq!(parse_percent(typed), Some(ppm), "{typed}");
        }
        for typed in ["", ".", "-1", "101", "100.1", "1.23456", "8.87501", "1e1", "x", "a", "1.2.3"] {
            assert_eq!(parse_percent(typed), None, "{typed}");
        }
        for (ppm, typed) in [(190_000, "19"), (88_750, "8.875"), (0, "0"), (1, "0.0001"), (1_000_000, "100")] {
            assert_eq!(format_percent(ppm), typed);
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
        fn what_is_written_is_read_back(minor in 0i64..MAX_AMOUNT_MINOR, code in prop::sample::select(vec!["EUR", "JPY", "KWD", "USD", "GBP"])) {
            let money = Money::new(minor, Currency::from_code(code).unwrap());
            prop_assert_eq!(Money::parse(&money.to_decimal(), money.currency), Some(money));
        }
    }
}
