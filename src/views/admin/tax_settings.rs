//! Tax rules that differ by country.

use askama::Template;

use super::{SelectOption, select_options, settings};
use crate::forms::Fields;
use crate::paths;
use crate::views::{View, filters};

#[derive(Template)]
#[template(path = "admin/tax_settings/edit.html")]
pub struct Edit {
    /// Fields: `country`, `prices_include_tax` (`yes` or `no`), `tax_rounding`, `cross_border`; empty means the same as
    /// the shop.
    pub form: Fields,
    /// ISO 3166 code; none for a new entry.
    pub country: Option<String>,
    /// All countries except the shop's.
    pub countries: Vec<SelectOption>,
    /// The shop's setting.
    pub prices_include_tax: bool,
    /// The shop's setting: `rate_group` or `line`.
    pub rounding: &'static str,
    /// The shop's setting: `keep_gross` or `keep_net`.
    pub cross_border: &'static str,
}

impl View for Edit {
    fn title(&self) -> String {
        super::title_with_error(&self.form, &self.heading())
    }
}

impl Edit {
    fn heading(&self) -> String {
        let named = |code: &String| self.countries.iter().find(|choice| choice.value == *code);
        match self.country.as_ref().map(|code| named(code).map_or(code.as_str(), |choice| choice.label.as_str())) {
            Some(country) => format!("Tax rules for {country}"),
            None => "Tax rules for a country".to_owned(),
        }
    }

    fn action(&self) -> String {
        self.country.as_deref().map_or_else(|| paths::admin::new_tax_setting().to_owned(), paths::admin::tax_setting)
    }

    fn saved_words(&self) -> &'static str {
        if self.country.is_some() && self.form.is_valid() { "All changes saved" } else { "Not saved yet" }
    }

    fn places(&self) -> Vec<SelectOption> {
        let none = SelectOption { value: String::new(), label: "Choose a country".to_owned() };
        std::iter::once(none).chain(self.countries.iter().cloned()).collect()
    }

    fn bases(&self) -> Vec<SelectOption> {
        let own = select_options(&[("yes", "Prices include its tax"), ("no", "Its tax is added to prices")]);
        let shop = if self.prices_include_tax { "prices include tax" } else { "tax is added" };
        or_as_shop(shop, own)
    }

    fn tax_roundings(&self) -> Vec<SelectOption> {
        with_shops(self.rounding, settings::tax_rounding_options())
    }

    fn cross_borders(&self) -> Vec<SelectOption> {
        with_shops(self.cross_border, settings::cross_border_options())
    }
}

fn with_shops(value: &str, own: Vec<SelectOption>) -> Vec<SelectOption> {
    let shop = own.iter().find(|choice| choice.value == value).map(|choice| choice.label.to_lowercase());
    or_as_shop(&shop.unwrap_or_default(), own)
}

fn or_as_shop(shop: &str, own: Vec<SelectOption>) -> Vec<SelectOption> {
    let as_shop = SelectOption { value: String::new(), label: format!("Same as the shop: {shop}") };
    std::iter::once(as_shop).chain(own).collect()
}
