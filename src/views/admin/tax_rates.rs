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
    pub groups: Vec<Group>,
    /// Countries with rules of their own, by code.
    pub own_rules: Vec<OwnRules>,
    /// The shop's country, when it is in the European Union.
    pub union_home: Option<&'static str>,
}

/// The tax rates of a country.
#[derive(Clone, Debug)]
pub struct Group {
    /// The country's name.
    pub country: String,
    /// Its rates, by priority.
    pub rows: Vec<Row>,
}

/// A tax rate.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its form.
    pub href: String,
    /// What receipts call it.
    pub name: String,
    /// `Whole country`, `Bavaria`, `Postcodes 20*`.
    pub place: String,
    /// When it holds; empty for always.
    pub times: String,
    /// Whether it holds today.
    pub in_force: bool,
    /// Rates of different priorities add up.
    pub priority: i64,
    /// Whether it taxes earlier taxes.
    pub compound: bool,
    /// `Standard`.
    pub tax_class: String,
    /// `19 %`.
    pub rate: String,
    /// What the owner should know about goods of other classes there.
    pub warning: Option<String>,
}

/// What is different for orders to a country.
#[derive(Clone, Debug)]
pub struct OwnRules {
    /// Its form.
    pub href: String,
    /// The country's name.
    pub country: String,
    /// `its tax is added`, `rounded on every line`.
    pub rules: Vec<&'static str>,
}

/// The form of a tax rate.
#[derive(Template)]
#[template(path = "admin/tax_rates/edit.html")]
pub struct Edit {
    /// `country`, `region`, `tax_class`, `name`, `rate`, `applies_to_shipping`, `postcode`, `priority`, `compound`,
    /// `valid_from`, `valid_to`.
    pub form: Fields,
    /// Public id; none for a new one.
    pub id: Option<String>,
    /// The tax classes.
    pub tax_classes: Vec<Choice>,
    /// The states or regions of the country, to choose from; none where they are free text.
    pub regions: Vec<Choice>,
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

impl Index {
    fn count(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
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
