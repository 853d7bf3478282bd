//! The stock adjustment form.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Fields, FormObject, admin};
use crate::models::catalog::variant::stock_adjustments::{AdjustmentKind, StockAdjustment};
use crate::support::i18n::Message;

const MAX_QUANTITY: i64 = 1_000_000;

pub mod limits {
    pub const REASON: u64 = 500;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct StockForm {
    kind: String,
    quantity: String,
    low_at: String,
    #[validate(length(max = limits::REASON, code = "reason_too_long"))]
    reason: String,
    low_at_was: Option<String>,
}

impl FormObject for StockForm {
    type Output = StockAdjustment;

    fn into_output(self, fields: &mut Fields) -> Option<StockAdjustment> {
        let kind = admin::require_choice(fields, "kind", AdjustmentKind::parse(&self.kind));
        let quantity = parse_optional_integer(fields, "quantity", &self.quantity, min_quantity(kind));
        let reason = admin::normalise(&self.reason).trim().to_owned();
        let needs_reason = matches!(kind, Some(AdjustmentKind::Count | AdjustmentKind::Damage));
        if needs_reason && reason.is_empty() && !self.quantity.trim().is_empty() {
            fields.add_error("reason", Message::StockReasonMissing);
        }
        let low_at = parse_optional_integer(fields, "low_at", &self.low_at, 0);
        let low_at_was = self.low_at_was.map(|was| was.trim().parse().ok());
        Some(StockAdjustment {
            kind: kind?,
            quantity: quantity?,
            reason,
            low_stock_threshold: low_at?,
            low_stock_threshold_was: low_at_was,
        })
    }
}

/// A stock count may be zero; other adjustments need at least one.
fn min_quantity(kind: Option<AdjustmentKind>) -> i64 {
    if kind == Some(AdjustmentKind::Count) { 0 } else { 1 }
}

/// Parses an optional whole number: `Some(None)` if empty, `None` if invalid.
fn parse_optional_integer(fields: &mut Fields, name: &str, text: &str, min: i64) -> Option<Option<i64>> {
    if text.trim().is_empty() {
        Some(None)
    } else {
        admin::parse_integer(fields, name, text, min, (min, MAX_QUANTITY)).map(Some)
    }
}
