//! The list of what is in the house, and the stock of one variant.

use askama::Template;

use super::{Choice, Finding, Tab};
use crate::forms::Fields;
use crate::paths;
use crate::support::page::{Stretch, Tally};
use crate::views::{View, When, filters};

/// The list.
#[derive(Template)]
#[template(path = "admin/stock/index.html")]
pub struct Index {
    /// `?tab=`: empty for all, `low`.
    pub tab: String,
    /// Variants altogether.
    pub all: Tally,
    /// Variants of which few are left.
    pub low: Tally,
    /// Words looked for.
    pub q: String,
    /// The variants.
    pub rows: Stretch<Row>,
}

/// A variant in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The product's title.
    pub title: String,
    /// What is chosen: `Size: M`; empty for nothing.
    pub options: String,
    /// The page of its stock.
    pub href: String,
    /// Its SKU; may be empty.
    pub sku: String,
    /// Pieces in the house.
    pub on_hand: i64,
    /// Pieces set aside for orders.
    pub reserved: i64,
    /// Pieces that can be sold.
    pub left: i64,
    /// Few are left.
    pub is_low: bool,
    /// Customers do not see it.
    pub is_hidden: bool,
}

/// The stock of a variant.
#[derive(Template)]
#[template(path = "admin/stock/show.html")]
pub struct Show {
    /// From when on staff are warned; empty for the shop's usual limit.
    pub low_at_was: String,
    /// The variant's public id.
    pub id: String,
    /// The product's title, with what is chosen.
    pub title: String,
    /// The product's form.
    pub product_href: String,
    /// Its SKU; may be empty.
    pub sku: String,
    /// Pieces in the house.
    pub on_hand: i64,
    /// Pieces set aside for orders.
    pub reserved: i64,
    /// Pieces that can be sold.
    pub left: i64,
    /// Few are left.
    pub is_low: bool,
    /// `kind`, `quantity`, `reason`, `low_at`.
    pub form: Fields,
    /// What happened, newest first.
    pub ledger: Stretch<LedgerRow>,
}

/// Something that happened to the stock.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// When.
    pub when: When,
    /// What.
    pub what: String,
    /// The order behind it, for those who may see it.
    pub href: Option<String>,
    /// Change of the pieces in the house, with its sign; empty for none.
    pub on_hand: String,
    /// Change of the pieces set aside, with its sign; empty for none.
    pub reserved: String,
    /// Who.
    pub who: String,
    /// The reason, or what it belongs to.
    pub why: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Stock".to_owned()
    }
}

impl Index {
    fn finding(&self) -> Finding {
        let tabs =
            vec![Tab { key: "", label: "All", count: self.all }, Tab { key: "low", label: "Low", count: self.low }];
        Finding { base: paths::admin::stock(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Show {
    fn title(&self) -> String {
        super::titled(&self.form, &format!("Stock of {}", self.title))
    }
}

impl Show {
    fn kinds(&self) -> Vec<Choice> {
        let all = [
            ("receive", "Goods came in: adds to the stock"),
            ("count", "I counted the shelf: sets the stock"),
            ("damage", "Damaged or lost: takes from the stock"),
        ];
        all.map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() }).to_vec()
    }
}
