//! Applies payment transactions to orders. A capture is always recorded, whatever state the order is in; what the shop
//! may not keep is refunded.

use diesel::prelude::*;

use super::checkout_throttle::{self, Client};
use super::{Order, OrderState, PaymentState, stock_reservations};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::checkout::coupon::redemption;
use crate::models::checkout::gift_card::holds;
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::setting::Settings;
use crate::models::sales::payment::{
    NewPaymentAttempt, NewPaymentTransaction, PaymentAttempt, PaymentAttemptState, ProviderAmount, ProviderName,
    TransactionKind,
};
use crate::schema::{orders, refunds};
use crate::support::clock::Utc;
use crate::support::ids::{OrderId, PaymentAttemptId};

impl Order {
    /// Applies the transactions that a provider reports for an attempt. Idempotent: a repeated report changes nothing.
    pub fn apply_transactions(
        tx: &mut Tx<'_>,
        attempt_id: PaymentAttemptId,
        transactions: &[NewPaymentTransaction],
        by: &Actor,
    ) -> Result<Order> {
        let attempt = PaymentAttempt::get(tx.conn(), attempt_id)?;
        let before = Order::lock(tx, attempt.order_id)?;
        let is_foreign = attempt.record_transactions(tx, transactions)?;
        let mut order = Order::update_payment_state(tx, before.id)?;
        if order.payment_state == PaymentState::Disputed && before.payment_state != PaymentState::Disputed {
            order.flag_for_review(tx, ReviewReason::Disputed)?;
        }
        if is_foreign {
            order.flag_for_review(tx, ReviewReason::PaidInOtherCurrency)?;
            // Its payment page is used up: without another payment, the order expires.
            PaymentAttempt::advance(tx, attempt.id, PaymentAttemptState::Closed)?;
        }
        if order.totals.captured_minor == before.totals.captured_minor {
            return Ok(order);
        }
        match order.state {
            OrderState::Pending if order.due_minor() == 0 => {
                let settings = Settings::load(tx.conn())?;
                order.commit(tx, &settings, by)?;
            }
            OrderState::Pending => order.flag_for_review(tx, ReviewReason::Underpaid)?,
            // A late payment reinstates the order only if it is covered in full, without what was refunded meanwhile.
            OrderState::Expired
                if order.net_payment_minor() + holds::sum_released(tx.conn(), order.id)?
                    >= order.totals.total_minor =>
            {
                order.reinstate(tx, by)?
            }
            OrderState::Expired | OrderState::Cancelled => order.refund_excess(tx)?,
            OrderState::Placed | OrderState::Completed => {}
        }
        order = Order::update_payment_state(tx, order.id)?;
        if order.payment_state == PaymentState::Overpaid && order.state.is_confirmed() {
            order.refund_excess(tx)?;
            order = Order::update_payment_state(tx, order.id)?;
        }
        let is_paid = order.payment_state == PaymentState::Paid && before.payment_state != PaymentState::Paid;
        if is_paid {
            let (amount_minor, currency) = (order.totals.captured_minor, order.currency);
            Event::PaymentReceived { order: order.id, amount_minor, currency }.record(tx, by)?;
            order.issue_gift_cards(tx, by)?;
        }
        Order::complete_if_done(tx, order.id)?;
        if is_paid {
            Order::issue_invoice(tx, order.id)?;
        }
        Order::get(tx.conn(), order.id)
    }

    /// Records amounts in the provider's own units, and flags the order if the provider charged another amount than its
    /// page asked for.
    pub fn check_provider_amounts(
        tx: &mut Tx<'_>,
        attempt_id: PaymentAttemptId,
        amounts: &[ProviderAmount],
    ) -> Result<()> {
        let attempt = PaymentAttempt::get(tx.conn(), attempt_id)?;
        if !attempt.record_provider_amounts(tx, amounts)? {
            return Ok(());
        }
        let order = Order::get(tx.conn(), attempt.order_id)?;
        match order.review_reason {
            Some(_) => Ok(()),
            None => order.flag_for_review(tx, ReviewReason::ChargedAmountDiffers),
        }
    }

