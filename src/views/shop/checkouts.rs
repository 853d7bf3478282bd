//! The checkout: one page.

use askama::Template;

use crate::forms::Fields;
use crate::forms::shop::most;
use crate::paths;
use crate::views::shop::{SummaryLine, Totals};
use crate::views::{Amount, Head, Link, View, filters};

/// The checkout.
#[derive(Template)]
#[template(path = "shop/checkouts/new.html")]
pub struct New {
    /// What was typed.
    pub form: Fields,
    /// Countries that can be sent to: code and name.
    pub countries: Vec<(String, String)>,
    /// Whether the address needs a state or region.
    pub region_needed: bool,
    /// Its states or regions, code and name; none where they are typed.
    pub regions: Vec<(String, String)>,
    /// Whether the address needs a postcode.
    pub postcode_needed: bool,
    /// The buyer comes for the goods: no address is needed.
    pub is_collected: bool,
    /// Ways of sending.
    pub methods: Vec<Method>,
    /// Something is left to pay.
    pub is_due: bool,
    /// The shop has no way to take money.
    pub takes_no_payments: bool,
    /// Where the bank account is set, for who may.
    pub bank_settings: Option<String>,
    /// What cannot be ordered of the cart.
    pub unavailable: Vec<Unavailable>,
    /// Ways of paying.
    pub payments: Vec<Payment>,
    /// What is bought.
    pub lines: Vec<SummaryLine>,
    /// What it comes to.
    pub totals: Totals,
    /// Which state of the cart this page shows.
    pub cart_version: String,
    /// Which totals this page shows.
    pub quote: String,
    /// What the buyer should look at again: a total that has changed.
    pub notice: Option<String>,
    /// Seconds to wait before the order can be placed.
    pub wait: Option<u64>,
    /// Why the cart's discount code is not in the totals.
    pub unused: Option<String>,
    /// Why gift cards of the cart do not pay.
    pub unused_cards: Vec<String>,
    /// Terms, right of withdrawal: named in the sentence below the button.
    pub legal: Vec<Link>,
}

/// Something in the cart that cannot be ordered.
#[derive(Clone, Debug)]
pub struct Unavailable {
    /// The line's number.
    pub line: i64,
    /// What it is called.
    pub name: String,
    /// Why: `is sold out.`
    pub why: String,
}

/// A way of sending.
#[derive(Clone, Debug)]
pub struct Method {
    /// What the form sends.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A line on how long it takes; may be empty.
    pub note: String,
    /// What it costs.
    pub price: Amount,
    /// Whether it costs nothing.
    pub is_free: bool,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A way of paying.
#[derive(Clone, Debug)]
pub struct Payment {
    /// What the form sends.
    pub id: String,
    /// Its name.
    pub name: String,
    /// A line on what happens; may be empty.
    pub note: String,
    /// Whether it is chosen.
    pub chosen: bool,
    /// Whether no money moves.
    pub is_test: bool,
}

impl Payment {
    /// The drawing beside it.
    fn icon(&self) -> &'static str {
        match self.id.as_str() {
            "bank_transfer" => "bank",
            "cash" => "store",
            _ => "credit-card",
        }
    }
}

impl New {
    /// Whether one of some fields says something, or is wrong: then it is not hidden.
    fn is_used(&self, fields: &[&str]) -> bool {
        fields.iter().any(|name| !self.form.value(name).is_empty() || self.form.error(name).is_some())
    }

    /// There is a way to pay, or nothing to pay.
    fn can_be_ordered(&self) -> bool {
        !self.is_due || !self.payments.is_empty()
    }
}

impl View for New {
    fn title(&self) -> String {
        match self.wait {
            _ if !self.form.is_good() => "Error: Checkout".to_owned(),
            Some(_) => "One moment: Checkout".to_owned(),
            None => "Checkout".to_owned(),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::checkout().to_owned()),
            description: "Where your order goes, how it is sent and how you pay, on one page.".to_owned(),
            ..Head::default()
        }
    }
}
