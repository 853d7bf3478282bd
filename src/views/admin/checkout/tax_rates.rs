//! Tax rates.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::checkout::tax_rates::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{SelectOption, View, admin, filters};

#[derive(Template)]
#[template(path = "admin/checkout/tax_rates/index.html")]
pub struct Index {
    pub t: Locale,
    pub groups: Vec<Group>,
    pub country_rules: Vec<CountryTaxRules>,
    /// The shop's country if it is in the European Union.
    pub eu_home: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub country: String,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub name: String,
    /// `Whole country`, `Bavaria`, `Postcodes 20*`.
    pub place: String,
    pub place_and_class: String,
    /// The period of validity, and whether it is not valid today; empty for always.
    pub validity: String,
    /// Rates of different priorities add up.
    pub priority: i64,
    /// Whether it also taxes the taxes of earlier priorities.
    pub compound: bool,
    pub tax_class: String,
    pub rate: String,
    pub warning: Option<String>,
}

#[derive(Clone, Debug)]
pub struct CountryTaxRules {
    pub href: String,
    pub country: String,
    /// `Its tax is added, rounded on every line`.
    pub rules: String,
}

#[derive(Template)]
#[template(path = "admin/checkout/tax_rates/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub id: Option<String>,
    pub tax_classes: Vec<SelectOption>,
    /// States or regions of the country; empty if the region is free text.
    pub regions: Vec<SelectOption>,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_tax_title().to_owned()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.heading())
    }
}

impl Index {
    fn count(&self) -> usize {
        self.groups.iter().map(|group| group.rows.len()).sum()
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { self.t.admin_tax_edit_title() } else { self.t.admin_tax_new_title() }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_tax_rate().to_owned(), paths::admin::tax_rate)
    }

    fn saved_words(&self) -> &'static str {
        admin::saved_words(self.t, &self.form, self.id.is_some())
    }
}
