//! The buyer's order page.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account;
use crate::support::i18n::Locale;
use crate::views::shop::{SummaryLine, Totals};
use crate::views::{Amount, DateTime, Head, Link, View, filters};

#[derive(Template)]
#[template(path = "shop/orders/show.html")]
pub struct Show {
    pub t: Locale,
    /// None until the order is confirmed.
    pub number: Option<String>,
    pub heading: String,
    pub states: Vec<StatusBadge>,
    pub is_new: bool,
    /// One paragraph each.
    pub next_steps: Vec<String>,
    pub bank: Option<BankTransferDetails>,
    pub retry_payment_href: Option<String>,
    pub lines: Vec<SummaryLine>,
    pub gift_cards: Vec<GiftCardRow>,
    pub returns: Vec<ReturnRow>,
    pub return_href: Option<String>,
    pub totals: Totals,
    /// Address lines; empty for pickup and digital orders.
    pub shipping_address: Vec<String>,
    /// Address lines; empty if the order is shipped.
    pub billing_address: Vec<String>,
    pub email: String,
    pub shipping_name: String,
    pub payment_name: String,
    pub fulfilments: Vec<FulfilmentRow>,
    pub documents: Vec<Link>,
    pub timeline: Vec<Event>,
    pub contact_email: String,
    /// Offers an account to a guest.
    pub account_offer: Option<AccountOffer>,
}

/// A form with one password field: the rest of the account is known from the order.
#[derive(Clone, Debug)]
pub struct AccountOffer {
    pub form: Fields,
    pub action: String,
}

#[derive(Clone, Debug)]
pub struct GiftCardRow {
    pub code: String,
    pub balance: Amount,
    pub can_be_used: bool,
}

#[derive(Clone, Debug)]
pub struct ReturnRow {
    pub state: StatusBadge,
    pub when: DateTime,
    pub items: Vec<String>,
    pub reason: String,
    pub next: String,
    pub answer: String,
    /// The return address: the shop's name and its business address, if set.
    pub send_to: Option<Vec<String>>,
    pub cancel: Option<String>,
}

#[derive(Clone, Debug)]
pub struct StatusBadge {
    pub kind: &'static str,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct BankTransferDetails {
    pub details_lines: Vec<String>,
    pub amount: Amount,
    pub reference: String,
    pub until: Option<DateTime>,
}

#[derive(Clone, Debug)]
pub struct FulfilmentRow {
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: Option<String>,
    pub when: DateTime,
    /// None while in transit.
    pub state: Option<StatusBadge>,
    pub items: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub when: DateTime,
    pub text: String,
    pub is_latest: bool,
}

impl BankTransferDetails {
    /// Splits lines at the first colon into name and value; the name may be empty.
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

impl FulfilmentRow {
    /// Carrier and tracking number: "DHL, 0034…".
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
        match &self.number {
            Some(number) => self.t.order_title(number),
            None => self.t.order_title_unnumbered().to_owned(),
        }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl Show {
    fn icon(&self) -> Option<&'static str> {
        match (self.is_new, self.fulfilments.is_empty()) {
            (_, false) => Some("truck"),
            (true, true) => Some("check"),
            (false, true) => None,
        }
    }

    fn gift_card_count(&self) -> usize {
        self.gift_cards.len()
    }
}
