//! Delivery of shipments: delivered, or failed and then resent or cancelled.

use diesel::dsl::count;
use diesel::prelude::*;

use super::fulfilment::FulfilmentRequest;
use super::returns::ReturnState;
use super::{Fulfilment, FulfilmentState, Order};
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::schema::{fulfilment_lines, fulfilments, order_lines, orders, return_lines, returns};
use crate::support::ids::{FulfilmentId, OrderLineId};

const LIST_LIMIT: i64 = 100;

/// Selects a column of failed shipments with items that were not refunded, one row for each line.
macro_rules! failed {
    ($column:expr) => {
        fulfilment_lines::table
            .inner_join(fulfilments::table)
            .inner_join(order_lines::table)
            .filter(fulfilments::state.eq(FulfilmentState::Failed).and(order_lines::refunded.lt(order_lines::quantity)))
            .select($column)
    };
}

impl Fulfilment {
    /// Marks the shipment as delivered or picked up; `Conflict` if it is not on its way.
    pub fn mark_delivered(tx: &mut Tx<'_>, number: &str, id: FulfilmentId, by: &Actor) -> Result<()> {
        let order = Fulfilment::advance(tx, number, id, FulfilmentState::Shipped, FulfilmentState::Delivered)?;
        let is_pickup = order.delivery(tx.conn())?.pickup;
        Event::FulfilmentDelivered { order: order.id, fulfilment: id, is_pickup }.record(tx, by)
    }

    /// Marks the shipment as not delivered or not picked up; `Conflict` if it is not on its way.
    pub fn mark_failed(tx: &mut Tx<'_>, number: &str, id: FulfilmentId, by: &Actor) -> Result<()> {
        let order = Fulfilment::advance(tx, number, id, FulfilmentState::Shipped, FulfilmentState::Failed)?;
        let is_pickup = order.delivery(tx.conn())?.pickup;
        Event::FulfilmentFailed { order: order.id, fulfilment: id, is_pickup }.record(tx, by)
    }

    /// Closes a failed shipment that will not be sent again; `Conflict` if it has not failed.
    pub fn cancel(tx: &mut Tx<'_>, number: &str, id: FulfilmentId, by: &Actor) -> Result<()> {
        let order = Fulfilment::advance(tx, number, id, FulfilmentState::Failed, FulfilmentState::Cancelled)?;
        Event::FulfilmentCancelled { order: order.id, fulfilment: id }.record(tx, by)
    }

    /// Ships a failed shipment again with new tracking, without taking stock; `Conflict` if it has not failed, or some
    /// of its items are back in stock.
    pub fn resend(
        tx: &mut Tx<'_>,
        number: &str,
        id: FulfilmentId,
        request: &FulfilmentRequest,
        by: &Actor,
    ) -> Result<()> {
        let order = Fulfilment::lock_order(tx, number, id)?;
        if !order.list_resendable_fulfilments(tx.conn())?.contains(&id) {
            return Err(Error::Conflict);
        }
        let failed = fulfilments::id.eq(id).and(fulfilments::state.eq(FulfilmentState::Failed));
        let send_count: Option<i64> = diesel::update(fulfilments::table.filter(failed))
            .set((
                fulfilments::state.eq(FulfilmentState::Shipped),
                fulfilments::send_count.eq(fulfilments::send_count + 1),
                request.tracking(tx.now()),
            ))
            .returning(fulfilments::send_count)
            .get_result(tx.conn())
            .optional()?;
        let event = Event::FulfilmentResent {
            order: order.id,
            fulfilment: id,
            send_count: send_count.ok_or(Error::Conflict)?,
            carrier: request.carrier.clone(),
            tracking_number: request.tracking_number.clone(),
        };
        event.record(tx, by)
    }