    /// Late payment: places the order after all if its stock, discount code and gift cards are still available; else
    /// refunds it.
    fn reinstate(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let reinstated = tx.run_in_savepoint(|tx| {
            stock_reservations::reserve_again(tx, self)?;
            redemption::reserve_again(tx, self.id)?;
            self.reserve_gift_cards_again(tx)?;
            let expired = orders::id.eq(self.id).and(orders::state.eq(OrderState::Expired));
            let expired = orders::table.filter(expired);
            // An order that was placed before keeps its number and is confirmed already.
            if self.number.is_some() {
                stock_reservations::commit(tx, self.id)?;
                redemption::commit(tx, self.id)?;
                let placed = (
                    orders::state.eq(OrderState::Placed),
                    orders::cancelled_at.eq(None::<Utc>),
                    orders::hold_until.eq(None::<Utc>),
                );
                diesel::update(expired).set(placed).execute(tx.conn())?;
                return Order::get(tx.conn(), self.id);
            }
            diesel::update(expired)
                .set((orders::state.eq(OrderState::Pending), orders::cancelled_at.eq(None::<Utc>)))
                .execute(tx.conn())?;
            let settings = Settings::load(tx.conn())?;
            Order::get(tx.conn(), self.id)?.commit(tx, &settings, by)
        });
        match reinstated {
            Ok(_) => Event::OrderReinstated { order: self.id }.record(tx, by),
            Err(Error::OutOfStock { .. } | Error::Conflict) => self.refund_excess(tx),
            Err(error) => Err(error),
        }
    }

    /// Recalculates the captured amount and the payment state from the transactions.
    pub(super) fn update_payment_state(tx: &mut Tx<'_>, id: OrderId) -> Result<Order> {
        let order = Order::get(tx.conn(), id)?;
        let attempts = PaymentAttempt::list_for_order(tx.conn(), id)?;
        let captured: i64 = attempts.iter().map(|attempt| attempt.captured_minor).sum();
        let transactions = PaymentAttempt::list_transactions(tx.conn(), id)?;
        let count = |kind| transactions.iter().filter(|transaction| transaction.kind == kind).count();
        let agreed_refund = order.agreed_refund_minor(tx.conn())?;
        let sums = PaymentSums {
            total: order.totals.total_minor,
            received: captured + order.totals.gift_card_minor,
            refunded: order.totals.refunded_minor,
            agreed_refund,
            retainable: order.retainable_minor(agreed_refund),
            is_disputed: count(TransactionKind::Dispute) > count(TransactionKind::DisputeWon),
            waits_for_bank: attempts.iter().find_map(|attempt| match attempt.state {
                PaymentAttemptState::Processing => Some(PaymentState::Processing),
                PaymentAttemptState::Authorized => Some(PaymentState::Authorized),
                _ => None,
            }),
        };
        diesel::update(orders::table.find(id))
            .set((orders::captured_minor.eq(captured), orders::payment_state.eq(sums.state())))
            .execute(tx.conn())?;
        Order::get(tx.conn(), id)
    }

    pub fn update_attempt_state(tx: &mut Tx<'_>, attempt: PaymentAttemptId, state: PaymentAttemptState) -> Result<()> {
        let order = PaymentAttempt::get(tx.conn(), attempt)?.order_id;
        Order::lock(tx, order)?;
        PaymentAttempt::advance(tx, attempt, state)?;
        Order::update_payment_state(tx, order)?;
        Ok(())
    }

    pub fn create_payment_attempt(&self, tx: &mut Tx<'_>, provider: ProviderName) -> Result<PaymentAttempt> {
        let attempt = NewPaymentAttempt {
            order_id: self.id,
            provider,
            amount_minor: self.due_minor(),
            currency: self.currency,
            expires_at: self.hold_until.unwrap_or(tx.now()),
        };
        PaymentAttempt::create(tx, &attempt)
    }

