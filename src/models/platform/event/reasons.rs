//! Why something happened, as data: the cause of a refund, and why staff should review an order.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::money::Currency;
use crate::{stored_as_text, text_enum};

text_enum! {
    /// Why a refund was made, if not for a reason that staff typed.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    RefundCause {
        ItemsReturned = "items_returned",
        OrderCancelled = "order_cancelled",
        /// Gift cards of an order that was not paid in time.
        NotPaidInTime = "not_paid_in_time",
        /// The payment arrived after the order had expired.
        PaidTooLate = "paid_too_late",
        Overpaid = "overpaid",
    }
}

impl RefundCause {
    /// Whether the program refunds by itself, because the shop may not keep the money.
    pub fn is_automatic(self) -> bool {
        match self {
            RefundCause::ItemsReturned => false,
            RefundCause::OrderCancelled
            | RefundCause::NotPaidInTime
            | RefundCause::PaidTooLate
            | RefundCause::Overpaid => true,
        }
    }
}

/// Why staff should review an order; stored as JSON. Amounts are in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReviewReason {
    /// The buyer has disputed the payment with their bank.
    Disputed,
    /// The payment came in another currency than the order's.
    PaidInOtherCurrency,
    /// Less was paid than is due.
    Underpaid,
    /// The provider charged another amount than its page asked for.
    ChargedAmountDiffers,
    /// Money that the shop may not keep was refunded.
    RefundedAutomatically { cause: RefundCause, amount_minor: i64, currency: Currency },
    /// A refund did not reach the buyer; the message is the provider's.
    RefundFailed { message: String },
    /// A refund was made in the provider's dashboard. Staff have to decide about the items of a confirmed order.
    RefundedAtProvider { provider: String, amount_minor: i64, currency: Currency, is_confirmed: bool },
    /// The bank transfer is overdue, and a part of the order was shipped.
    OverdueAfterShipping,
    /// The rest of a bank transfer is overdue.
    OverdueAfterPartPayment,
    /// The register does not know the VAT number; `name` is the company in the register and may be empty.
    InvalidVatNumber { number: String, name: String },
    /// Written by a newer version of the program.
    #[serde(untagged)]
    Unknown(Value),
}

stored_as_text!(ReviewReason);

impl ReviewReason {
    pub(in crate::models) fn from_stored(text: &str) -> ReviewReason {
        serde_json::from_str(text).unwrap_or_else(|_| ReviewReason::Unknown(Value::String(text.to_owned())))
    }

    fn to_stored(&self) -> String {
        // Fails only for maps whose keys are no text, and there is none.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each variant with the JSON that is stored, which must stay readable.
    fn pinned() -> Vec<(ReviewReason, &'static str)> {
        vec![
            (ReviewReason::Disputed, r#"{"kind":"disputed"}"#),
            (ReviewReason::PaidInOtherCurrency, r#"{"kind":"paid_in_other_currency"}"#),
            (ReviewReason::Underpaid, r#"{"kind":"underpaid"}"#),
            (ReviewReason::ChargedAmountDiffers, r#"{"kind":"charged_amount_differs"}"#),
            (
                ReviewReason::RefundedAutomatically {
                    cause: RefundCause::PaidTooLate,
                    amount_minor: 1690,
                    currency: Currency::EUR,
                },
                r#"{"kind":"refunded_automatically","cause":"paid_too_late","amount_minor":1690,"currency":"EUR"}"#,
            ),
            (
                ReviewReason::RefundFailed { message: "lost or stolen card".to_owned() },
                r#"{"kind":"refund_failed","message":"lost or stolen card"}"#,
            ),
            (
                ReviewReason::RefundedAtProvider {
                    provider: "stripe".to_owned(),
                    amount_minor: 2000,
                    currency: Currency::EUR,
                    is_confirmed: true,
                },
                r#"{"kind":"refunded_at_provider","provider":"stripe","amount_minor":2000,"currency":"EUR","is_confirmed":true}"#,
            ),
            (ReviewReason::OverdueAfterShipping, r#"{"kind":"overdue_after_shipping"}"#),
            (ReviewReason::OverdueAfterPartPayment, r#"{"kind":"overdue_after_part_payment"}"#),
            (
                ReviewReason::InvalidVatNumber { number: "FR12345678901".to_owned(), name: String::new() },
                r#"{"kind":"invalid_vat_number","number":"FR12345678901","name":""}"#,
            ),
            (ReviewReason::Unknown(serde_json::json!({"kind": "of_tomorrow"})), r#"{"kind":"of_tomorrow"}"#),
        ]
    }

    #[test]
    fn a_reason_is_read_as_it_was_stored() {
        for (reason, text) in pinned() {
            assert_eq!(reason.to_stored(), text);
            assert_eq!(ReviewReason::from_stored(text), reason);
        }
        assert_eq!(
            ReviewReason::from_stored("A sentence"),
            ReviewReason::Unknown(Value::String("A sentence".to_owned()))
        );
    }

    #[test]
    fn every_reason_is_pinned() {
        let mut seen = [false; 11];
        for (reason, _) in pinned() {
            let at = match reason {
                ReviewReason::Disputed => 0,
                ReviewReason::PaidInOtherCurrency => 1,
                ReviewReason::Underpaid => 2,
                ReviewReason::ChargedAmountDiffers => 3,
                ReviewReason::RefundedAutomatically { .. } => 4,
                ReviewReason::RefundFailed { .. } => 5,
                ReviewReason::RefundedAtProvider { .. } => 6,
                ReviewReason::OverdueAfterShipping => 7,
                ReviewReason::OverdueAfterPartPayment => 8,
                ReviewReason::InvalidVatNumber { .. } => 9,
                ReviewReason::Unknown(_) => 10,
            };
            seen[at] = true;
        }
        assert_eq!(seen, [true; 11]);
    }

    #[test]
    fn a_cause_is_the_same_in_json_and_in_its_column() {
        for cause in RefundCause::ALL {
            assert_eq!(serde_json::to_string(cause).unwrap(), format!("\"{}\"", cause.as_str()));
        }
    }
}
