//! Stock reservations of order lines. Each transition is a compare-and-swap on the state.

use diesel::prelude::*;

use super::Order;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::catalog::variant::stock::{self, StockReference};
use crate::models::checkout::cart::CartLine;
use crate::models::platform::event::Actor;
use crate::schema::{order_lines, reservations};
use crate::support::ids::{OrderId, OrderLineId, ReservationId, StockLevelId};
use crate::text_enum;

text_enum! {
    ReservationState {
        /// Held until the payment arrives.
        Active = "active",
        /// The order is placed.
        Committed = "committed",
        /// The whole quantity has left the stock.
        Shipped = "shipped",
        Released = "released",
    }
}

#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = reservations)]
struct Reservation {
    id: ReservationId,
    stock_level_id: StockLevelId,
    quantity: i64,
    shipped: i64,
    state: ReservationState,
}

impl Reservation {
    fn move_to(self, tx: &mut Tx<'_>, state: ReservationState) -> Result<()> {
        Reservation { state, ..self }.replace(tx, self.state)
    }

    /// Writes the reservation if it is still in state `from`; else `Conflict`.
    fn replace(self, tx: &mut Tx<'_>, from: ReservationState) -> Result<()> {
        let unmoved = reservations::id.eq(self.id).and(reservations::state.eq(from));
        let moved = diesel::update(reservations::table.filter(unmoved))
            .set((
                reservations::state.eq(self.state),
                reservations::quantity.eq(self.quantity),
                reservations::shipped.eq(self.shipped),
            ))
            .execute(tx.conn())?;
        if moved == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}

impl Order {
    /// The order in the stock ledger.
    pub(super) fn stock_reference(&self) -> StockReference {
        StockReference::Order(self.public_id.clone())
    }
}

/// Reservations of an order in the given states, by stock level, so that concurrent orders lock in the same order (no
/// deadlock).
fn of_order(tx: &mut Tx<'_>, order: OrderId, states: &[ReservationState]) -> Result<Vec<Reservation>> {
    let lines = order_lines::table.filter(order_lines::order_id.eq(order)).select(order_lines::id);
    Ok(reservations::table
        .filter(reservations::order_line_id.eq_any(lines).and(reservations::state.eq_any(states)))
        .order(reservations::stock_level_id)
        .select(Reservation::as_select())
        .load(tx.conn())?)
}

fn of_line(tx: &mut Tx<'_>, line: OrderLineId) -> Result<Reservation> {
    let promised = reservations::order_line_id.eq(line).and(reservations::state.eq(ReservationState::Committed));
    Ok(reservations::table.filter(promised).select(Reservation::as_select()).first(tx.conn())?)
}

/// Reserves the stock of all lines, by variant, so that concurrent orders lock in the same order (no deadlock).
///
/// # Errors
/// `OutOfStock` with the available quantity.
pub(super) fn reserve(
    tx: &mut Tx<'_>,
    order: &Order,
    lines: &[CartLine],
    line_ids: &[OrderLineId],
    state: ReservationState,
) -> Result<()> {
    let mut wanted: Vec<(&CartLine, OrderLineId)> = lines.iter().zip(line_ids.iter().copied()).collect();
    wanted.sort_by_key(|(line, _)| line.variant.id);
    for (line, line_id) in wanted {
        let level = stock::reserve(tx, line.variant.id, line.quantity, &order.stock_reference())?;
        let row = (
            reservations::order_line_id.eq(line_id),
            reservations::stock_level_id.eq(level),
            reservations::quantity.eq(line.quantity),
            reservations::shipped.eq(0),
            reservations::state.eq(state),
        );
        diesel::insert_into(reservations::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

pub(super) fn commit(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
    let mine = order_lines::table.filter(order_lines::order_id.eq(order)).select(order_lines::id);
    let active = reservations::order_line_id.eq_any(mine).and(reservations::state.eq(ReservationState::Active));
    diesel::update(reservations::table.filter(active))
        .set(reservations::state.eq(ReservationState::Committed))
        .execute(tx.conn())?;
    Ok(())
}

/// Releases all reservations of an order that expires or is cancelled.
pub(super) fn release(tx: &mut Tx<'_>, order: &Order, by: &Actor) -> Result<()> {
    for held in of_order(tx, order.id, &[ReservationState::Active, ReservationState::Committed])? {
        held.move_to(tx, ReservationState::Released)?;
        stock::release(tx, held.stock_level_id, held.quantity, &order.stock_reference(), by)?;
    }
    Ok(())
}

/// Reserves the released stock again after a late payment.
///
/// # Errors
/// `OutOfStock` if it was sold meanwhile.
pub(super) fn reserve_again(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    for given_back in of_order(tx, order.id, &[ReservationState::Released])? {
        stock::reserve_again(tx, given_back.stock_level_id, given_back.quantity, &order.stock_reference())?;
        given_back.move_to(tx, ReservationState::Active)?;
    }
    Ok(())
}

/// Takes a quantity of a line out of the stock.
///
/// # Errors
/// `NotFound` if the line has no committed reservation.
pub(super) fn ship(
    tx: &mut Tx<'_>,
    line: OrderLineId,
    pieces: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<()> {
    let held = of_line(tx, line)?;
    let shipped = held.shipped + pieces;
    let state = if shipped == held.quantity { ReservationState::Shipped } else { ReservationState::Committed };
    Reservation { shipped, state, ..held }.replace(tx, held.state)?;
    stock::ship(tx, held.stock_level_id, pieces, reference, by)
}

/// Releases a quantity of a line that was not shipped.
///
/// # Errors
/// `NotFound` if the line has no committed reservation.
pub(super) fn cancel_items(
    tx: &mut Tx<'_>,
    line: OrderLineId,
    pieces: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<()> {
    let held = of_line(tx, line)?;
    let kept = held.quantity - pieces;
    // A quantity cannot be zero: a reservation that is cancelled whole keeps it and becomes `Released`.
    let left = match (kept, kept - held.shipped) {
        (0, _) => Reservation { state: ReservationState::Released, ..held },
        (_, 0) => Reservation { state: ReservationState::Shipped, quantity: kept, ..held },
        _ => Reservation { quantity: kept, ..held },
    };
    left.replace(tx, held.state)?;
    stock::release(tx, held.stock_level_id, pieces, reference, by)
}
