//! The list of products and the product form.

use askama::Template;

use super::{Choice, Finding, Pill, Tab};
use crate::forms::Fields;
use crate::paths;
use crate::support::page::{Stretch, Tally};
use crate::views::{Amount, Picture, View, filters};

/// The list of products.
#[derive(Template)]
#[template(path = "admin/products/index.html")]
pub struct Index {
    /// `?tab=`: empty for all, `active`, `draft`, `archived`.
    pub tab: String,
    /// How many there are under each tab.
    pub counts: Counts,
    /// Words looked for.
    pub q: String,
    /// The products.
    pub rows: Stretch<Row>,
}

/// How many products there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Altogether.
    pub all: Tally,
    /// On sale.
    pub active: Tally,
    /// Not finished.
    pub draft: Tally,
    /// Put away.
    pub archived: Tally,
}

/// A product in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its title.
    pub title: String,
    /// Its form.
    pub href: String,
    /// Its first picture.
    pub picture: Option<Picture>,
    /// `Active` (good), `Draft` (warn todo) or `Archived`.
    pub state: Pill,
    /// Its SKU, or how many variants it has; may be empty.
    pub sku: String,
    /// Pieces left.
    pub stock: i64,
    /// Few are left.
    pub is_low: bool,
    /// None are left.
    pub sold_out: bool,
    /// How many of its variants are sold out.
    pub variants_sold_out: i64,
    /// What it costs; of several prices, the lowest.
    pub price: Amount,
    /// There are several prices.
    pub is_from: bool,
    /// Its categories with commas; may be empty.
    pub categories: String,
}

/// The product form.
#[derive(Template)]
#[template(path = "admin/products/edit.html")]
pub struct Edit {
    /// `title`, `description`, `facts`, `price`, `compare_at_price`, `tax_class`, `sku`, `barcode`, `stock`,
    /// `stock_was`, `weight_grams`, `status`, `slug`, `featured`, `gift_card`, `categories`, `lock_version`; file `images`; a
    /// picture has `picture`, `alt_{id}`, `position_{id}`, `remove_{id}`; an option has `option_name_{1..3}` and
    /// `option_values_{1..3}`; one of several variants has `variant_{id}_price`, `…_compare_at_price`, `…_sku`,
    /// `…_barcode`, `…_stock`, `…_stock_was`, `…_weight_grams`, and those of the product itself are not there.
    pub form: Fields,
    /// Public id; none for a new product.
    pub id: Option<String>,
    /// Its title as it is stored; empty for a new product.
    pub name: String,
    /// `Active` (good), `Draft` (warn todo) or `Archived`.
    pub state: Pill,
    /// Where customers find it.
    pub public_href: Option<String>,
    /// Its pictures in order.
    pub pictures: Vec<FormPicture>,
    /// Its variants in order, when there is something to choose.
    pub variants: Vec<FormVariant>,
    /// Pieces held by orders that are not paid yet.
    pub reserved: i64,
    /// The page of its stock; none for a new product.
    pub stock_href: Option<String>,
    /// The shop's currency: `EUR`.
    pub currency: String,
    /// Whether prices are typed with tax.
    pub prices_include_tax: bool,
    /// The tax classes.
    pub tax_classes: Vec<Choice>,
    /// Paths of the categories there are.
    pub known_categories: Vec<String>,
}

/// One of several variants on the product form.
#[derive(Clone, Debug)]
pub struct FormVariant {
    /// Its public id.
    pub id: String,
    /// What is chosen: `Size: M · Colour: Blue`.
    pub name: String,
    /// The page of its stock.
    pub stock_href: String,
}

impl FormVariant {
    /// The name of a field about it.
    fn field(&self, name: &str) -> String {
        format!("variant_{}_{name}", self.id)
    }
}

/// A picture on the product form.
#[derive(Clone, Debug)]
pub struct FormPicture {
    /// Its public id.
    pub id: String,
    /// The picture.
    pub picture: Picture,
}

impl View for Index {
    fn title(&self) -> String {
        "Products".to_owned()
    }
}

impl Index {
    fn finding(&self) -> Finding {
        let tabs = vec![
            Tab { key: "", label: "All", count: self.counts.all },
            Tab { key: "active", label: "Active", count: self.counts.active },
            Tab { key: "draft", label: "Drafts", count: self.counts.draft },
            Tab { key: "archived", label: "Archived", count: self.counts.archived },
        ];
        Finding { base: paths::admin::products(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &str {
        if self.name.is_empty() { "New product" } else { &self.name }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_product().to_owned(), paths::admin::product)
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_good() { "All changes saved" } else { "Not saved" }
    }

    /// What was typed about a picture, or else what is known.
    fn alt<'a>(&'a self, shown: &'a FormPicture) -> &'a str {
        self.form.all(&format!("alt_{}", shown.id)).first().unwrap_or(&shown.picture.alt)
    }

    /// The place typed for a picture, or else the one it has.
    fn position(&self, shown: &FormPicture, place: &usize) -> String {
        self.form.all(&format!("position_{}", shown.id)).first().cloned().unwrap_or_else(|| place.to_string())
    }

    fn is_removed(&self, shown: &FormPicture) -> bool {
        self.form.is(&format!("remove_{}", shown.id), "1")
    }

    fn statuses(&self) -> Vec<Choice> {
        let all =
            [("draft", "Draft: only staff see it"), ("active", "Active: on sale"), ("archived", "Archived: hidden")];
        all.map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() }).to_vec()
    }

    /// What can be typed about a variant: field, label, and how phones show the keys.
    fn columns(&self) -> [(&'static str, &'static str, &'static str); 6] {
        [
            ("price", "Price", "decimal"),
            ("compare_at_price", "Before", "decimal"),
            ("stock", "Stock", "numeric"),
            ("sku", "SKU", "text"),
            ("barcode", "Barcode", "numeric"),
            ("weight_grams", "Grams", "numeric"),
        ]
    }

    fn price_hint(&self) -> String {
        let tax = if self.prices_include_tax { "tax included" } else { "without tax" };
        format!("In {}, {tax}.", self.currency)
    }

    fn stock_hint(&self) -> String {
        match self.reserved {
            0 => String::new(),
            1 => "1 more is held by an unpaid order.".to_owned(),
            many => format!("{many} more are held by unpaid orders."),
        }
    }

    fn categories_hint(&self) -> String {
        let known = if self.known_categories.is_empty() {
            "coffee/blends".to_owned()
        } else {
            self.known_categories.join(", ")
        };
        format!("Separate with commas: {known}")
    }
}
