//! A buyer's order.

use askama::Template;

use crate::views::shop::{SummaryLine, Totals};
use crate::views::{Amount, Head, Link, View, When};

/// The page of an order: the thank-you page, and later what became of it.
#[derive(Template)]
#[template(path = "shop/orders/show.html")]
pub struct Show {
    /// The order's number; it has none before it is certain.
    pub number: Option<String>,
    /// "Thank you, Kari".
    pub heading: String,
    /// States in words.
    pub states: Vec<State>,
    /// Shown right after ordering.
    pub is_new: bool,
    /// What happens next, a paragraph each.
    pub next_steps: Vec<String>,
    /// Where to transfer the money to.
    pub bank: Option<Bank>,
    /// Where "Pay now" is sent.
    pub pay_again: Option<String>,
    /// What was bought.
    pub lines: Vec<SummaryLine>,
    /// Gift cards that were bought.
    pub gift_cards: Vec<Card>,
    /// What is sent back, the latest first.
    pub returns: Vec<Returned>,
    /// Where to ask to send something back; none when nothing can be.
    pub return_href: Option<String>,
    /// What it comes to.
    pub totals: Totals,
    /// Where it goes, line by line.
    pub shipping_address: Vec<String>,
    /// Who gets the bill, line by line; empty when it is the same.
    pub billing_address: Vec<String>,
    /// The buyer's address for letters.
    pub email: String,
    /// The way of sending.
    pub shipping_name: String,
    /// The way of paying.
    pub payment_name: String,
    /// Parcels.
    pub shipments: Vec<Shipment>,
    /// Invoices and credit notes: words and address.
    pub papers: Vec<Link>,
    /// What happened, newest first.
    pub timeline: Vec<Event>,
    /// Where to write to; empty for none.
    pub contact_email: String,
}

/// A gift card that was bought.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its code.
    pub code: String,
    /// What is on it.
    pub balance: Amount,
    /// There is money on it, and its time is not over.
    pub can_be_used: bool,
}

/// Something that is sent back.
#[derive(Clone, Debug)]
pub struct Returned {
    /// Where it is.
    pub state: State,
    /// Since when it is wished.
    pub when: When,
    /// "1 × Fjord Mug".
    pub items: Vec<String>,
    /// Why; may be empty.
    pub reason: String,
    /// What happens next; may be empty.
    pub next: String,
    /// What the shop says; may be empty.
    pub answer: String,
    /// Where to send it, line by line: the shop's name, and its address if it has told it.
    pub send_to: Option<Vec<String>>,
    /// Where to call it off.
    pub cancel: Option<String>,
}

/// A state in a word.
#[derive(Clone, Debug)]
pub struct State {
    /// `good`, `warn`, `bad`, `info`.
    pub kind: &'static str,
    /// "Paid".
    pub text: String,
}

/// Where to transfer the money to.
#[derive(Clone, Debug)]
pub struct Bank {
    /// "IBAN: NO93 …", a line each.
    pub details_lines: Vec<String>,
    /// How much.
    pub amount: Amount,
    /// What to write on the transfer.
    pub reference: String,
    /// The last day for it.
    pub until: Option<When>,
}

/// A parcel.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// Who carries it; may be empty.
    pub carrier: String,
    /// The carrier's number; may be empty.
    pub tracking_number: String,
    /// The carrier's page about it.
    pub tracking_url: Option<String>,
    /// When it left.
    pub when: When,
    /// What became of it; none while it is on its way.
    pub state: Option<State>,
    /// What is in it: "2 × Fjord Mug"; may be empty.
    pub items: Vec<String>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub when: When,
    /// What.
    pub text: String,
    /// The newest.
    pub now: bool,
}

impl Bank {
    /// The lines as names and values; a line without a name has an empty one.
    fn rows(&self) -> Vec<(&str, &str)> {
        self.details_lines
            .iter()
            .map(|line| match line.split_once(':') {
                Some((name, value)) => (name.trim(), value.trim()),
                None => ("", line.trim()),
            })
            .collect()
    }
}

impl Shipment {
    /// "DHL, 0034…".
    fn carried(&self) -> String {
        [self.carrier.as_str(), self.tracking_number.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl View for Show {
    fn title(&self) -> String {
        self.number.as_ref().map_or_else(|| "Your order".to_owned(), |number| format!("Order {number}"))
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl Show {
    /// The drawing at the top, when there is something to be glad about.
    fn icon(&self) -> Option<&'static str> {
        match (self.is_new, self.shipments.is_empty()) {
            (_, false) => Some("truck"),
            (true, true) => Some("check"),
            (false, true) => None,
        }
    }
}
