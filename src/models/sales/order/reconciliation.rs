//! Applies what providers report about refunds: later failures, and refunds made in their own dashboard.

use super::Order;
use super::refund_transactions::{self, RefundTransaction};
use super::refunds::NewRefund;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::sales::payment::PaymentAttempt;
use crate::support::ids::PaymentAttemptId;
use crate::support::money::prorate;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderRefund {
    /// The provider's id for the refund.
    pub reference: String,
    /// Our idempotency key; empty if the refund was not requested by this shop.
    pub idempotency_key: String,
    pub amount_minor: i64,
    pub currency: String,
    pub failure_reason: Option<String>,
}

impl Order {
    /// Applies reported refunds of an attempt. Idempotent: a repeated report changes nothing.
    pub fn sync_refunds(
        tx: &mut Tx<'_>,
        attempt: PaymentAttemptId,
        refunds: &[ProviderRefund],
        by: &Actor,
    ) -> Result<()> {
        let order = PaymentAttempt::get(tx.conn(), attempt)?.order_id;
        Order::lock(tx, order)?;
        for refund in refunds {
            let transaction =
                RefundTransaction::find_by_reference(tx.conn(), attempt, &refund.reference, &refund.idempotency_key)?;
            match (transaction, &refund.failure_reason) {
                (Some(ours), None) => RefundTransaction::mark_succeeded(tx, ours.id, &refund.reference)?,
                (Some(ours), Some(why)) => {
                    RefundTransaction::mark_failed(tx, ours.id, why)?;
                    RefundTransaction::mark_failed_after_success(tx, ours.id, &refund.reference, why)?;
                }
                (None, None) => Order::record_provider_refund(tx, attempt, refund, by)?,
                (None, Some(_)) => {}
            }
        }
        Ok(())
    }

    /// Records a refund made in the provider's dashboard. It has no lines: staff decide what happens to the items.
    fn record_provider_refund(
        tx: &mut Tx<'_>,
        attempt: PaymentAttemptId,
        reported: &ProviderRefund,
        by: &Actor,
    ) -> Result<()> {
        let attempt = PaymentAttempt::get(tx.conn(), attempt)?;
        let order = Order::get(tx.conn(), attempt.order_id)?;
        let amount = reported.amount_minor;
        // If our own refunds have reserved the amount, the provider will refuse them, and the report is applied again
        // then.
        let is_free = amount > 0 && amount <= attempt.captured_minor - attempt.refund_reserved_minor;
        if !is_free || reported.currency != attempt.currency.code() {
            return Ok(());
        }
        let tax =
            prorate(order.totals.tax_minor, amount.min(order.totals.total_minor), order.totals.total_minor.max(1));
        let tax = tax.ok_or(Error::bug("a refund is too large"))?;
        let refund = NewRefund { amount, tax, shipping: 0, cause: None, reason: "" }.insert(tx, &order, by)?;
        RefundTransaction::insert_succeeded(tx, refund.id, &attempt, amount, &reported.reference)?;
        refund_transactions::add_refunded(tx, order.id, amount)?;
        refund.event(&order, Vec::new()).record(tx, by)?;
        let reason = ReviewReason::RefundedAtProvider {
            provider: attempt.provider.as_str().to_owned(),
            amount_minor: amount,
            currency: order.currency,
            is_confirmed: order.state.is_confirmed(),
        };
        order.flag_for_review(tx, reason)?;
        Order::update_payment_state(tx, order.id)?;
        Order::issue_credit_note(tx, &refund)
    }
}
