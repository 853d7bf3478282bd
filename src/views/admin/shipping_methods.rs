//! Ways of sending.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::{Amount, View, filters};

/// All ways of sending.
#[derive(Template)]
#[template(path = "admin/shipping_methods/index.html")]
pub struct Index {
    /// In the order customers see them.
    pub rows: Vec<Row>,
}

/// A way of sending.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its form.
    pub href: String,
    /// What customers choose.
    pub name: String,
    /// `Germany, Denmark and 7 more`, or `Everywhere`.
    pub countries: String,
    /// `up to 10 kg`, or `any`.
    pub weight: String,
    /// Costs nothing from here on.
    pub free_over: Option<Amount>,
    /// What it costs.
    pub price: Amount,
    /// Customers fetch the goods.
    pub pickup: bool,
}

/// The form of a way of sending.
#[derive(Template)]
#[template(path = "admin/shipping_methods/edit.html")]
pub struct Edit {
    /// `name`, `countries`, `price`, `free_over`, `min_weight_grams`, `max_weight_grams`, `pickup`, `position`.
    pub form: Fields,
    /// Public id; none for a new one.
    pub id: Option<String>,
    /// The shop's currency: `EUR`.
    pub currency: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Shipping".to_owned()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { "Edit shipping method" } else { "New shipping method" }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_shipping().to_owned(), paths::admin::shipping_method)
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_good() { "All changes saved" } else { "Not saved yet" }
    }

    fn price_hint(&self) -> String {
        format!("In {}.", self.currency)
    }
}
