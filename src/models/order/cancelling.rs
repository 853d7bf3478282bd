//! Giving an order up: by staff, or because no money came. What was set aside goes back on sale,
//! a discount code can be used again, and what gift cards had still to pay stays on them.

use diesel::prelude::*;

use super::{Order, OrderState, reserving};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::coupon::redeeming;
use crate::models::fact::{Actor, Fact};
use crate::models::gift_card::holding;
use crate::models::payment::AttemptState;
use crate::schema::{orders, payment_attempts};

impl Order {
    /// Staff call an order off. Nothing may have been sent; money that came goes back by itself.
    ///
    /// # Errors
    /// `Conflict` when something was.
    pub fn cancel(tx: &mut Tx<'_>, number: &str, by: &Actor) -> Result<Order> {
        let id = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        let shipped = order.lines(tx.conn())?.iter().any(|line| line.fulfilled > 0);
        if order.state != OrderState::Placed || shipped {
            return Err(Error::Conflict);
        }
        order.give_up(tx, OrderState::Cancelled, by)?;
        order.pay_back_what_cannot_be_kept(tx)?;
        Order::note(tx, id, "cancelled", by, "Order cancelled", true)?;
        Fact::OrderCancelled(id).record(tx, by)?;
        Order::get(tx.conn(), id)
    }

    /// No money came in time, and the provider has closed its page.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn expire(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let order = Order::lock(tx, id)?;
        if order.state != OrderState::Pending {
            return Ok(());
        }
        order.give_up(tx, OrderState::Expired, &Actor::System)?;
        order.pay_back_what_cannot_be_kept(tx)?;
        Order::note(tx, id, "expired", &Actor::System, "No payment came in time", true)?;
        Fact::OrderExpired(id).record(tx, &Actor::System)
    }

    pub(super) fn give_up(&self, tx: &mut Tx<'_>, state: OrderState, by: &Actor) -> Result<()> {
        let moved = diesel::update(orders::table.filter(orders::id.eq(self.id).and(orders::state.eq(self.state))))
            .set((orders::state.eq(state), orders::cancelled_at.eq(tx.now())))
            .execute(tx.conn())?;
        if moved != 1 {
            return Err(Error::Conflict);
        }
        let live = payment_attempts::order_id.eq(self.id).and(payment_attempts::state.eq_any(AttemptState::LIVE));
        diesel::update(payment_attempts::table.filter(live))
            .set(payment_attempts::state.eq(AttemptState::Closed))
            .execute(tx.conn())?;
        reserving::release(tx, self, by)?;
        redeeming::give_back(tx, self.id)?;
        holding::release(tx, self, by)
    }
}
