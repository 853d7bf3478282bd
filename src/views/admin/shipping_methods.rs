//! Ways of sending.

use askama::Template;

use super::Choice;
use crate::forms::Fields;
use crate::paths;
use crate::views::{Amount, View, filters};

/// All ways of sending.
#[derive(Template)]
#[template(path = "admin/shipping_methods/index.html")]
pub struct Index {
    /// By place, in the order customers see them.
    pub groups: Vec<Group>,
}

/// The ways of sending to a place.
#[derive(Clone, Debug)]
pub struct Group {
    /// `Germany, Denmark and 7 more`, `European Union`, or `Everywhere`.
    pub countries: String,
    /// The ways.
    pub rows: Vec<Row>,
}

/// A way of sending.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its form.
    pub href: String,
    /// What customers choose.
    pub name: String,
    /// Steps of its price; 0 for one price.
    pub steps: usize,
    /// `up to 10 kg`, or `any`.
    pub weight: String,
    /// Costs nothing from here on.
    pub free_over: Option<Amount>,
    /// What it costs.
    pub price: Amount,
    /// Customers fetch the goods.
    pub pickup: bool,
}

/// The form of a way of sending.
#[derive(Template)]
#[template(path = "admin/shipping_methods/edit.html")]
pub struct Edit {
    /// `name`, `countries`, `price`, `free_over`, `min_weight_grams`, `max_weight_grams`, `pickup`, `position`,
    /// `tier_basis`, and `tier_from_1`, `tier_price_1` and so on.
    pub form: Fields,
    /// Public id; none for a new one.
    pub id: Option<String>,
    /// The shop's currency: `EUR`.
    pub currency: String,
    /// What steps of the price go by.
    pub bases: Vec<Choice>,
    /// How many rows there are for steps.
    pub rows: usize,
}

/// Names and labels of the fields of a step.
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
        super::titled(&self.form, self.heading())
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
        self.id.as_deref().map_or_else(|| paths::admin::new_shipping().to_owned(), paths::admin::shipping_method)
    }

    /// Whether the price goes by steps, or something about them was refused.
    fn has_steps(&self) -> bool {
        !self.form.is_good() || self.bases.iter().skip(1).any(|basis| self.form.is("tier_basis", &basis.value))
    }

    fn saved_words(&self) -> &'static str {
        if self.id.is_some() && self.form.is_good() { "All changes saved" } else { "Not saved yet" }
    }

    fn steps(&self) -> Vec<Step> {
        let step = |row| Step {
            from: format!("tier_from_{row}"),
            from_label: format!("Step {row} from"),
            price: format!("tier_price_{row}"),
            price_label: format!("Step {row} price"),
        };
        (1..=self.rows).map(step).collect()
    }

    fn price_hint(&self) -> String {
        format!("In {}.", self.currency)
    }
}
