//! Orders that wait for a bank transfer: they hold their goods until the end of a day, a letter reminds the buyer before,
//! and then the goods are free again. Money that comes later than that is marked as paid by staff, and settles the order
//! as late money does.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::SignedDuration;

use super::{Order, OrderState, PaymentMethod, PaymentState};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::models::fact::{Actor, Fact};
use crate::schema::{order_events, orders};
use crate::support::clock::Utc;

/// The reminder goes out so long before the goods are free again, but not before half of the time is over.
const REMIND_BEFORE: SignedDuration = SignedDuration::from_hours(48);
/// Orders that are looked at in one question.
const AT_ONCE: i64 = 50;
/// The mark in the timeline that the buyer was reminded.
const REMINDED: &str = "reminded";

/// Orders that wait for a bank transfer.
macro_rules! waiting {
    () => {
        orders::table
            .filter(orders::state.eq(OrderState::Placed))
            .filter(orders::payment_method.eq(PaymentMethod::BankTransfer))
            .filter(orders::payment_state.eq_any([PaymentState::Unpaid, PaymentState::Partial]))
    };
}

impl Order {
    /// Whether it was given up because no transfer came; it keeps its number.
    pub fn is_lapsed(&self) -> bool {
        self.state == OrderState::Expired && self.number.is_some()
    }

    /// When the buyer is reminded of the transfer.
    fn remind_at(&self) -> Option<Utc> {
        let until = self.hold_until?;
        let half = until.since(self.created_at) / 2;
        Some(until.minus(REMIND_BEFORE).max(self.created_at.plus(half)))
    }

    /// Orders whose buyers are to be reminded of the transfer: those after a row, and the last row that was looked at;
    /// none when there are no more.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn transfers_to_remind(conn: &mut Conn, now: Utc, after: i64) -> Result<Option<(Vec<i64>, i64)>> {
        let reminded =
            order_events::table.filter(order_events::order_id.eq(orders::id).and(order_events::kind.eq(REMINDED)));
        let soon: Vec<Order> = waiting!()
            .filter(orders::id.gt(after).and(orders::hold_until.gt(now)))
            .filter(not(exists(reminded)))
            .order(orders::id)
            .limit(AT_ONCE)
            .select(Order::as_select())
            .load(conn)?;
        let Some(last) = soon.last().map(|order| order.id) else { return Ok(None) };
        let due = soon.iter().filter(|order| order.remind_at().is_some_and(|at| at <= now));
        Ok(Some((due.map(|order| order.id).collect(), last)))
    }

    /// Reminds the buyer, once.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn remind_of_transfer(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let order = Order::lock(tx, id)?;
        let reminded = order_events::table.filter(order_events::order_id.eq(id).and(order_events::kind.eq(REMINDED)));
        let reminded: bool = diesel::select(exists(reminded)).get_result(tx.conn())?;
        let now = tx.now();
        if reminded || !order.waits_for_transfer() || order.hold_until.is_none_or(|until| until <= now) {
            return Ok(());
        }
        Order::note(tx, id, REMINDED, &Actor::System, "Reminded of the transfer", true)?;
        Fact::TransferReminded(id).record(tx, &Actor::System)
    }

    /// Orders whose transfer has not come in time: the next after a row.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn overdue_transfers(conn: &mut Conn, now: Utc, after: i64) -> Result<Vec<i64>> {
        let overdue = orders::id.gt(after).and(orders::hold_until.le(now));
        Ok(waiting!().filter(overdue).order(orders::id).limit(AT_ONCE).select(orders::id).load(conn)?)
    }

    /// Gives an order up whose transfer has not come in time: its goods, its discount code and its gift cards are free
    /// again, and the buyer is told. Where a part of the money has come, or something was sent, staff decide.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn expire_transfer(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let order = Order::lock(tx, id)?;
        let now = tx.now();
        if !order.waits_for_transfer() || order.hold_until.is_none_or(|until| until > now) {
            return Ok(());
        }
        let is_sent = order.lines(tx.conn())?.iter().any(|line| line.fulfilled > 0);
        if order.captured_minor > 0 || is_sent {
            diesel::update(orders::table.find(id)).set(orders::hold_until.eq(None::<Utc>)).execute(tx.conn())?;
            let what = if is_sent { "Something of it was sent" } else { "A part of the money has come" };
            return order.ask_for_attention(tx, &format!("{what}, and the rest of the money is overdue."));
        }
        order.give_up(tx, OrderState::Expired, &Actor::System)?;
        order.pay_back_what_cannot_be_kept(tx)?;
        Order::note(tx, id, "expired", &Actor::System, "No transfer came in time, and the order was closed", true)?;
        Fact::TransferExpired(id).record(tx, &Actor::System)
    }

    fn waits_for_transfer(&self) -> bool {
        self.state == OrderState::Placed && self.payment_method == PaymentMethod::BankTransfer && self.due_minor() > 0
    }
}
