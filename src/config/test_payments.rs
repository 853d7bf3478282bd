//! Whether the test card page is on. It takes orders for no money, so it must never be on unnoticed in a shop that
//! sells.

use url::Url;

use super::is_loopback;

/// What holds for the test card page, and for Stripe's own test cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestPayments {
    /// There are none.
    Off,
    /// The sample shop would have them, but buyers come from elsewhere or pay by Stripe.
    SampleOnly,
    /// On, in a shop that only this machine reaches.
    On,
    /// On because somebody asked for it, beside Stripe.
    BesideStripe,
    /// On because somebody asked for it, on a site that others reach.
    InPublic,
    /// Off, but the key of a public site is one for Stripe's test mode.
    StripeTestMode,
}

impl TestPayments {
    /// The rule. An explicit setting wins; a folder that began as the sample shop has them only on this machine and
    /// without Stripe.
    pub fn policy(setting: Option<bool>, is_sample: bool, base_url: &Url, stripe_key: Option<&str>) -> TestPayments {
        let is_public = !is_loopback(base_url);
        let stripe_tests = stripe_key.is_some_and(|key| key.starts_with("sk_test_") || key.starts_with("rk_test_"));
        match (setting, is_sample, is_public, stripe_key) {
            (Some(true), _, _, Some(_)) => TestPayments::BesideStripe,
            (Some(true), _, true, None) => TestPayments::InPublic,
            (Some(true), _, false, None) | (None, true, false, None) => TestPayments::On,
            (_, _, true, Some(_)) if stripe_tests => TestPayments::StripeTestMode,
            (None, true, _, _) => TestPayments::SampleOnly,
            (Some(false) | None, _, _, _) => TestPayments::Off,
        }
    }

    /// Whether buyers are offered the test card page.
    pub fn are_on(self) -> bool {
        matches!(self, TestPayments::On | TestPayments::BesideStripe | TestPayments::InPublic)
    }

    /// Why goods can be had for nothing, and the mend; for staff, the start and `doctor`.
    pub fn warning(self) -> Option<&'static str> {
        match self {
            TestPayments::Off | TestPayments::SampleOnly | TestPayments::On => None,
            TestPayments::BesideStripe => Some(
                "Test payments are on beside Stripe: anybody can pay with the test card and get goods for nothing. Set \
                 TRADEPOST_TEST_PAYMENTS=off and restart.",
            ),
            TestPayments::InPublic => Some(
                "Test payments are on in a shop that others reach: anybody can pay with the test card and get goods \
                 for nothing. Set TRADEPOST_TEST_PAYMENTS=off and restart.",
            ),
            TestPayments::StripeTestMode => Some(
                "STRIPE_SECRET_KEY is a key of Stripe's test mode: anybody can pay with Stripe's test cards and get \
                 goods for nothing. Set the live key and restart.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_for_every_shop() {
        use TestPayments::{BesideStripe, InPublic, Off, On, SampleOnly, StripeTestMode};
        let (here, far, plain) = ("http://127.0.0.1:8080", "https://shop.example", "http://shop.example");
        let (live, test) = (Some("sk_live_x"), Some("sk_test_x"));
        let table = [
            (Some(false), false, here, None, Off),
            (Some(false), true, here, None, Off),
            (Some(false), true, far, None, Off),
            (Some(false), true, far, live, Off),
            (Some(false), false, far, test, StripeTestMode),
            (Some(true), false, here, None, On),
            (Some(true), true, "http://localhost:8080", None, On),
            (Some(true), true, "http://[::1]:8080", None, On),
            (Some(true), false, here, live, BesideStripe),
            (Some(true), false, here, test, BesideStripe),
            (Some(true), false, far, live, BesideStripe),
            (Some(true), false, far, None, InPublic),
            (Some(true), false, plain, None, InPublic),
            (Some(true), true, "http://192.168.1.20:8080", None, InPublic),
            (Some(true), true, "http://0.0.0.0:8080", None, InPublic),
            (None, true, here, None, On),
            (None, true, "https://localhost", None, On),
            (None, true, here, live, SampleOnly),
            (None, true, here, test, SampleOnly),
            (None, true, far, None, SampleOnly),
            (None, true, plain, None, SampleOnly),
            (None, true, "http://localhost.shop.example", None, SampleOnly),
            (None, true, far, live, SampleOnly),
            (None, true, far, test, StripeTestMode),
            (None, false, here, None, Off),
            (None, false, here, test, Off),
            (None, false, far, live, Off),
            (None, false, far, Some("rk_test_x"), StripeTestMode),
        ];
        for (setting, is_sample, base_url, stripe, expected) in table {
            let found = TestPayments::policy(setting, is_sample, &base_url.parse().unwrap(), stripe);
            assert_eq!(found, expected, "{setting:?} sample={is_sample} {base_url} {stripe:?}");
            assert_eq!(found.are_on(), matches!(expected, On | BesideStripe | InPublic));
            assert_eq!(found.warning().is_some(), matches!(expected, BesideStripe | InPublic | StripeTestMode));
        }
    }
}
