//! What becomes of a parcel after it has left: it arrives, or it does not and is sent again or closed.

use diesel::dsl::count;
use diesel::prelude::*;

use super::returning::ReturnState;
use super::shipping::Packing;
use super::{Order, Parcel, ParcelState};
use crate::db::among::among;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::schema::{fulfilment_lines, fulfilments, order_lines, orders, return_lines, returns};

/// Most parcels of the list of those that did not arrive.
const SHOWN: i64 = 100;

/// A column of the parcels that did not arrive, with something in them that was not paid back: once for each line.
macro_rules! failed {
    ($column:expr) => {
        fulfilment_lines::table
            .inner_join(fulfilments::table)
            .inner_join(order_lines::table)
            .filter(fulfilments::state.eq(ParcelState::Failed).and(order_lines::refunded.lt(order_lines::quantity)))
            .select($column)
    };
}

impl Parcel {
    /// It has arrived, or was collected.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is not on its way.
    pub fn deliver(tx: &mut Tx<'_>, number: &str, id: i64, by: &Actor) -> Result<()> {
        let order = Parcel::advance(tx, number, id, ParcelState::Shipped, ParcelState::Delivered)?;
        let words = if order.pickup { "Collected" } else { "Parcel delivered" };
        Order::note(tx, order.id, "delivered", by, words, true)?;
        Fact::ParcelDelivered { order: order.id, fulfilment: id }.record(tx, by)
    }

    /// It did not arrive, or was not collected.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it is not on its way.
    pub fn fail(tx: &mut Tx<'_>, number: &str, id: i64, by: &Actor) -> Result<()> {
        let order = Parcel::advance(tx, number, id, ParcelState::Shipped, ParcelState::Failed)?;
        let words = if order.pickup { "Not collected" } else { "Parcel did not arrive" };
        Order::note(tx, order.id, "delivery-failed", by, words, true)?;
        Fact::ParcelFailed { order: order.id, fulfilment: id }.record(tx, by)
    }

    /// Nobody sends it again: it was paid back, or settled in another way.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it did not fail to arrive.
    pub fn close(tx: &mut Tx<'_>, number: &str, id: i64, by: &Actor) -> Result<()> {
        let order = Parcel::advance(tx, number, id, ParcelState::Failed, ParcelState::Cancelled)?;
        Order::note(tx, order.id, "parcel-closed", by, "Parcel closed: it is not sent again", false)?;
        Fact::ParcelClosed { order: order.id, fulfilment: id }.record(tx, by)
    }

    /// It leaves another time, with the same things in it and tracking of its own; nothing more leaves the stock.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it did not fail to arrive, or when things in it are back in stock.
    pub fn send_again(tx: &mut Tx<'_>, number: &str, id: i64, packing: &Packing, by: &Actor) -> Result<()> {
        let order = Parcel::order_of(tx, number, id)?;
        if !order.can_send_again(tx.conn())?.contains(&id) {
            return Err(Error::Conflict);
        }
        let failed = fulfilments::id.eq(id).and(fulfilments::state.eq(ParcelState::Failed));
        let sendings: Option<i64> = diesel::update(fulfilments::table.filter(failed))
            .set((
                fulfilments::state.eq(ParcelState::Shipped),
                fulfilments::sendings.eq(fulfilments::sendings + 1),
                fulfilments::carrier.eq(&packing.carrier),
                fulfilments::tracking_number.eq(&packing.tracking_number),
                fulfilments::tracking_url.eq(&packing.tracking_url),
                fulfilments::shipped_at.eq(tx.now()),
            ))
            .returning(fulfilments::sendings)
            .get_result(tx.conn())
            .optional()?;
        let Some(sendings) = sendings else { return Err(Error::Conflict) };
        Order::note(tx, order.id, "shipped", by, &packing.words("Parcel sent again"), true)?;
        Fact::ParcelSentAgain { order: order.id, fulfilment: id, sendings }.record(tx, by)
    }

