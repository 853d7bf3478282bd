//! Whether test payments are on. They confirm orders without money, so a public shop must never have them unnoticed.

use url::Url;

use super::is_loopback;
use crate::support::i18n::Message;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestPayments {
    Off,
    /// Off, although this is the sample shop, because it is public or has Stripe configured.
    DisabledInDemo,
    /// On, in a shop on the loopback interface.
    On,
    /// On by explicit setting, together with Stripe.
    BesideStripe,
    /// On by explicit setting, on a public site.
    InPublic,
    /// The test card page is off, but a public site has a key for Stripe's test mode.
    StripeTestMode,
}

impl TestPayments {
    /// An explicit setting wins; the sample shop enables them only on the loopback interface and without Stripe.
    pub fn from_settings(
        setting: Option<bool>,
        is_sample: bool,
        base_url: &Url,
        stripe_key: Option<&str>,
    ) -> TestPayments {
        let is_public = !is_loopback(base_url);
        let stripe_tests = stripe_key.is_some_and(|key| key.starts_with("sk_test_") || key.starts_with("rk_test_"));
        match (setting, is_sample, is_public, stripe_key) {
            (Some(true), _, _, Some(_)) => TestPayments::BesideStripe,
            (Some(true), _, true, None) => TestPayments::InPublic,
            (Some(true), _, false, None) | (None, true, false, None) => TestPayments::On,
            (_, _, true, Some(_)) if stripe_tests => TestPayments::StripeTestMode,
            (None, true, _, _) => TestPayments::DisabledInDemo,
            (Some(false) | None, _, _, _) => TestPayments::Off,
        }
    }

    pub fn is_enabled(self) -> bool {
        matches!(self, TestPayments::On | TestPayments::BesideStripe | TestPayments::InPublic)
    }

    /// Why goods can be had without payment, and how to fix it: for the admin pages, the log and `doctor`.
    pub fn warning(self) -> Option<Message> {
        match self {
            TestPayments::Off | TestPayments::DisabledInDemo | TestPayments::On => None,
            TestPayments::BesideStripe => Some(Message::TestPaymentsBesideStripe),
            TestPayments::InPublic => Some(Message::TestPaymentsInPublic),
            TestPayments::StripeTestMode => Some(Message::StripeTestMode),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_for_every_shop() {
        use TestPayments::{BesideStripe, DisabledInDemo, InPublic, Off, On, StripeTestMode};
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
            (None, true, here, live, DisabledInDemo),
            (None, true, here, test, DisabledInDemo),
            (None, true, far, None, DisabledInDemo),
            (None, true, plain, None, DisabledInDemo),
            (None, true, "http://localhost.shop.example", None, DisabledInDemo),
            (None, true, far, live, DisabledInDemo),
            (None, true, far, test, StripeTestMode),
            (None, false, here, None, Off),
            (None, false, here, test, Off),
            (None, false, far, live, Off),
            (None, false, far, Some("rk_test_x"), StripeTestMode),
        ];
        for (setting, is_sample, base_url, stripe, expected) in table {
            let found = TestPayments::from_settings(setting, is_sample, &base_url.parse().unwrap(), stripe);
            assert_eq!(found, expected, "{setting:?} sample={is_sample} {base_url} {stripe:?}");
            assert_eq!(found.is_enabled(), matches!(expected, On | BesideStripe | InPublic));
            assert_eq!(found.warning().is_some(), matches!(expected, BesideStripe | InPublic | StripeTestMode));
        }
    }
}
