//! What buyers send back, as a part of an order's page.

use super::Pill;
use crate::forms::Fields;
use crate::views::When;

/// The returns of an order.
#[derive(Clone, Debug)]
pub struct Returns {
    /// The returns, the latest first.
    pub rows: Vec<Row>,
    /// Lines of which something can be sent back; empty for those who may not start a return.
    pub startable: Vec<Startable>,
    /// There is shipping that was not paid back.
    pub can_refund_shipping: bool,
    /// The forms as typed: `return_quantity_{line id}` and `return_reason` to start one; `answer_{return id}`;
    /// `condition_{return id}_{line id}`; `refund_shipping_{return id}`.
    pub form: Fields,
}

/// A return.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: i64,
    /// Since when it is wished.
    pub when: When,
    /// Who asked for it.
    pub who: String,
    /// Why; may be empty.
    pub reason: String,
    /// Why not; may be empty.
    pub answer: String,
    /// Where it is.
    pub state: Pill,
    /// What is in it.
    pub items: Vec<Item>,
    /// What comes next.
    pub next: Next,
    /// May be called off.
    pub can_cancel: bool,
}

/// The one thing to do about a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing, or nothing for this person.
    Nothing,
    /// Say yes or no.
    Answer,
    /// Look at what has arrived.
    Arrive,
    /// Pay back.
    PayBack,
    /// Nothing: why.
    Because(&'static str),
}

/// Pieces of a line in a return.
#[derive(Clone, Debug)]
pub struct Item {
    /// The id of the order's line.
    pub line: i64,
    /// Its title.
    pub title: String,
    /// Pieces.
    pub quantity: i64,
    /// What they are like; empty before somebody has looked.
    pub condition: &'static str,
}

/// A line of which something can be sent back.
#[derive(Clone, Debug)]
pub struct Startable {
    /// The id of the order's line.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Most pieces.
    pub left: i64,
}

impl Returns {
    /// Nothing to show.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.startable.is_empty()
    }

    /// The form to start a return was refused.
    pub fn is_start_refused(&self) -> bool {
        self.form.errors().iter().any(|(name, _)| name.starts_with("return_"))
    }

    /// How many of a line are to be sent back: what was typed, or else none.
    pub fn quantity(&self, line: &Startable) -> &str {
        self.form.all(&line.field()).first().map_or("0", String::as_str)
    }
}

impl Startable {
    /// The name of its field.
    pub fn field(&self) -> String {
        format!("return_quantity_{}", self.id)
    }
}

impl Row {
    /// The name of the field for the answer.
    pub fn answer_field(&self) -> String {
        format!("answer_{}", self.id)
    }

    /// The name of the box for the shipping.
    pub fn shipping_field(&self) -> String {
        format!("refund_shipping_{}", self.id)
    }

    /// The name of the choice of what pieces are like.
    pub fn condition_field(&self, item: &Item) -> String {
        format!("condition_{}_{}", self.id, item.line)
    }
}
