//! Pages of the shop, and what several of them show.

pub mod carts;
pub mod categories;
pub mod checkouts;
pub mod home;
pub mod orders;
pub mod payments;
pub mod products;
pub mod returns;
pub mod searches;

use crate::views::{Amount, Discount, PaidByCard, Picture, Rest};

/// What an order comes to. The rows are the same in the checkout, on the order's page and in the admin.
#[derive(Clone, Debug)]
pub struct Totals {
    /// All lines together.
    pub goods: Amount,
    /// What is taken off.
    pub discount: Option<Discount>,
    /// Sending.
    pub shipping: Amount,
    /// The way of sending; empty when none is chosen yet.
    pub shipping_name: String,
    /// Tax, a row a rate.
    pub taxes: Vec<TaxRow>,
    /// Whether the prices already hold the tax.
    pub tax_included: bool,
    /// What it comes to.
    pub total: Amount,
    /// What gift cards pay of it.
    pub cards: Vec<PaidByCard>,
    /// What they do not pay; none without any.
    pub rest: Option<Rest>,
}

impl Totals {
    /// What is to pay.
    pub fn due(&self) -> &Amount {
        self.rest.as_ref().map_or(&self.total, |rest| &rest.amount)
    }
}

/// The tax of one rate.
#[derive(Clone, Debug)]
pub struct TaxRow {
    /// `VAT 7 %`.
    pub label: String,
    /// How much.
    pub amount: Amount,
}

/// A line of an order or of the checkout's summary.
#[derive(Clone, Debug)]
pub struct SummaryLine {
    /// The product.
    pub title: String,
    /// Size, colour; empty for none.
    pub note: String,
    /// The product's page, if it still has one.
    pub href: Option<String>,
    /// Its picture.
    pub picture: Option<Picture>,
    /// Pieces.
    pub quantity: i32,
    /// Price of one.
    pub unit: Amount,
    /// Price of all.
    pub total: Amount,
}
