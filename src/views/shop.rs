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

#[derive(Clone, Debug)]
pub struct Totals {
    pub goods: Amount,
    pub discount: Option<Discount>,
    pub shipping: Amount,
    pub shipping_name: String,
    /// One row per tax rate.
    pub taxes: Vec<TaxRow>,
    pub tax_included: bool,
    pub total: Amount,
    pub gift_cards: Vec<GiftCardPayment>,
    pub remainder: Option<Remainder>,
}

impl Totals {
    pub fn due(&self) -> &Amount {
        self.remainder.as_ref().map_or(&self.total, |rest| &rest.amount)
    }
}

#[derive(Clone, Debug)]
pub struct TaxRow {
    pub label: String,
    pub amount: Amount,
}

#[derive(Clone, Debug)]
pub struct SummaryLine {
    pub title: String,
    pub note: String,
    pub href: Option<String>,
    pub picture: Option<Picture>,
    pub quantity: i32,
    pub unit: Amount,
    pub total: Amount,
}
