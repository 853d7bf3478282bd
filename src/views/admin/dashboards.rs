//! The overview: what needs someone now.

use askama::Template;

use crate::paths;
use crate::views::{Amount, Link, View, When};

/// The overview.
#[derive(Template)]
#[template(path = "admin/dashboards/show.html")]
pub struct Show {
    /// What waits for someone, the most urgent first.
    pub needs: Vec<Need>,
    /// How sales go; none for people who may not see orders.
    pub sales: Option<Sales>,
    /// Orders to pack, the oldest first.
    pub to_pack: Vec<OrderRow>,
    /// Products that run out.
    pub low_stock: Vec<LowStock>,
    /// Unfinished posts.
    pub drafts: Vec<Link>,
    /// First steps; empty when all is set up.
    pub checklist: Vec<Step>,
    /// May add products.
    pub can_add_products: bool,
    /// May write posts.
    pub can_write_posts: bool,
}

/// Something that waits for someone.
#[derive(Clone, Debug)]
pub struct Need {
    /// In a few words: `2 orders to pack`.
    pub text: String,
    /// A sentence more; may be empty.
    pub detail: String,
    /// Where it is dealt with; empty for those who may not.
    pub href: String,
    /// The button's word: `Pack orders`.
    pub action: String,
    /// Name of an icon: `package`, `bank`, `mail`, `alert`.
    pub icon: &'static str,
    /// How bad it is.
    pub urgency: Urgency,
}

/// How bad something is that waits for someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Daily work.
    ToDo,
    /// Something is wrong.
    Odd,
    /// The shop does not work.
    Stopped,
}

impl Need {
    fn class(&self) -> &'static str {
        match self.urgency {
            Urgency::ToDo => "",
            Urgency::Odd => "warn",
            Urgency::Stopped => "bad",
        }
    }
}

/// How sales go.
#[derive(Clone, Debug)]
pub struct Sales {
    /// Sold today.
    pub today: Amount,
    /// Orders today.
    pub today_orders: i64,
    /// Sold in the last seven days.
    pub week: Amount,
    /// Orders in the last seven days.
    pub week_orders: i64,
    /// Sold on each of those days in minor units, the oldest first.
    pub spark: Vec<i64>,
}

/// An order to pack.
#[derive(Clone, Debug)]
pub struct OrderRow {
    /// Its number.
    pub number: String,
    /// Its page.
    pub href: String,
    /// Who bought.
    pub customer: String,
    /// How it travels.
    pub shipping: String,
    /// When it was placed.
    pub when: When,
    /// What it costs.
    pub total: Amount,
}

/// A product that runs out.
#[derive(Clone, Debug)]
pub struct LowStock {
    /// Its title.
    pub title: String,
    /// Its form.
    pub href: String,
    /// Pieces left.
    pub left: i64,
}

/// A first step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to do.
    pub label: String,
    /// Where.
    pub href: String,
    /// Whether it is done.
    pub done: bool,
}

impl View for Show {
    fn title(&self) -> String {
        "Dashboard".to_owned()
    }
}

impl Show {
    fn steps_done(&self) -> usize {
        self.checklist.iter().filter(|step| step.done).count()
    }

    fn has_side(&self) -> bool {
        !self.low_stock.is_empty() || !self.drafts.is_empty() || !self.checklist.is_empty()
    }
}

impl Sales {
    /// The line of the little chart in a box of 100 × 48.
    fn line(&self) -> String {
        let most = self.spark.iter().copied().max().unwrap_or(0).max(1);
        let steps = i64::try_from(self.spark.len()).unwrap_or(1).saturating_sub(1).max(1);
        let points = (0_i64..).zip(&self.spark).map(|(day, sold)| {
            let down = 46 - sold.clamp(&0, &most).saturating_mul(42) / most;
            format!("{},{down}", day * 100 / steps)
        });
        points.collect::<Vec<_>>().join(" ")
    }

    fn has_chart(&self) -> bool {
        self.spark.len() > 1
    }
}
