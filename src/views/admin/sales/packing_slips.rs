//! Packing slips to print.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{BuyerNote, DateTime, View};

#[derive(Template)]
#[template(path = "admin/sales/packing_slips/show.html")]
pub struct Show {
    pub t: Locale,
    pub number: String,
    pub order_href: String,
    pub placed: DateTime,
    pub seller: String,
    pub seller_lines: Vec<String>,
    pub address: Vec<String>,
    pub is_pickup: bool,
    pub shipping_name: String,
    pub notes: Vec<BuyerNote>,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub title: String,
    /// `Size: M · Colour: Blue`; empty for products without options.
    pub options: String,
    pub sku: String,
    pub quantity: i64,
}

impl View for Show {
    fn title(&self) -> String {
        self.t.packing_slip_page_title(&self.number)
    }
}
