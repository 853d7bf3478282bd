//! The checkout page.

use askama::Template;

use crate::forms::Fields;
use crate::forms::shop::limits;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::{Html, Locale};
use crate::support::ids::CartLineId;
use crate::views::shop::{SummaryLine, Totals};
use crate::views::{Amount, Head, Link, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "shop/checkouts/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    pub countries: Vec<SelectOption>,
    pub region_needed: bool,
    /// Empty if the region is free text.
    pub regions: Vec<SelectOption>,
    pub postcode_needed: bool,
    pub is_pickup: bool,
    pub methods: Vec<ShippingOption>,
    pub is_due: bool,
    /// The shop has no payment method at all.
    pub takes_no_payments: bool,
    pub bank_settings: Option<String>,
    pub unavailable: Vec<UnavailableLine>,
    pub payments: Vec<PaymentOption>,
    pub lines: Vec<SummaryLine>,
    pub totals: Totals,
    pub cart_version: String,
    pub quote: String,
    /// Why the order was not placed: the totals or the cart changed.
    pub notice: Option<String>,
    /// Seconds to wait before the order can be placed (rate limit).
    pub wait: Option<i64>,
    pub unused_coupon: Option<String>,
    pub unused_gift_cards: Vec<String>,
    pub legal: Vec<Link>,
}

#[derive(Clone, Debug)]
pub struct UnavailableLine {
    pub line: CartLineId,
    pub name: String,
    /// Why, with the name: `Fjord Mug is sold out.`
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct ShippingOption {
    pub id: String,
    pub name: String,
    pub note: String,
    pub price: Amount,
    pub is_free: bool,
    pub chosen: bool,
}

#[derive(Clone, Debug)]
pub struct PaymentOption {
    pub id: String,
    pub name: String,
    pub note: String,
    pub chosen: bool,
    pub is_test: bool,
}

impl PaymentOption {
    fn icon(&self) -> &'static str {
        match self.id.as_str() {
            "bank_transfer" => "bank",
            "cash" => "store",
            _ => "credit-card",
        }
    }
}

impl New {
    /// Whether an optional field has a value or an error, so that its group starts open.
    fn is_used(&self, fields: &[&str]) -> bool {
        fields.iter().any(|name| !self.form.value(name).is_empty() || self.form.error(name).is_some())
    }

    fn can_be_ordered(&self) -> bool {
        !self.is_due || !self.payments.is_empty()
    }

    /// The legal pages as one list of links: "Terms, Privacy and Returns".
    fn legal_pages(&self) -> Option<Html> {
        let mut pages = self.legal.iter().map(|page| self.t.checkout_page_html(&page.href, &page.label));
        let last = pages.next_back()?;
        match pages.reduce(|list, page| self.t.checkout_list_html(list, page)) {
            Some(list) => Some(self.t.checkout_list_end_html(list, last)),
            None => Some(last),
        }
    }
}

impl View for New {
    fn title(&self) -> String {
        match self.wait {
            _ if !self.form.is_valid() => self.t.checkout_title_error().to_owned(),
            Some(_) => self.t.checkout_title_wait().to_owned(),
            None => self.t.checkout_title().to_owned(),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::checkout().to_owned()),
            description: self.t.checkout_description().to_owned(),
            ..Head::default()
        }
    }
}
