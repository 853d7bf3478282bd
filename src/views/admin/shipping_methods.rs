//! Shipping methods.

use askama::Template;

use super::SelectOption;
use crate::forms::Fields;
use crate::paths;
use crate::views::{Amount, View, filters};

#[derive(Template)]
#[template(path = "admin/shipping_methods/index.html")]
pub struct Index {
    /// Grouped by destination, in the order that customers see.
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
    /// Price tiers; 0 for a flat rate.
    pub tier_count: usize,
    /// `up to 10 kg` or `any`.
    pub weight: String,
    /// The order value from which shipping is free.
    pub free_over: Option<Amount>,
    pub price: Amount,
    pub pickup: bool,
}

#[derive(Template)]
#[template(path = "admin/shipping_methods/edit.html")]
pub struct Edit {
    /// Fields: `name`, `countries`, `price`, `free_over`, `min_weight_grams`, `max_weight_grams`, `pickup`, `position`,
    /// `tier_basis`, `tier_from_{n}`, `tier_price_{n}`.
    pub form: Fields,
    /// Public id; none for a new method.
    pub id: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// What the tiers are based on: weight or order value.
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
        "Shipping".to_owned()
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
        if self.id.is_some() { "Edit shipping method" } else { "New shipping method" }
    }

    fn action(&self) -> String {
        self.id.as_deref().map_or_else(|| paths::admin::new_shipping_method().to_owned(), paths::admin::shipping_method)
    }

    /// Whether to open the tiers: the method uses them, or the form was refused.
    fn has_steps(&self) -> bool {
        !self.form.is_valid() || self.bases.iter().skip(1).any(|basis| self.form.has_value("tier_basis", &basis.value))
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_valid() { "All changes saved" } else { "Not saved yet" }
    }

    fn steps(&self) -> Vec<Step> {
        let step = |row| Step {
            from: format!("tier_from_{row}"),
            from_label: format!("Tier {row} from"),
            price: format!("tier_price_{row}"),
            price_label: format!("Tier {row} price"),
        };
        (1..=self.rows).map(step).collect()
    }

    fn price_hint(&self) -> String {
        format!("In {}.", self.currency)
    }
}