    /// Compare-and-swap on the state; `Conflict` if it is not `from`.
    fn advance(
        tx: &mut Tx<'_>,
        number: &str,
        id: FulfilmentId,
        from: FulfilmentState,
        to: FulfilmentState,
    ) -> Result<Order> {
        let order = Fulfilment::lock_order(tx, number, id)?;
        let is_in_state = fulfilments::id.eq(id).and(fulfilments::state.eq(from));
        let moved =
            diesel::update(fulfilments::table.filter(is_in_state)).set(fulfilments::state.eq(to)).execute(tx.conn())?;
        if moved == 1 { Ok(order) } else { Err(Error::Conflict) }
    }

    fn lock_order(tx: &mut Tx<'_>, number: &str, id: FulfilmentId) -> Result<Order> {
        let order = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, order)?;
        let matches = fulfilments::id.eq(id).and(fulfilments::order_id.eq(order.id));
        fulfilments::table.filter(matches).select(fulfilments::id).first::<FulfilmentId>(tx.conn())?;
        Ok(order)
    }

    /// Failed shipments with items that were not refunded, oldest first; at most 100.
    pub fn list_failed(conn: &mut Conn) -> Result<Vec<(Fulfilment, Order)>> {
        let ids: Vec<FulfilmentId> =
            failed!(fulfilments::id).distinct().order(fulfilments::id).limit(LIST_LIMIT).load(conn)?;
        Ok(fulfilments::table
            .inner_join(orders::table)
            .filter(id_in(fulfilments::id, &ids))
            .order(fulfilments::id)
            .select((Fulfilment::as_select(), Order::as_select()))
            .load(conn)?)
    }

    pub fn count_failed(conn: &mut Conn) -> Result<i64> {
        Ok(failed!(count(fulfilments::id).aggregate_distinct()).first(conn)?)
    }
}

impl Order {
    /// Ids of the failed shipments whose items were not put back in stock.
    pub fn list_resendable_fulfilments(&self, conn: &mut Conn) -> Result<Vec<FulfilmentId>> {
        let contents: Vec<(FulfilmentId, FulfilmentState, OrderLineId, i64)> = fulfilment_lines::table
            .inner_join(fulfilments::table)
            .filter(fulfilments::order_id.eq(self.id))
            .order((fulfilments::id, fulfilment_lines::order_line_id))
            .select((fulfilments::id, fulfilments::state, fulfilment_lines::order_line_id, fulfilment_lines::quantity))
            .load(conn)?;
        let failed = contents.iter().filter(|(_, state, ..)| *state == FulfilmentState::Failed);
        let mut resendable: Vec<FulfilmentId> = failed.map(|(fulfilment, ..)| *fulfilment).collect();
        resendable.dedup();
        if resendable.is_empty() {
            return Ok(resendable);
        }
        let has_arrived = returns::state.eq_any([ReturnState::Received, ReturnState::Refunded]);
        let returned: Vec<(OrderLineId, i64)> = return_lines::table
            .inner_join(returns::table)
            .filter(returns::order_id.eq(self.id).and(has_arrived))
            .select((return_lines::order_line_id, return_lines::quantity))
            .load(conn)?;
        for line in self.lines(conn)? {
            let of_line = || contents.iter().filter(|(_, _, id, _)| *id == line.id);
            let quantity_in = |state: FulfilmentState| -> i64 {
                of_line().filter(|(_, own, ..)| *own == state).map(|(.., quantity)| quantity).sum()
            };
            let failed = quantity_in(FulfilmentState::Failed);
            let cancelled = quantity_in(FulfilmentState::Cancelled);
            let returned: i64 = returned.iter().filter(|(id, _)| *id == line.id).map(|(_, quantity)| quantity).sum();
            // Items of a return by the buyer were delivered. All other returned items were not: they are attributed to
            // cancelled shipments first, then to failed ones.
            let undelivered = line.returned - returned.min(line.fulfilled - failed - cancelled);
            let left = failed - (undelivered - cancelled).max(0);
            resendable.retain(|fulfilment| of_line().all(|(id, .., quantity)| id != fulfilment || *quantity <= left));
        }
        Ok(resendable)
    }
}
