//! The test provider's card page, and what comes before a payment page when there were many.

use askama::Template;

use crate::forms::Fields;
use crate::views::{Amount, Head, View, filters};

/// The page that asks for a card; no card is charged.
#[derive(Template)]
#[template(path = "shop/payments/test.html")]
pub struct Test {
    /// The payment's own name.
    pub reference: String,
    /// What is to pay.
    pub amount: Amount,
    /// The order's number, or other words for it.
    pub order_label: String,
    /// `card_number` as typed; a declined card is an error of that field.
    pub form: Fields,
    /// Where the form goes.
    pub action: String,
    /// The way back to the order.
    pub cancel: String,
}

impl View for Test {
    fn title(&self) -> String {
        if self.form.is_good() { "Pay".to_owned() } else { "Error: Pay".to_owned() }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

/// Asks somebody who wants to pay for patience.
#[derive(Template)]
#[template(path = "shop/payments/wait.html")]
pub struct Wait {
    /// Seconds to wait.
    pub seconds: u64,
    /// What the form brings back.
    pub proof: String,
    /// Where the form goes.
    pub action: String,
    /// The way back to the order.
    pub order: String,
}

impl View for Wait {
    fn title(&self) -> String {
        "One moment".to_owned()
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
