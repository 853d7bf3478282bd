//! What the owner decides about the site.

use askama::Template;

use super::{Choice, choices};
use crate::forms::Fields;
use crate::paths;
use crate::views::{View, filters};

/// The settings form.
#[derive(Template)]
#[template(path = "admin/settings/edit.html")]
pub struct Edit {
    /// `site_name`, `tagline`, `announcement`, `contact_email`, `footer_note`, `accent`, `country`, `currency`,
    /// `time_zone`, `locale`, `prices_include_tax`, `tax_rounding`, `shipping_tax`, `cross_border`,
    /// `region`, `postcode`, `stock_hold_minutes`, `transfer_hold_days`, `order_number_start`, `bank_account`,
    /// `vat_exemption`, `check_vat_numbers`, `hero_title`, `hero_text`, `hero_action_label`,
    /// `story_title`, `story_text`.
    pub form: Fields,
    /// Countries by name.
    pub countries: Vec<Choice>,
    /// Currencies by code.
    pub currencies: Vec<Choice>,
    /// Time zones by name.
    pub time_zones: Vec<Choice>,
    /// Languages.
    pub locales: Vec<Choice>,
}

impl View for Edit {
    fn title(&self) -> String {
        super::titled(&self.form, "Settings")
    }
}

impl Edit {
    fn saved_words(&self) -> &'static str {
        if self.form.is_good() { "All changes saved" } else { "Not saved" }
    }

    fn shipping_taxes(&self) -> Vec<Choice> {
        choices(&[
            ("standard", "Standard rate"),
            ("highest", "Highest rate in the cart"),
            ("proportional", "Split like the goods"),
        ])
    }
}

/// Where tax can be rounded.
pub(super) fn tax_roundings() -> Vec<Choice> {
    choices(&[("rate_group", "Once per rate"), ("line", "On every line")])
}

/// What buyers abroad can be asked to pay.
pub(super) fn cross_borders() -> Vec<Choice> {
    choices(&[("keep_gross", "Same price everywhere"), ("keep_net", "Same price before tax")])
}
