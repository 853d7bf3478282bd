//! Tax rates.

use askama::Template;

use super::SelectOption;
use crate::forms::Fields;
use crate::paths;
use crate::views::{View, filters};

#[derive(Template)]
#[template(path = "admin/tax_rates/index.html")]
pub struct Index {
    pub groups: Vec<Group>,
    pub country_rules: Vec<CountryTaxRules>,
    /// The shop's country if it is in the European Union.
    pub eu_home: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub country: String,
    /// By priority.
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    /// The name on invoices.
    pub name: String,
    /// `Whole country`, `Bavaria`, `Postcodes 20*`.
    pub place: String,
    /// The period of validity; empty for always.
    pub validity: String,
    /// Whether it is valid today.
    pub in_force: bool,
    /// Rates of different priorities add up.
    pub priority: i64,
    /// Whether it also taxes the taxes of earlier priorities.
    pub compound: bool,
    pub tax_class: String,
    pub rate: String,
    /// A warning about tax classes without a rate in this country.
    pub warning: Option<String>,
}

/// The rules of a country that differ from the shop's.
#[derive(Clone, Debug)]
pub struct CountryTaxRules {
    pub href: String,
    pub country: String,
    /// `its tax is added`, `rounded on every line`.
    pub rules: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "admin/tax_rates/edit.html")]
pub struct Edit {
    /// Fields: `country`, `region`, `tax_class`, `name`, `rate`, `applies_to_shipping`, `postcode`, `priority`,
    /// `compound`, `valid_from`, `valid_to`.
    pub form: Fields,
    /// Public id; none for a new rate.
    pub id: Option<String>,
    pub tax_classes: Vec<SelectOption>,
    /// States or regions of the country; empty if the region is free text.
    pub regions: Vec<SelectOption>,
}

impl View for Index {
    fn title(&self) -> String {
        "Taxes".to_owned()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        super::title_with_error(&self.form, self.heading())
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
        self.id.as_deref().map_or_else(|| paths::admin::new_tax_rate().to_owned(), paths::admin::tax_rate)
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_valid() { "All changes saved" } else { "Not saved yet" }
    }
}
