//! The test provider's card page, and the waiting page of the payment rate limit.

use askama::Template;

use crate::forms::Fields;
use crate::support::i18n::Locale;
use crate::views::{Amount, Head, View, filters};

#[derive(Template)]
#[template(path = "shop/payments/test.html")]
pub struct TestPayment {
    pub t: Locale,
    pub reference: String,
    pub amount: Amount,
    pub order_label: String,
    pub form: Fields,
    pub action: String,
    pub cancel: String,
}

impl View for TestPayment {
    fn title(&self) -> String {
        if self.form.is_valid() { self.t.payment_title().to_owned() } else { self.t.payment_title_error().to_owned() }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

/// Asks the buyer to wait before the payment page opens (429).
#[derive(Template)]
#[template(path = "shop/payments/wait.html")]
pub struct PaymentWait {
    pub t: Locale,
    pub seconds: i64,
    /// Proof that the buyer has waited, sent back with the form.
    pub proof: String,
    pub action: String,
    pub order: String,
}

impl View for PaymentWait {
    fn title(&self) -> String {
        self.t.payment_wait_title().to_owned()
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
