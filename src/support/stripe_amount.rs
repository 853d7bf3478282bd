//! Amounts in the units of Stripe's API, which differ from ISO 4217 for some currencies. Source:
//! docs.stripe.com/currencies, sections "Supported presentment currencies", "Zero-decimal currencies", "Three-decimal
//! currencies" and "Special cases".

use super::money::Currency;

/// No decimals in the API. MGA has two in ISO 4217.
const ZERO_DECIMAL: &[&str] =
    &["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// No decimals in ISO 4217, but two in the API, which must be zero.
const TWO_ZERO_DECIMALS: &[&str] = &["ISK", "UGX"];
/// Three decimals, the last of which must be zero.
const THREE_DECIMAL: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];
const TWO_DECIMAL: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
    "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CVE", "CZK", "DKK", "DOP",
    "DZD", "EGP", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF",
    "IDR", "ILS", "INR", "JMD", "KES", "KGS", "KHR", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL",
    "MKD", "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SEK", "SGD", "SHP",
    "SLE", "SOS", "SRD", "STN", "SZL", "THB", "TJS", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS",
    "WST", "XCD", "YER", "ZAR", "ZMW",
];

/// Decimals of a currency in the API, and the number that amounts must be a multiple of.
fn rule(code: &str) -> Option<(u32, i64)> {
    match code {
        code if ZERO_DECIMAL.contains(&code) => Some((0, 1)),
        code if TWO_ZERO_DECIMALS.contains(&code) => Some((2, 100)),
        code if THREE_DECIMAL.contains(&code) => Some((3, 10)),
        code if TWO_DECIMAL.contains(&code) => Some((2, 1)),
        _ => None,
    }
}

/// API units in one ISO 4217 minor unit, and minor units in one API unit; one of the two is 1.
fn factors(code: &str, decimals: u32) -> Option<(i64, i64)> {
    let exponent = Currency::from_code(code)?.exponent();
    Some((10_i64.pow(decimals.saturating_sub(exponent)), 10_i64.pow(exponent.saturating_sub(decimals))))
}

/// Converts ISO 4217 minor units to API units. `None` when the API does not support the amount or the currency.
pub fn to_stripe(minor: i64, code: &str) -> Option<i64> {
    let (decimals, multiple) = rule(code)?;
    let (times, over) = factors(code, decimals)?;
    let amount = minor.checked_mul(times).filter(|amount| amount % over == 0)? / over;
    (amount % multiple == 0).then_some(amount)
}

/// Converts API units to ISO 4217 minor units, and drops fractions. Amounts in currencies that the API does not list
/// stay unchanged.
pub fn from_stripe(amount: i64, code: &str) -> i64 {
    let factors = rule(code).and_then(|(decimals, _)| factors(code, decimals));
    let (times, over) = factors.unwrap_or((1, 1));
    amount.saturating_mul(over) / times.max(1)
}

/// The smallest chargeable amount in minor units, of which every valid one is a multiple; `None` if unsupported.
pub fn step_minor(code: &str) -> Option<i64> {
    let (decimals, multiple) = rule(code)?;
    let (times, over) = factors(code, decimals)?;
    Some((multiple * over / times).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_currency_that_a_shop_can_have_is_written_as_stripe_wants_it() {
        for code in Currency::OFFERED {
            let (minor, expected, step) = match *code {
                "CLP" | "JPY" | "KRW" | "VND" => (25_000, Some(25_000), Some(1)),
                "ISK" => (25_000, Some(2_500_000), Some(1)),
                "BHD" | "JOD" | "KWD" | "OMR" | "TND" => (6_250, Some(6_250), Some(10)),
                "GHS" => (6_250, None, None),
                _ => (6_255, Some(6_255), Some(1)),
            };
            assert_eq!((to_stripe(minor, code), step_minor(code)), (expected, step), "{code}");
        }
        // Not among the currencies of the settings, but valid.
        assert_eq!((to_stripe(5, "UGX"), step_minor("UGX")), (Some(500), Some(1)));
        assert_eq!((to_stripe(1_200, "MGA"), to_stripe(1_250, "MGA"), step_minor("MGA")), (Some(12), None, Some(100)));
        assert_eq!((to_stripe(6_255, "KWD"), to_stripe(1, "XAU"), to_stripe(i64::MAX, "ISK")), (None, None, None));
    }

    #[test]
    fn what_is_less_than_a_minor_unit_is_dropped() {
        assert_eq!((from_stripe(2_500_099, "ISK"), from_stripe(12, "MGA"), from_stripe(7, "XXX")), (25_000, 1_200, 7));
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same(minor in 0i64..=crate::support::money::MAX_AMOUNT_MINOR, at in 0usize..1000) {
            let mut all: Vec<&str> = Currency::OFFERED.to_vec();
            all.extend(["UGX", "MGA", "BIF", "XPF"]);
            let code = all[at % all.len()];
            if let Some(amount) = to_stripe(minor, code) {
                prop_assert_eq!(from_stripe(amount, code), minor);
                prop_assert_eq!(minor % step_minor(code).unwrap(), 0);
            } else if let Some(step) = step_minor(code) {
                prop_assert!(minor % step != 0);
            }
        }
    }
}
