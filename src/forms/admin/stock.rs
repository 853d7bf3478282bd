//! The stock adjustment form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject};
use crate::models::catalog::variant::stock_adjustments::{AdjustmentKind, StockAdjustment};

/// Maximum quantity of one adjustment.
const MOST: i64 = 1_000_000;

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

impl FormObject for StockForm {
    type Output = StockAdjustment;

    fn into_output(self, fields: &mut Fields) -> Option<StockAdjustment> {
        let handling = AdjustmentKind::parse(&self.kind);
        if handling.is_none() {
            fields.add_error("kind", "Choose one of these.");
        }
        let pieces = optional(fields, "quantity", &self.quantity, least(handling));
        let reason = super::normalise(&self.reason).trim().to_owned();
        let explains = matches!(handling, Some(AdjustmentKind::Count | AdjustmentKind::Damage));
        if explains && reason.is_empty() && !self.quantity.trim().is_empty() {
            fields.add_error("reason", "Enter a reason, for the stock history.");
        }
        let low_at = optional(fields, "low_at", &self.low_at, 0);
        let low_at_was = self.low_at_was.map(|was| was.trim().parse().ok());
        Some(StockAdjustment {
            kind: handling?,
            quantity: pieces?,
            reason,
            low_stock_threshold: low_at?,
            low_stock_threshold_was: low_at_was,
        })
    }
}

/// A stock count may be zero; other adjustments need at least one.
fn least(handling: Option<AdjustmentKind>) -> i64 {
    if handling == Some(AdjustmentKind::Count) { 0 } else { 1 }
}

/// Parses an optional whole number: `Some(None)` if empty, `None` if invalid.
fn optional(fields: &mut Fields, name: &str, typed: &str, least: i64) -> Option<Option<i64>> {
    if typed.trim().is_empty() {
        Some(None)
    } else {
        super::parse_integer(fields, name, typed, least, (least, MOST)).map(Some)
    }
}
