//! Tax rates.

use askama::Template;

use super::Choice;
use crate::forms::Fields;
use crate::paths;
use crate::views::{View, filters};

/// All tax rates.
#[derive(Template)]
#[template(path = "admin/tax_rates/index.html")]
pub struct Index {
    /// By country.
    pub rows: Vec<Row>,
}

/// A tax rate.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its form.
    pub href: String,
    /// What receipts call it.
    pub name: String,
    /// The country's name.
    pub country: String,
    /// A part of the country; may be empty.
    pub region: String,
    /// `Standard`.
    pub tax_class: String,
    /// `19 %`.
    pub rate: String,
}

/// The form of a tax rate.
#[derive(Template)]
#[template(path = "admin/tax_rates/edit.html")]
pub struct Edit {
    /// `country`, `region`, `tax_class`, `name`, `rate`, `applies_to_shipping`.
    pub form: Fields,
    /// Public id; none for a new one.
    pub id: Option<String>,
    /// The tax classes.
    pub tax_classes: Vec<Choice>,
}

impl View for Index {
    fn title(&self) -> String {
        "Taxes".to_owned()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { "Edit tax rate" } else { "New tax rate" }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_tax().to_owned(), paths::admin::tax)
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_good() { "All changes saved" } else { "Not saved yet" }
    }
}
