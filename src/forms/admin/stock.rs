//! The form that moves stock.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::variant::counting::{Handled, Handling};

/// Most pieces that one move can carry.
const MOST: i64 = 1_000_000;

/// What the form sends.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct StockForm {
    kind: String,
    quantity: String,
    #[validate(length(max = 500, message = "A reason has at most 500 characters."))]
    reason: String,
    low_at: String,
    low_at_was: Option<String>,
}

impl Checked for StockForm {
    type Output = Handled;

    fn checked(self, fields: &mut Fields) -> Option<Handled> {
        let handling = Handling::parse(&self.kind);
        if handling.is_none() {
            fields.refuse("kind", "Choose one of these.");
        }
        let pieces = optional(fields, "quantity", &self.quantity, least(handling));
        let reason = super::tidy(&self.reason).trim().to_owned();
        let explains = matches!(handling, Some(Handling::Count | Handling::Damage));
        if explains && reason.is_empty() && !self.quantity.trim().is_empty() {
            fields.refuse("reason", "Say why, for whoever looks at it in a year.");
        }
        let low_at = optional(fields, "low_at", &self.low_at, 0);
        let low_at_was = self.low_at_was.map(|was| was.trim().parse().ok());
        Some(Handled { handling: handling?, pieces: pieces?, reason, low_at: low_at?, low_at_was })
    }
}

/// A shelf can be counted empty; but nobody receives or breaks nothing.
fn least(handling: Option<Handling>) -> i64 {
    if handling == Some(Handling::Count) { 0 } else { 1 }
}

/// A whole number that may be left empty: `Some(None)` then.
fn optional(fields: &mut Fields, name: &str, typed: &str, least: i64) -> Option<Option<i64>> {
    if typed.trim().is_empty() { Some(None) } else { super::whole(fields, name, typed, least, (least, MOST)).map(Some) }
}
