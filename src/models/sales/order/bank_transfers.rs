//! Orders that await a bank transfer. They reserve stock until the end of a day; the buyer is reminded before, then the
//! order expires. Staff mark a later transfer as paid, which is handled as a late payment.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::SignedDuration;

use super::{Order, OrderState, PaymentState};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::platform::event::{Actor, Event};
use crate::models::sales::payment_method::PaymentMethod;
use crate::schema::{events, orders};
use crate::support::clock::Utc;
use crate::support::ids::OrderId;

/// How long before the hold ends the reminder is sent, but not before half of the hold is over.
const REMIND_BEFORE: SignedDuration = SignedDuration::from_hours(48);
const BATCH_SIZE: i64 = 50;

macro_rules! awaiting_transfer {
    () => {
        orders::table
            .filter(orders::state.eq(OrderState::Placed))
            .filter(orders::payment_method.eq(PaymentMethod::BankTransfer))
            .filter(orders::payment_state.eq_any([PaymentState::Unpaid, PaymentState::PartiallyPaid]))
    };
}

impl Order {
    /// Whether it expired because no transfer arrived; unlike other expired orders, it keeps its number.
    pub fn is_transfer_expired(&self) -> bool {
        self.state == OrderState::Expired && self.number.is_some()
    }

    fn remind_at(&self) -> Option<Utc> {
        let until = self.hold_until?;
        let half = until.since(self.created_at) / 2;
        Some(until.minus(REMIND_BEFORE).max(self.created_at.plus(half)))
    }

    /// The next batch with ids above `after`: orders due for a reminder, and the last id read; `None` at the end.
    pub fn list_transfers_to_remind(
        conn: &mut Conn,
        now: Utc,
        after: OrderId,
    ) -> Result<Option<(Vec<OrderId>, OrderId)>> {
        let reminded = events::table
            .filter(events::order_id.eq(orders::id.nullable()).and(events::kind.eq(Event::TRANSFER_REMINDER_SENT)));
        let batch: Vec<Order> = awaiting_transfer!()
            .filter(orders::id.gt(after).and(orders::hold_until.gt(now)))
            .filter(not(exists(reminded)))
            .order(orders::id)
            .limit(BATCH_SIZE)
            .select(Order::as_select())
            .load(conn)?;
        let Some(last) = batch.last().map(|order| order.id) else { return Ok(None) };
        let due = batch.iter().filter(|order| order.remind_at().is_some_and(|at| at <= now));
        Ok(Some((due.map(|order| order.id).collect(), last)))
    }

    /// Reminds the buyer, at most once.
    pub fn remind_of_transfer(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
        let order = Order::lock(tx, id)?;
        let reminded =
            events::table.filter(events::order_id.eq(id).and(events::kind.eq(Event::TRANSFER_REMINDER_SENT)));
        let reminded: bool = diesel::select(exists(reminded)).get_result(tx.conn())?;
        let now = tx.now();
        if reminded || !order.is_awaiting_transfer() || order.hold_until.is_none_or(|until| until <= now) {
            return Ok(());
        }
        Event::TransferReminderSent { order: id }.record(tx, &Actor::System)
    }

    /// The next batch of orders whose hold has expired, with ids above `after`.
    pub fn list_overdue_transfers(conn: &mut Conn, now: Utc, after: OrderId) -> Result<Vec<OrderId>> {
        let overdue = orders::id.gt(after).and(orders::hold_until.le(now));
        Ok(awaiting_transfer!().filter(overdue).order(orders::id).limit(BATCH_SIZE).select(orders::id).load(conn)?)
    }

    /// Releases stock, discount code and gift cards. If a part was paid or shipped, flags the order for review instead.
    pub fn expire_transfer(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
        let order = Order::lock(tx, id)?;
        let now = tx.now();
        if !order.is_awaiting_transfer() || order.hold_until.is_none_or(|until| until > now) {
            return Ok(());
        }
        let is_shipped = order.lines(tx.conn())?.iter().any(|line| line.fulfilled > 0);
        if order.totals.captured_minor > 0 || is_shipped {
            diesel::update(orders::table.find(id)).set(orders::hold_until.eq(None::<Utc>)).execute(tx.conn())?;
            let reason = match is_shipped {
                true => ReviewReason::OverdueAfterShipping,
                false => ReviewReason::OverdueAfterPartPayment,
            };
            return order.flag_for_review(tx, reason);
        }
        order.void(tx, OrderState::Expired, &Actor::System)?;
        order.refund_excess(tx)?;
        Event::TransferExpired { order: id }.record(tx, &Actor::System)
    }

    fn is_awaiting_transfer(&self) -> bool {
        self.state == OrderState::Placed && self.payment_method == PaymentMethod::BankTransfer && self.due_minor() > 0
    }
}
