//! Why refunds were made.

use crate::models::platform::event::reasons::RefundCause;
use crate::support::i18n::Locale;

pub fn refund_cause_label(t: Locale, cause: RefundCause) -> &'static str {
    match cause {
        RefundCause::ItemsReturned => t.event_refund_items_returned(),
        RefundCause::OrderCancelled => t.event_refund_order_cancelled(),
        RefundCause::NotPaidInTime => t.event_refund_not_paid_in_time(),
        RefundCause::PaidTooLate => t.event_refund_paid_too_late(),
        RefundCause::Overpaid => t.event_refund_overpaid(),
    }
}

/// The cause in the reader's language, or what staff typed; may be empty.
pub fn refund_reason(t: Locale, cause: Option<RefundCause>, typed: &str) -> String {
    cause.map_or_else(|| typed.to_owned(), |cause| refund_cause_label(t, cause).to_owned())
}
