//! Transactions of refunds, one for each payment attempt or gift card that money goes back to; never deleted.

use diesel::prelude::*;

use super::Order;
use super::refunds::Refund;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::checkout::gift_card::refunds::refund_to_card;
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::platform::event::{Actor, Event};
use crate::models::sales::payment::{PaymentAttempt, ProviderName};
use crate::schema::{orders, payment_attempts, refund_transactions, refunds};
use crate::support::ids::{GiftCardId, OrderId, PaymentAttemptId, RefundId, RefundTransactionId};
use crate::text_enum;

text_enum! {
    RefundTransactionState {
        Requested = "requested",
        /// The provider was asked; its answer is not recorded yet.
        Sent = "sent",
        Succeeded = "succeeded",
        /// The reserve is released, and the order is flagged for review.
        Failed = "failed",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = refund_transactions, check_for_backend(AnyBackend))]
pub struct RefundTransaction {
    pub id: RefundTransactionId,
    pub refund_id: RefundId,
    /// The payment it goes back to; `None` for gift cards.
    pub attempt_id: Option<PaymentAttemptId>,
    pub gift_card_id: Option<GiftCardId>,
    pub amount_minor: i64,
    pub state: RefundTransactionState,
    /// The same for every retry of the same API call.
    pub idempotency_key: String,
    pub last_error: String,
}

#[derive(Insertable)]
#[diesel(table_name = refund_transactions, treat_none_as_default_value = false)]
struct NewRefundTransaction<'a> {
    public_id: &'a str,
    refund_id: RefundId,
    attempt_id: Option<PaymentAttemptId>,
    gift_card_id: Option<GiftCardId>,
    amount_minor: i64,
    state: RefundTransactionState,
    idempotency_key: String,
    provider_ref: Option<&'a str>,
    last_error: &'static str,
}

impl<'a> NewRefundTransaction<'a> {
    fn new(public_id: &'a str, refund: RefundId, amount_minor: i64) -> NewRefundTransaction<'a> {
        NewRefundTransaction {
            public_id,
            refund_id: refund,
            attempt_id: None,
            gift_card_id: None,
            amount_minor,
            state: RefundTransactionState::Requested,
            idempotency_key: format!("repayment-{public_id}"),
            provider_ref: None,
            last_error: "",
        }
    }

    fn insert(self, tx: &mut Tx<'_>) -> Result<RefundTransactionId> {
        Ok(diesel::insert_into(refund_transactions::table)
            .values(self)
            .returning(refund_transactions::id)
            .get_result(tx.conn())?)
    }
}

impl RefundTransaction {
    /// Reserves the amount on a payment attempt and makes a job ask its provider; `Conflict` if less is left to refund.
    pub(super) fn insert(tx: &mut Tx<'_>, refund: RefundId, attempt: &PaymentAttempt, amount: i64) -> Result<()> {
        reserve(tx, attempt.id, amount)?;
        let public_id = tx.generate_public_id()?;
        let is_manual = attempt.provider == ProviderName::Manual;
        let new = NewRefundTransaction {
            attempt_id: Some(attempt.id),
            // No provider to ask: staff pay out manual refunds themselves.
            state: if is_manual { RefundTransactionState::Succeeded } else { RefundTransactionState::Requested },
            ..NewRefundTransaction::new(&public_id, refund, amount)
        };
        let key = new.idempotency_key.clone();
        let id = new.insert(tx)?;
        if is_manual {
            return attempt.record_transactions(tx, &[attempt.build_refund(key, amount)]).map(drop);
        }
        let requested = Event::RefundTransactionRequested {
            order: attempt.order_id,
            refund_transaction: id,
            amount_minor: amount,
            currency: attempt.currency,
            is_retry: false,
        };
        requested.record(tx, &Actor::System)
    }

    /// Records a refund that was made at the provider, outside the shop; `Conflict` if less is left to refund.
    pub(super) fn insert_succeeded(
        tx: &mut Tx<'_>,
        refund: RefundId,
        attempt: &PaymentAttempt,
        amount: i64,
        reference: &str,
    ) -> Result<()> {
        reserve(tx, attempt.id, amount)?;
        let public_id = tx.generate_public_id()?;
        let new = NewRefundTransaction {
            attempt_id: Some(attempt.id),
            state: RefundTransactionState::Succeeded,
            provider_ref: Some(reference),
            ..NewRefundTransaction::new(&public_id, refund, amount)
        };
        new.insert(tx)?;
        attempt.record_transactions(tx, &[attempt.build_refund(reference.to_owned(), amount)]).map(drop)
    }

