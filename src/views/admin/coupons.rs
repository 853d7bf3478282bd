//! Discount codes.

use askama::Template;

use super::{Pill, SelectOption};
use crate::forms::Fields;
use crate::paths;
use crate::views::{DateTime, View, filters};

#[derive(Template)]
#[template(path = "admin/coupons/index.html")]
pub struct Index {
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub code: String,
    /// `15 % off`.
    pub what: String,
    /// `5` or `5 of 100`.
    pub used: String,
    pub state: Pill,
    pub ends: Option<DateTime>,
}

#[derive(Template)]
#[template(path = "admin/coupons/edit.html")]
pub struct Edit {
    /// Fields: `code`, `kind`, `value`, `minimum`, `usage_limit`, `per_customer_limit`, `starts_at`, `ends_at`,
    /// `active`, `products`, `categories`.
    pub form: Fields,
    /// Public id; none for a new code.
    pub id: Option<String>,
    pub kinds: Vec<SelectOption>,
    /// Active or inactive.
    pub states: Vec<SelectOption>,
    pub products: Vec<SelectOption>,
    pub categories: Vec<SelectOption>,
    /// ISO 4217.
    pub currency: String,
    pub time_zone: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Discounts".to_owned()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::title_with_error(&self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { "Edit discount" } else { "New discount" }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_coupon().to_owned(), paths::admin::coupon)
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_valid() { "All changes saved" } else { "Not saved yet" }
    }

    /// Whether there are products or categories to limit the code to.
    fn has_scope(&self) -> bool {
        !self.categories.is_empty() || !self.products.is_empty()
    }

    fn value_hint(&self) -> String {
        format!("A percentage, or an amount in {}. Empty for free shipping.", self.currency)
    }

    fn time_hint(&self) -> String {
        format!("In {} time.", self.time_zone)
    }
}
