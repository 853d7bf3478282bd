//! Discount codes.

use askama::Template;

use super::{Choice, Pill};
use crate::forms::Fields;
use crate::paths;
use crate::views::{View, When, filters};

/// All discount codes.
#[derive(Template)]
#[template(path = "admin/coupons/index.html")]
pub struct Index {
    /// The newest first.
    pub rows: Vec<Row>,
}

/// A discount code.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its form.
    pub href: String,
    /// As customers type it.
    pub code: String,
    /// `15 % off`.
    pub what: String,
    /// `5` or `5 of 100`.
    pub used: String,
    /// How it stands.
    pub state: Pill,
    /// When it ends.
    pub ends: Option<When>,
}

/// The form of a discount code.
#[derive(Template)]
#[template(path = "admin/coupons/edit.html")]
pub struct Edit {
    /// `code`, `kind`, `value`, `minimum`, `usage_limit`, `per_customer_limit`, `starts_at`, `ends_at`, `active`,
    /// `products`, `categories`.
    pub form: Fields,
    /// Public id; none for a new one.
    pub id: Option<String>,
    /// The kinds.
    pub kinds: Vec<Choice>,
    /// On or off.
    pub states: Vec<Choice>,
    /// Products, by title.
    pub products: Vec<Choice>,
    /// Categories, by path.
    pub categories: Vec<Choice>,
    /// The shop's currency: `EUR`.
    pub currency: String,
    /// The shop's time zone.
    pub time_zone: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Discounts".to_owned()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { "Edit discount" } else { "New discount" }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_discount().to_owned(), paths::admin::discount)
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_good() { "All changes saved" } else { "Not saved yet" }
    }

    /// Whether there is something to narrow it to.
    fn has_scope(&self) -> bool {
        !self.categories.is_empty() || !self.products.is_empty()
    }

    fn value_hint(&self) -> String {
        format!("Percent, or {}; none for free shipping.", self.currency)
    }

    fn time_hint(&self) -> String {
        format!("Time of {}.", self.time_zone)
    }
}
