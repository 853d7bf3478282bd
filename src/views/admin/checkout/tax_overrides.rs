//! Tax rules that differ by country.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{SelectOption, View, admin, filters};

#[derive(Template)]
#[template(path = "admin/checkout/tax_overrides/edit.html")]
pub struct Edit {
    pub t: Locale,
    /// Empty fields mean the same as the shop.
    pub form: Fields,
    pub country: Option<String>,
    pub country_name: String,
    pub countries: Vec<SelectOption>,
    /// The first choice of these is to follow the shop's setting.
    pub price_bases: Vec<SelectOption>,
    pub tax_roundings: Vec<SelectOption>,
    pub cross_borders: Vec<SelectOption>,
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, &self.heading())
    }
}

impl Edit {
    fn heading(&self) -> String {
        match self.country {
            Some(_) => self.t.admin_tax_rules_edit_title(&self.country_name),
            None => self.t.admin_tax_rules_new_title().to_owned(),
        }
    }

    fn action(&self) -> String {
        self.country.as_deref().map_or_else(|| paths::admin::new_tax_override().to_owned(), paths::admin::tax_override)
    }

    fn saved_words(&self) -> &'static str {
        admin::saved_words(self.t, &self.form, self.country.is_some())
    }
}
