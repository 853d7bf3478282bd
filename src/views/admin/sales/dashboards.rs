//! The admin dashboard.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Amount, DateTime, Link, View};

#[derive(Template)]
#[template(path = "admin/sales/dashboards/show.html")]
pub struct Show {
    pub t: Locale,
    pub action_items: Vec<ActionItem>,
    /// None without the permission to see orders.
    pub sales: Option<Sales>,
    pub to_pack: Vec<OrderRow>,
    pub low_stock: Vec<LowStock>,
    pub drafts: Vec<Link>,
    pub checklist: Vec<Step>,
    pub can_add_products: bool,
    pub can_write_posts: bool,
}

#[derive(Clone, Debug)]
pub struct ActionItem {
    pub text: String,
    pub detail: String,
    pub href: String,
    pub action: String,
    pub icon: &'static str,
    pub urgency: Urgency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    Routine,
    Warning,
    /// The shop cannot sell.
    Critical,
}

impl ActionItem {
    fn class(&self) -> &'static str {
        match self.urgency {
            Urgency::Routine => "",
            Urgency::Warning => "warn",
            Urgency::Critical => "bad",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Sales {
    pub today: Amount,
    pub today_orders: i64,
    /// The last seven days, including today.
    pub week: Amount,
    pub week_orders: i64,
    /// Sales per day in minor units, oldest first.
    pub daily_totals: Vec<i64>,
}

#[derive(Clone, Debug)]
pub struct OrderRow {
    pub number: String,
    pub href: String,
    pub customer: String,
    pub shipping: String,
    pub when: DateTime,
    pub total: Amount,
}

#[derive(Clone, Debug)]
pub struct LowStock {
    pub title: String,
    pub href: String,
    pub left: i64,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub label: String,
    pub href: String,
    pub done: bool,
}

impl View for Show {
    fn title(&self) -> String {
        self.t.admin_dashboard_title().to_owned()
    }
}

impl Show {
    fn step_count(&self) -> usize {
        self.checklist.len()
    }

    fn steps_done(&self) -> usize {
        self.checklist.iter().filter(|step| step.done).count()
    }

    fn has_side(&self) -> bool {
        !self.low_stock.is_empty() || !self.drafts.is_empty() || !self.checklist.is_empty()
    }
}

impl Sales {
    /// SVG polyline points in a view box of 100 × 48.
    fn line(&self) -> String {
        let most = self.daily_totals.iter().copied().max().unwrap_or(0).max(1);
        let steps = i64::try_from(self.daily_totals.len()).unwrap_or(1).saturating_sub(1).max(1);
        let points = (0_i64..).zip(&self.daily_totals).map(|(day, sold)| {
            let down = 46 - sold.clamp(&0, &most).saturating_mul(42) / most;
            format!("{},{down}", day * 100 / steps)
        });
        points.collect::<Vec<_>>().join(" ")
    }

    fn has_chart(&self) -> bool {
        self.daily_totals.len() > 1
    }
}
