//! Returns, as a part of the order page.

use crate::forms::Fields;
use crate::support::ids::{OrderLineId, ReturnId};
use crate::views::DateTime;
use crate::views::admin::Pill;

#[derive(Clone, Debug)]
pub struct Returns {
    pub rows: Vec<Row>,
    pub returnable_lines: Vec<ReturnableLine>,
    pub can_refund_shipping: bool,
    pub form: Fields,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: ReturnId,
    pub when: DateTime,
    pub who: String,
    pub reason: String,
    pub answer: String,
    pub state: Pill,
    pub items: Vec<Item>,
    pub next: NextStep,
    pub can_cancel: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// No action, or none that this person may take.
    Nothing,
    Answer,
    Receive,
    Refund,
    /// No action is possible, with the reason.
    Blocked(&'static str),
}

#[derive(Clone, Debug)]
pub struct Item {
    pub line: OrderLineId,
    pub title: String,
    pub quantity: i64,
    /// Empty until the goods are received.
    pub condition: &'static str,
}

#[derive(Clone, Debug)]
pub struct ReturnableLine {
    pub id: OrderLineId,
    pub title: String,
    pub left: i64,
}

impl Returns {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.returnable_lines.is_empty()
    }

    pub fn has_start_errors(&self) -> bool {
        self.form.errors().iter().any(|(name, _)| name.starts_with("return_"))
    }

    pub fn quantity(&self, line: &ReturnableLine) -> &str {
        self.form.values(&line.field()).first().map_or("0", String::as_str)
    }
}

impl ReturnableLine {
    pub fn field(&self) -> String {
        format!("return_quantity_{}", self.id)
    }
}

impl Row {
    pub fn answer_field(&self) -> String {
        format!("answer_{}", self.id)
    }

    pub fn shipping_field(&self) -> String {
        format!("refund_shipping_{}", self.id)
    }

    pub fn condition_field(&self, item: &Item) -> String {
        format!("condition_{}_{}", self.id, item.line)
    }
}