    /// Puts the amount back on a gift card; succeeds at once, because no provider is involved.
    pub(super) fn insert_on_gift_card(tx: &mut Tx<'_>, refund: &Refund, card: GiftCardId, amount: i64) -> Result<()> {
        let public_id = tx.generate_public_id()?;
        let new = NewRefundTransaction {
            gift_card_id: Some(card),
            state: RefundTransactionState::Succeeded,
            ..NewRefundTransaction::new(&public_id, refund.id, amount)
        };
        new.insert(tx)?;
        refund_to_card(tx, card, refund.order_id, amount, &refund.created_by)
    }

    pub fn get(conn: &mut Conn, id: RefundTransactionId) -> Result<RefundTransaction> {
        Ok(RefundTransaction::query().find(id).first(conn)?)
    }

    /// Marks the transaction as sent before the provider is asked. Returns false if it is decided already.
    pub fn mark_sent(tx: &mut Tx<'_>, id: RefundTransactionId) -> Result<bool> {
        let open = refund_transactions::id
            .eq(id)
            .and(refund_transactions::state.eq_any([RefundTransactionState::Requested, RefundTransactionState::Sent]));
        let moved = diesel::update(refund_transactions::table.filter(open))
            .set(refund_transactions::state.eq(RefundTransactionState::Sent))
            .execute(tx.conn())?;
        Ok(moved == 1)
    }

    /// Records that the provider accepted the refund; does nothing if the transaction is not in state `Sent`.
    pub fn mark_succeeded(tx: &mut Tx<'_>, id: RefundTransactionId, reference: &str) -> Result<()> {
        let sent = refund_transactions::id.eq(id).and(refund_transactions::state.eq(RefundTransactionState::Sent));
        let moved = diesel::update(refund_transactions::table.filter(sent))
            .set((
                refund_transactions::state.eq(RefundTransactionState::Succeeded),
                refund_transactions::provider_ref.eq(reference),
            ))
            .execute(tx.conn())?;
        if moved == 0 {
            return Ok(());
        }
        let transaction = RefundTransaction::get(tx.conn(), id)?;
        let Some(attempt) = transaction.attempt_id else { return Ok(()) };
        let attempt = PaymentAttempt::get(tx.conn(), attempt)?;
        attempt
            .record_transactions(tx, &[attempt.build_refund(reference.to_owned(), transaction.amount_minor)])
            .map(drop)
    }

    pub(super) fn find_by_reference(
        conn: &mut Conn,
        attempt: PaymentAttemptId,
        reference: &str,
        key: &str,
    ) -> Result<Option<RefundTransaction>> {
        let matches =
            refund_transactions::provider_ref.eq(reference).or(refund_transactions::idempotency_key.nullable().eq(key));
        let transactions = RefundTransaction::query().filter(refund_transactions::attempt_id.eq(attempt));
        Ok(transactions.filter(matches).first(conn).optional()?)
    }

    /// Records that the provider refused for good: the reserve is released, and the order is flagged for review.
    pub fn mark_failed(tx: &mut Tx<'_>, id: RefundTransactionId, why: &str) -> Result<()> {
        RefundTransaction::fail(tx, id, RefundTransactionState::Sent, why).map(drop)
    }

    /// As [`RefundTransaction::mark_failed`] for an accepted refund, with a transaction that takes the money back.
    pub fn mark_failed_after_success(
        tx: &mut Tx<'_>,
        id: RefundTransactionId,
        reference: &str,
        why: &str,
    ) -> Result<()> {
        if !RefundTransaction::fail(tx, id, RefundTransactionState::Succeeded, why)? {
            return Ok(());
        }
        let transaction = RefundTransaction::get(tx.conn(), id)?;
        let Some(attempt) = transaction.attempt_id else { return Ok(()) };
        let attempt = PaymentAttempt::get(tx.conn(), attempt)?;
        attempt
            .record_transactions(tx, &[attempt.build_refund_failure(reference.to_owned(), transaction.amount_minor)])
            .map(drop)
    }

