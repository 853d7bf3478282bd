//! The test provider's card page, and the waiting page of the payment rate limit.

use askama::Template;

use crate::forms::Fields;
use crate::support::i18n::Locale;
use crate::views::{Amount, Head, View, filters};

/// Asks for a test card; no card is charged.
#[derive(Template)]
#[template(path = "shop/payments/test.html")]
pub struct TestPayment {
    pub t: Locale,
    /// The provider's reference of the payment.
    pub reference: String,
    pub amount: Amount,
    /// The order's label on the payment page.
    pub order_label: String,
    /// Fields: `card_number`; a declined card is an error of that field.
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
