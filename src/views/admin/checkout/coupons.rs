//! Discount codes.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::checkout::coupons::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::admin::{self, Pill};
use crate::views::{DateTime, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "admin/checkout/coupons/index.html")]
pub struct Index {
    pub t: Locale,
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
#[template(path = "admin/checkout/coupons/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub id: Option<String>,
    pub kinds: Vec<SelectOption>,
    pub states: Vec<SelectOption>,
    pub products: Vec<SelectOption>,
    pub categories: Vec<SelectOption>,
    pub currency: String,
    pub time_zone: String,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_coupon_discounts().to_owned()
    }
}

impl Index {
    fn count(&self) -> usize {
        self.rows.len()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { self.t.admin_coupon_edit() } else { self.t.admin_coupon_new() }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_coupon().to_owned(), paths::admin::coupon)
    }

    fn saved_words(&self) -> &'static str {
        admin::saved_words(self.t, &self.form, self.id.is_some())
    }

    fn has_scope(&self) -> bool {
        !self.categories.is_empty() || !self.products.is_empty()
    }
}