    /// Fails the transaction if it is in state `from`; returns whether it was.
    fn fail(tx: &mut Tx<'_>, id: RefundTransactionId, from: RefundTransactionState, why: &str) -> Result<bool> {
        let transaction = RefundTransaction::get(tx.conn(), id)?;
        let order = transaction.order(tx.conn())?;
        let order = Order::lock(tx, order)?;
        let movable = refund_transactions::id.eq(id).and(refund_transactions::state.eq(from));
        let moved = diesel::update(refund_transactions::table.filter(movable))
            .set((
                refund_transactions::state.eq(RefundTransactionState::Failed),
                refund_transactions::last_error.eq(why),
            ))
            .execute(tx.conn())?;
        if moved == 0 {
            return Ok(false);
        }
        if let Some(attempt) = transaction.attempt_id {
            diesel::update(payment_attempts::table.find(attempt))
                .set(
                    payment_attempts::refund_reserved_minor
                        .eq(payment_attempts::refund_reserved_minor - transaction.amount_minor),
                )
                .execute(tx.conn())?;
        }
        add_refunded(tx, order.id, -transaction.amount_minor)?;
        order.flag_for_review(tx, ReviewReason::RefundFailed { message: why.to_owned() })?;
        Order::update_payment_state(tx, order.id)?;
        Ok(true)
    }

    /// Retries a failed transaction with a new idempotency key, because the provider has forgotten the old key or would
    /// return its stored failure; `Conflict` if it has not failed, or the money is no longer there.
    pub fn retry(tx: &mut Tx<'_>, id: RefundTransactionId, by: &Actor) -> Result<()> {
        let transaction = RefundTransaction::get(tx.conn(), id)?;
        let order = transaction.order(tx.conn())?;
        let order = Order::lock(tx, order)?;
        let failed = refund_transactions::id.eq(id).and(refund_transactions::state.eq(RefundTransactionState::Failed));
        let key = format!("repayment-{}", tx.generate_public_id()?);
        let moved = diesel::update(refund_transactions::table.filter(failed))
            .set((
                refund_transactions::state.eq(RefundTransactionState::Requested),
                refund_transactions::idempotency_key.eq(key),
                // The new request gets a new id at the provider.
                refund_transactions::provider_ref.eq(None::<String>),
                refund_transactions::last_error.eq(""),
            ))
            .execute(tx.conn())?;
        if moved != 1 || order.net_payment_minor() < transaction.amount_minor {
            return Err(Error::Conflict);
        }
        if let Some(attempt) = transaction.attempt_id {
            reserve(tx, attempt, transaction.amount_minor)?;
        }
        add_refunded(tx, order.id, transaction.amount_minor)?;
        let requested = Event::RefundTransactionRequested {
            order: order.id,
            refund_transaction: id,
            amount_minor: transaction.amount_minor,
            currency: order.currency,
            is_retry: true,
        };
        requested.record(tx, by)?;
        Order::update_payment_state(tx, order.id)?;
        Ok(())
    }

    fn order(&self, conn: &mut Conn) -> Result<OrderId> {
        Ok(refunds::table.find(self.refund_id).select(refunds::order_id).first(conn)?)
    }
}

/// Adds `amount` (minor units, may be negative) to the order's refunded total.
pub(super) fn add_refunded(tx: &mut Tx<'_>, order: OrderId, amount: i64) -> Result<()> {
    diesel::update(orders::table.find(order))
        .set(orders::refunded_minor.eq(orders::refunded_minor + amount))
        .execute(tx.conn())?;
    Ok(())
}

/// Reserves an amount on a payment attempt by one conditional update; `Conflict` if less is left to refund.
fn reserve(tx: &mut Tx<'_>, attempt: PaymentAttemptId, amount: i64) -> Result<()> {
    let free = payment_attempts::id
        .eq(attempt)
        .and((payment_attempts::captured_minor - payment_attempts::refund_reserved_minor).ge(amount));
    let reserved = diesel::update(payment_attempts::table.filter(free))
        .set(payment_attempts::refund_reserved_minor.eq(payment_attempts::refund_reserved_minor + amount))
        .execute(tx.conn())?;
    if reserved == 1 { Ok(()) } else { Err(Error::Conflict) }
}
