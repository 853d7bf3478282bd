//! What goes into the parcel, to be printed.

use askama::Template;

use crate::paths;
use crate::views::{View, When};

/// The slip of what is still to be sent.
#[derive(Template)]
#[template(path = "admin/packing_slips/show.html")]
pub struct Show {
    /// The order's number.
    pub number: String,
    /// The order's page.
    pub order_href: String,
    /// When it was placed.
    pub placed: When,
    /// The site's name.
    pub seller: String,
    /// Legal name and address, line by line; may be empty.
    pub seller_lines: Vec<String>,
    /// Where it goes, line by line.
    pub address: Vec<String>,
    /// The buyer comes for it.
    pub is_fetched: bool,
    /// The way of sending.
    pub shipping_name: String,
    /// What the buyer wrote; may be empty.
    pub note: String,
    /// What is still to be sent.
    pub lines: Vec<Line>,
}

/// Something that is still to be sent.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its title.
    pub title: String,
    /// What was chosen: `Size: M · Colour: Blue`; empty for nothing.
    pub options: String,
    /// Its SKU; may be empty.
    pub sku: String,
    /// Pieces.
    pub quantity: i64,
}

impl View for Show {
    fn title(&self) -> String {
        format!("Packing slip for order {}", self.number)
    }
}