    /// One conditional update: whoever comes second moves nothing.
    fn advance(tx: &mut Tx<'_>, number: &str, id: i64, from: ParcelState, to: ParcelState) -> Result<Order> {
        let order = Parcel::order_of(tx, number, id)?;
        let there = fulfilments::id.eq(id).and(fulfilments::state.eq(from));
        let moved =
            diesel::update(fulfilments::table.filter(there)).set(fulfilments::state.eq(to)).execute(tx.conn())?;
        if moved == 1 { Ok(order) } else { Err(Error::Conflict) }
    }

    /// Locks the order whose parcel it is.
    fn order_of(tx: &mut Tx<'_>, number: &str, id: i64) -> Result<Order> {
        let order = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, order)?;
        let mine = fulfilments::id.eq(id).and(fulfilments::order_id.eq(order.id));
        fulfilments::table.filter(mine).select(fulfilments::id).first::<i64>(tx.conn())?;
        Ok(order)
    }

    /// Parcels that did not arrive, the oldest first. What was paid back need not be sent again.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn to_send_again(conn: &mut Conn) -> Result<Vec<(Parcel, Order)>> {
        let ids: Vec<i64> = failed!(fulfilments::id).distinct().order(fulfilments::id).limit(SHOWN).load(conn)?;
        Ok(fulfilments::table
            .inner_join(orders::table)
            .filter(among(fulfilments::id, &ids))
            .order(fulfilments::id)
            .select((Parcel::as_select(), Order::as_select()))
            .load(conn)?)
    }

    /// How many did not arrive.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_to_send_again(conn: &mut Conn) -> Result<i64> {
        Ok(failed!(count(fulfilments::id).aggregate_distinct()).first(conn)?)
    }
}

impl Order {
    /// Its parcels that did not arrive and still have everything in them: none of it was put back in stock.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn can_send_again(&self, conn: &mut Conn) -> Result<Vec<i64>> {
        let packed: Vec<(i64, ParcelState, i64, i64)> = fulfilment_lines::table
            .inner_join(fulfilments::table)
            .filter(fulfilments::order_id.eq(self.id))
            .order((fulfilments::id, fulfilment_lines::order_line_id))
            .select((fulfilments::id, fulfilments::state, fulfilment_lines::order_line_id, fulfilment_lines::quantity))
            .load(conn)?;
        let failed = packed.iter().filter(|(_, state, ..)| *state == ParcelState::Failed);
        let mut whole: Vec<i64> = failed.map(|(parcel, ..)| *parcel).collect();
        whole.dedup();
        if whole.is_empty() {
            return Ok(whole);
        }
        let arrived = returns::state.eq_any([ReturnState::Received, ReturnState::Refunded]);
        let sent_back: Vec<(i64, i64)> = return_lines::table
            .inner_join(returns::table)
            .filter(returns::order_id.eq(self.id).and(arrived))
            .select((return_lines::order_line_id, return_lines::quantity))
            .load(conn)?;
        for line in self.lines(conn)? {
            let of_line = || packed.iter().filter(|(_, _, of, _)| *of == line.id);
            let pieces_in = |state: ParcelState| -> i64 {
                of_line().filter(|(_, own, ..)| *own == state).map(|(.., pieces)| pieces).sum()
            };
            let (failed, closed) = (pieces_in(ParcelState::Failed), pieces_in(ParcelState::Cancelled));
            let sent_back: i64 = sent_back.iter().filter(|(of, _)| *of == line.id).map(|(_, pieces)| pieces).sum();
            // Who sends something back has got it. What else came back did not arrive: it was in the parcels that are
            // closed, or else in those that failed.
            let home = line.returned - sent_back.min(line.fulfilled - failed - closed);
            let left = failed - (home - closed).max(0);
            whole.retain(|parcel| of_line().all(|(id, .., pieces)| id != parcel || *pieces <= left));
        }
        Ok(whole)
    }
}
