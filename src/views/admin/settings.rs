//! The settings form.

use askama::Template;

use super::{SelectOption, select_options};
use crate::forms::Fields;
use crate::paths;
use crate::views::{View, filters};

#[derive(Template)]
#[template(path = "admin/settings/edit.html")]
pub struct Edit {
    /// Fields: `site_name`, `tagline`, `announcement`, `contact_email`, `footer_note`, `accent`, `country`, `region`,
    /// `postcode`, `currency`, `time_zone`, `locale`, `prices_include_tax`, `tax_rounding`, `shipping_tax`,
    /// `cross_border`, `stock_hold_minutes`, `transfer_hold_days`, `order_number_start`, `bank_account`,
    /// `business_address`, `vat_number`, `vat_exemption`, `check_vat_numbers`, `hero_title`, `hero_text`,
    /// `hero_action_label`, `story_title`, `story_text`, `lock_version`.
    pub form: Fields,
    pub countries: Vec<SelectOption>,
    pub currencies: Vec<SelectOption>,
    pub time_zones: Vec<SelectOption>,
    pub locales: Vec<SelectOption>,
}

impl View for Edit {
    fn title(&self) -> String {
        super::title_with_error(&self.form, "Settings")
    }
}

impl Edit {
    fn saved_words(&self) -> &'static str {
        if self.form.is_valid() { "All changes saved" } else { "Not saved" }
    }

    fn shipping_taxes(&self) -> Vec<SelectOption> {
        select_options(&[
            ("standard", "Standard rate"),
            ("highest", "Highest rate in the cart"),
            ("proportional", "Proportional to the items"),
        ])
    }
}

/// Tax rounding choices, shared with the tax rules of a country.
pub(super) fn tax_rounding_options() -> Vec<SelectOption> {
    select_options(&[("rate_group", "Once per rate"), ("line", "On every line")])
}

/// Pricing choices for buyers abroad, shared with the tax rules of a country.
pub(super) fn cross_border_options() -> Vec<SelectOption> {
    select_options(&[("keep_gross", "Same price everywhere"), ("keep_net", "Same price before tax")])
}
