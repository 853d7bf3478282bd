//! The checkout: one page.

use askama::Template;

use crate::forms::Fields;
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
    /// Whether the country chosen needs a state or region.
    pub region_needed: bool,
    /// Its states or regions, code and name; none where they are typed.
    pub regions: Vec<(String, String)>,
    /// Ways of sending.
    pub methods: Vec<Method>,
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
