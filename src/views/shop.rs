//! The public shop, and structs that several of its pages share.

pub mod carts;
pub mod categories;
pub mod checkouts;
pub mod home;
pub mod order_lookups;
pub mod orders;
pub mod payments;
pub mod products;
pub mod returns;
pub mod searches;

use crate::views::{Amount, Discount, GiftCardPayment, Picture, Remainder};

/// The totals table of the checkout and the buyer's order page.
#[derive(Clone, Debug)]
pub struct Totals {
    pub goods: Amount,
    pub discount: Option<Discount>,
    pub shipping: Amount,
    /// Empty if none is selected yet.
    pub shipping_name: String,
    /// One row per tax rate.
    pub taxes: Vec<TaxRow>,
    /// Whether the prices include the tax.
    pub tax_included: bool,
    pub total: Amount,
    pub gift_cards: Vec<GiftCardPayment>,
    /// What gift cards leave to pay; none without gift cards.
    pub remainder: Option<Remainder>,
}

impl Totals {
    /// The amount left to pay.
    pub fn due(&self) -> &Amount {
        self.remainder.as_ref().map_or(&self.total, |rest| &rest.amount)
    }
}

#[derive(Clone, Debug)]
pub struct TaxRow {
    /// `VAT 7 %`.
    pub label: String,
    pub amount: Amount,
}

/// A line of an order or of the checkout's summary.
#[derive(Clone, Debug)]
pub struct SummaryLine {
    pub title: String,
    /// The variant's options; may be empty.
    pub note: String,
    /// The product's page, if it still has one.
    pub href: Option<String>,
    pub picture: Option<Picture>,
    pub quantity: i32,
    pub unit: Amount,
    pub total: Amount,
}
