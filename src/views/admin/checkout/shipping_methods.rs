//! Shipping methods.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Amount, SelectOption, View, admin, filters};

#[derive(Template)]
#[template(path = "admin/checkout/shipping_methods/index.html")]
pub struct Index {
    pub t: Locale,
    pub groups: Vec<Group>,
}

#[derive(Clone, Debug)]
pub struct Group {
    /// `Germany, Denmark and 7 more`, `European Union` or `Everywhere`.
    pub countries: String,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub name: String,
    pub tier_count: i64,
    /// `up to 10 kg` or `any`.
    pub weight: String,
    pub free_over: Option<Amount>,
    pub price: Amount,
    pub pickup: bool,
}

#[derive(Template)]
#[template(path = "admin/checkout/shipping_methods/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub id: Option<String>,
    pub currency: String,
    pub bases: Vec<SelectOption>,
    pub rows: usize,
}

struct Step {
    from: String,
    from_label: String,
    price: String,
    price_label: String,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_shipping_title().to_owned()
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
        if self.id.is_some() { self.t.admin_shipping_edit_title() } else { self.t.admin_shipping_new_title() }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_shipping_method().to_owned(), paths::admin::shipping_method)
    }

    /// Whether to open the tiers: the method uses them, or the form was refused.
    fn has_steps(&self) -> bool {
        !self.form.is_valid() || self.bases.iter().skip(1).any(|basis| self.form.has_value("tier_basis", &basis.value))
    }

    fn saved_words(&self) -> &'static str {
        admin::saved_words(self.t, &self.form, self.id.is_some())
    }

    fn steps(&self) -> Vec<Step> {
        let step = |row| Step {
            from: format!("tier_from_{row}"),
            from_label: self.t.admin_shipping_tier_from(row),
            price: format!("tier_price_{row}"),
            price_label: self.t.admin_shipping_tier_price(row),
        };
        (1..=self.rows).map(step).collect()
    }

    fn price_hint(&self) -> String {
        self.t.admin_shipping_price_hint(&self.currency)
    }
}