    /// Records that staff have received the amount due; `Conflict` if nothing is due. For an expired bank transfer this
    /// counts as a late payment.
    pub fn mark_paid(tx: &mut Tx<'_>, number: &str, by: &Actor) -> Result<Order> {
        let id = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if order.due_minor() == 0 || !(order.state.is_confirmed() || order.is_transfer_expired()) {
            return Err(Error::Conflict);
        }
        let attempt = order.create_payment_attempt(tx, ProviderName::Manual)?;
        let capture = NewPaymentTransaction {
            kind: TransactionKind::Capture,
            reference: attempt.idempotency_key.clone(),
            amount_minor: attempt.amount_minor,
            currency: attempt.currency.code().to_owned(),
        };
        Order::apply_transactions(tx, attempt.id, &[capture], by)
    }

    /// Pending orders whose hold has expired: at most fifty, with ids above `after`.
    pub fn list_overdue(conn: &mut Conn, now: Utc, after: OrderId) -> Result<Vec<OrderId>> {
        let overdue = orders::id.gt(after).and(orders::state.eq(OrderState::Pending)).and(orders::hold_until.lt(now));
        Ok(orders::table.filter(overdue).order(orders::id).limit(50).select(orders::id).load(conn)?)
    }

    /// The attempt that a pending order is paid with: the active one, or a new one if its page was closed.
    ///
    /// # Errors
    /// `Conflict` if the order can no longer be paid; `CheckoutThrottled`; `TooManyRequests`.
    pub fn retry_payment(tx: &mut Tx<'_>, id: OrderId, client: Option<&Client>) -> Result<PaymentAttemptId> {
        let order = Order::lock(tx, id)?;
        let now = tx.now();
        let Some(provider) = order.payment_method.provider() else { return Err(Error::Conflict) };
        if order.state != OrderState::Pending || order.hold_until.is_none_or(|until| until <= now) {
            return Err(Error::Conflict);
        }
        if let Some(client) = client {
            checkout_throttle::check_payment(tx, client, &order)?;
        }
        if let Some(active) = PaymentAttempt::find_active(tx.conn(), id)? {
            return Ok(active.id);
        }
        let attempt = order.create_payment_attempt(tx, provider)?;
        Event::PaymentStarted { order: id, attempt: attempt.id, is_retry: true }.record(tx, &Actor::Customer)?;
        Ok(attempt.id)
    }

    /// The sum of refunds that staff decided on, which reduce what the order is worth; minor units.
    pub(super) fn agreed_refund_minor(&self, conn: &mut Conn) -> Result<i64> {
        let agreed = refunds::order_id.eq(self.id).and(refunds::automatic.eq(false));
        let amounts: Vec<i64> = refunds::table.filter(agreed).select(refunds::amount_minor).load(conn)?;
        Ok(amounts.iter().sum())
    }

    /// The part of the order's money that the shop may keep after agreed refunds, minor units.
    pub(super) fn retainable_minor(&self, agreed_refund: i64) -> i64 {
        if self.state.is_cancelled_or_expired() { 0 } else { (self.totals.total_minor - agreed_refund).max(0) }
    }

    /// Received through payments and gift cards, less refunds; minor units.
    pub fn net_payment_minor(&self) -> i64 {
        self.totals.captured_minor + self.totals.gift_card_minor - self.totals.refunded_minor
    }
}

/// The inputs of the payment state. Minor units.
struct PaymentSums {
    total: i64,
    received: i64,
    refunded: i64,
    /// The part of `refunded` that staff decided on.
    agreed_refund: i64,
    retainable: i64,
    is_disputed: bool,
    waits_for_bank: Option<PaymentState>,
}

impl PaymentSums {
    fn state(&self) -> PaymentState {
        let net = self.received - self.refunded;
        let due = self.retainable;
        match () {
            () if self.is_disputed => PaymentState::Disputed,
            () if net > due => PaymentState::Overpaid,
            () if self.total == 0 => PaymentState::None,
            () if self.received == 0 => self.waits_for_bank.unwrap_or(PaymentState::Unpaid),
            () if net < due => self.waits_for_bank.unwrap_or(PaymentState::PartiallyPaid),
            () if self.agreed_refund > 0 && net > 0 => PaymentState::PartiallyRefunded,
            () if net == 0 => PaymentState::Refunded,
            () => PaymentState::Paid,
        }
    }
}
