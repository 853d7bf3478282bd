//! What money does to an order. Facts win: a capture is always written down, whatever state the order is in.

use diesel::prelude::*;

use super::{Order, OrderState, PaymentState};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::payment::{Attempt, Capture};
use crate::models::setting::Settings;
use crate::schema::{orders, payment_attempts};

impl Order {
    /// Applies what a provider reports about an attempt; saying it twice changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn settle(tx: &mut Tx<'_>, attempt_id: i64, captures: &[Capture], by: &Actor) -> Result<Order> {
        let attempt = Attempt::get(tx.conn(), attempt_id)?;
        let before = Order::lock(tx, attempt.order_id)?;
        attempt.record_captures(tx, captures)?;
        let order = Order::get(tx.conn(), attempt.order_id)?;
        if order.captured_minor == before.captured_minor {
            return Ok(order);
        }
        let strange = captures
            .iter()
            .any(|capture| capture.currency != attempt.currency || capture.amount_minor != attempt.amount_minor);
        let settings = Settings::load(tx.conn())?;
        match order.state {
            _ if strange => {
                order.ask_for_attention(tx, "A payment came with another amount or currency than asked for.")?
            }
            OrderState::Pending if order.captured_minor >= order.total_minor => order.hold_good(tx, &settings, by)?,
            OrderState::Cancelled | OrderState::Expired => {
                order.ask_for_attention(tx, "Money came after the order was given up. Please pay it back.")?;
            }
            _ if order.payment_state == PaymentState::Overpaid => {
                order.ask_for_attention(tx, "More money came than was due. Please pay the rest back.")?;
            }
            _ if order.payment_state == PaymentState::Partial => {
                order.ask_for_attention(tx, "Only a part of the money has come.")?;
            }
            _ => {}
        }
        if order.payment_state == PaymentState::Paid && !strange {
            Order::note(tx, order.id, "paid", by, "Payment received", true)?;
            Fact::PaymentReceived(order.id).record(tx, by)?;
        }
        Order::complete_if_done(tx, order.id)?;
        Order::get(tx.conn(), order.id)
    }

    /// Staff have seen the money: everything that is due.
    ///
    /// # Errors
    /// `Conflict` when nothing is due.
    pub fn mark_paid(tx: &mut Tx<'_>, number: &str, by: &Actor) -> Result<Order> {
        let id = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if order.due_minor() == 0 || !matches!(order.state, OrderState::Placed | OrderState::Completed) {
            return Err(Error::Conflict);
        }
        let attempt = Attempt::create(tx, &order, "manual")?;
        let capture = Capture {
            reference: attempt.idempotency_key.clone(),
            amount_minor: attempt.amount_minor,
            currency: attempt.currency.clone(),
        };
        Order::settle(tx, attempt.id, &[capture], by)
    }

    /// Pending orders whose time is up: the order and its live attempt.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn overdue(conn: &mut Conn, now: crate::support::clock::Utc) -> Result<Vec<i64>> {
        let overdue = orders::state.eq(OrderState::Pending).and(orders::hold_until.lt(now));
        Ok(orders::table.filter(overdue).order(orders::id).limit(50).select(orders::id).load(conn)?)
    }

    /// Another page to pay on, in place of one that is closed at the provider.
    ///
    /// # Errors
    /// `Conflict` when the order cannot be paid any more.
    pub fn retry_payment(tx: &mut Tx<'_>, id: i64) -> Result<i64> {
        let order = Order::lock(tx, id)?;
        let now = tx.now();
        if order.state != OrderState::Pending || order.hold_until.is_none_or(|until| until <= now) {
            return Err(Error::Conflict);
        }
        if let Some(live) = Attempt::live(tx.conn(), id)? {
            return Ok(live.id);
        }
        let attempt = Attempt::create(tx, &order, "test")?;
        Fact::PaymentStarted { order: id, attempt: attempt.id }.record(tx, &Actor::Customer)?;
        Ok(attempt.id)
    }

    fn ask_for_attention(&self, tx: &mut Tx<'_>, why: &str) -> Result<()> {
        diesel::update(orders::table.find(self.id)).set(orders::attention.eq(why)).execute(tx.conn())?;
        Order::note(tx, self.id, "attention", &Actor::System, why, false)
    }

    /// Whether money has come for any attempt of the order.
    pub(super) fn has_money(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let paid = payment_attempts::order_id.eq(self.id).and(payment_attempts::captured_minor.gt(0));
        Ok(diesel::select(diesel::dsl::exists(payment_attempts::table.filter(paid))).get_result(tx.conn())?)
    }
}
