//! The settings form.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::platform::settings::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{SelectOption, View, admin, filters};

#[derive(Template)]
#[template(path = "admin/platform/settings/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub countries: Vec<SelectOption>,
    pub currencies: Vec<SelectOption>,
    pub time_zones: Vec<SelectOption>,
    pub locales: Vec<SelectOption>,
    pub tax_roundings: Vec<SelectOption>,
    pub shipping_taxes: Vec<SelectOption>,
    pub cross_borders: Vec<SelectOption>,
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.t.admin_setting_title())
    }
}

impl Edit {
    fn saved_words(&self) -> &'static str {
        if self.form.is_valid() { self.t.admin_all_changes_saved() } else { self.t.admin_not_saved() }
    }
}
