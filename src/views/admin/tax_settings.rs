//! Rules of tax of single countries.

use askama::Template;

use super::{Choice, choices, settings};
use crate::forms::Fields;
use crate::paths;
use crate::views::{View, filters};

/// The form of a country's own rules.
#[derive(Template)]
#[template(path = "admin/tax_settings/edit.html")]
pub struct Edit {
    /// `country`, `prices_include_tax` (`yes`, `no`), `tax_rounding`, `cross_border`; empty is as for the shop.
    pub form: Fields,
    /// The country's code; none while it is to be chosen.
    pub country: Option<String>,
    /// Countries by name, without the shop's own.
    pub countries: Vec<Choice>,
    /// What the shop does: whether prices include tax.
    pub prices_include_tax: bool,
    /// Where the shop rounds tax: `rate_group` or `line`.
    pub rounding: &'static str,
    /// What the shop takes abroad: `keep_gross` or `keep_net`.
    pub cross_border: &'static str,
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, &self.heading())
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
        if self.country.is_some() && self.form.is_good() { "All changes saved" } else { "Not saved yet" }
    }

    /// None is chosen before somebody does.
    fn places(&self) -> Vec<Choice> {
        let none = Choice { value: String::new(), label: "Choose a country".to_owned() };
        std::iter::once(none).chain(self.countries.iter().cloned()).collect()
    }

    fn bases(&self) -> Vec<Choice> {
        let own = choices(&[("yes", "Prices include its tax"), ("no", "Its tax is added to prices")]);
        let shop = if self.prices_include_tax { "prices include tax" } else { "tax is added" };
        or_as_shop(shop, own)
    }

    fn tax_roundings(&self) -> Vec<Choice> {
        with_shops(self.rounding, settings::tax_roundings())
    }

    fn cross_borders(&self) -> Vec<Choice> {
        with_shops(self.cross_border, settings::cross_borders())
    }
}

fn with_shops(value: &str, own: Vec<Choice>) -> Vec<Choice> {
    let shop = own.iter().find(|choice| choice.value == value).map(|choice| choice.label.to_lowercase());
    or_as_shop(&shop.unwrap_or_default(), own)
}

fn or_as_shop(shop: &str, own: Vec<Choice>) -> Vec<Choice> {
    let as_shop = Choice { value: String::new(), label: format!("As the shop: {shop}") };
    std::iter::once(as_shop).chain(own).collect()
}
