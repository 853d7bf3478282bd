//! Cancels and expires orders: stock, discount codes and amounts held on gift cards are released.

use diesel::prelude::*;

use super::{Order, OrderState, stock_reservations};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::checkout::coupon::redemption;
use crate::models::platform::event::{Actor, Event};
use crate::models::sales::payment::PaymentAttemptState;
use crate::schema::{orders, payment_attempts};
use crate::support::ids::OrderId;

impl Order {
    /// Cancels a placed order of which nothing was shipped, else `Conflict`. What was paid is refunded automatically.
    pub fn cancel(tx: &mut Tx<'_>, number: &str, by: &Actor) -> Result<Order> {
        let id = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        let shipped = order.lines(tx.conn())?.iter().any(|line| line.fulfilled > 0);
        if order.state != OrderState::Placed || shipped {
            return Err(Error::Conflict);
        }
        order.void(tx, OrderState::Cancelled, by)?;
        order.refund_excess(tx)?;
        Event::OrderCancelled { order: id }.record(tx, by)?;
        Order::get(tx.conn(), id)
    }

    /// Expires a pending order. Its payment page must be closed at the provider before. Does nothing in other states.
    pub fn expire(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
        let order = Order::lock(tx, id)?;
        if order.state != OrderState::Pending {
            return Ok(());
        }
        order.void(tx, OrderState::Expired, &Actor::System)?;
        order.refund_excess(tx)?;
        Event::OrderExpired { order: id }.record(tx, &Actor::System)
    }

    pub(super) fn void(&self, tx: &mut Tx<'_>, state: OrderState, by: &Actor) -> Result<()> {
        let moved = diesel::update(orders::table.filter(orders::id.eq(self.id).and(orders::state.eq(self.state))))
            .set((orders::state.eq(state), orders::cancelled_at.eq(tx.now())))
            .execute(tx.conn())?;
        if moved != 1 {
            return Err(Error::Conflict);
        }
        let is_active =
            payment_attempts::order_id.eq(self.id).and(payment_attempts::state.eq_any(PaymentAttemptState::ACTIVE));
        diesel::update(payment_attempts::table.filter(is_active))
            .set(payment_attempts::state.eq(PaymentAttemptState::Closed))
            .execute(tx.conn())?;
        stock_reservations::release(tx, self, by)?;
        redemption::release(tx, self.id)?;
        self.release_gift_cards(tx, by)
    }
}
