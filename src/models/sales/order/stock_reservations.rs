//! Stock reservations of order lines. Each transition is a compare-and-swap on the state.

use diesel::prelude::*;

use super::Order;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::catalog::variant::stock::ReservationState;
use crate::models::catalog::variant::stock::{self, StockReference};
use crate::models::checkout::cart::CartLine;
use crate::models::platform::event::Actor;
use crate::schema::{order_lines, reservations};
use crate::support::ids::{OrderId, OrderLineId, ReservationId, StockLevelId};

#[derive(Clone, Copy, Debug, HasQuery)]
#[diesel(table_name = reservations)]
struct Reservation {
    id: ReservationId,
    stock_level_id: StockLevelId,
    quantity: i64,
    shipped: i64,
    state: ReservationState,
}

#[derive(Insertable)]
#[diesel(table_name = reservations)]
struct NewReservation {
    order_line_id: OrderLineId,
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
        let is_unmoved = reservations::id.eq(self.id).and(reservations::state.eq(from));
        let moved = diesel::update(reservations::table.filter(is_unmoved))
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
    pub(super) fn stock_reference(&self) -> StockReference {
        StockReference::Order(self.public_id.clone())
    }
}

/// Sorted by stock level, so that concurrent orders lock in the same order (no deadlock).
fn list_for_order(tx: &mut Tx<'_>, order: OrderId, states: &[ReservationState]) -> Result<Vec<Reservation>> {
    let lines = order_lines::table.filter(order_lines::order_id.eq(order)).select(order_lines::id);
    Ok(Reservation::query()
        .filter(reservations::order_line_id.eq_any(lines).and(reservations::state.eq_any(states)))
        .order(reservations::stock_level_id)
        .load(tx.conn())?)
}

fn find_committed(tx: &mut Tx<'_>, line: OrderLineId) -> Result<Reservation> {
    let is_committed = reservations::order_line_id.eq(line).and(reservations::state.eq(ReservationState::Committed));
    Ok(Reservation::query().filter(is_committed).first(tx.conn())?)
}

/// Reserves the stock of all lines by variant, so that concurrent orders lock in the same order (no deadlock);
/// `OutOfStock` with the available quantity.
pub(super) fn reserve(
    tx: &mut Tx<'_>,
    order: &Order,
    lines: &[CartLine],
    line_ids: &[OrderLineId],
    state: ReservationState,
) -> Result<()> {
    let mut by_variant: Vec<(&CartLine, OrderLineId)> = lines.iter().zip(line_ids.iter().copied()).collect();
    by_variant.sort_by_key(|(line, _)| line.variant.id);
    for (line, line_id) in by_variant {
        let level = stock::reserve(tx, line.variant.id, line.quantity, &order.stock_reference())?;
        let row = NewReservation {
            order_line_id: line_id,
            stock_level_id: level,
            quantity: line.quantity,
            shipped: 0,
            state,
        };
        diesel::insert_into(reservations::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}

pub(super) fn commit(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
    let lines = order_lines::table.filter(order_lines::order_id.eq(order)).select(order_lines::id);
    let is_active = reservations::order_line_id.eq_any(lines).and(reservations::state.eq(ReservationState::Active));
    diesel::update(reservations::table.filter(is_active))
        .set(reservations::state.eq(ReservationState::Committed))
        .execute(tx.conn())?;
    Ok(())
}

pub(super) fn release(tx: &mut Tx<'_>, order: &Order, by: &Actor) -> Result<()> {
    for reservation in list_for_order(tx, order.id, &[ReservationState::Active, ReservationState::Committed])? {
        reservation.move_to(tx, ReservationState::Released)?;
        stock::release(tx, reservation.stock_level_id, reservation.quantity, &order.stock_reference(), by)?;
    }
    Ok(())
}

/// Reserves the released stock again after a late payment; `OutOfStock` if it was sold meanwhile.
pub(super) fn reserve_again(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    for reservation in list_for_order(tx, order.id, &[ReservationState::Released])? {
        stock::reserve_again(tx, reservation.stock_level_id, reservation.quantity, &order.stock_reference())?;
        reservation.move_to(tx, ReservationState::Active)?;
    }
    Ok(())
}

/// Takes a quantity of a line out of the stock; `NotFound` without a committed reservation.
pub(super) fn ship(
    tx: &mut Tx<'_>,
    line: OrderLineId,
    quantity: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<()> {
    let reservation = find_committed(tx, line)?;
    let shipped = reservation.shipped + quantity;
    let state = if shipped == reservation.quantity { ReservationState::Shipped } else { ReservationState::Committed };
    Reservation { shipped, state, ..reservation }.replace(tx, reservation.state)?;
    stock::ship(tx, reservation.stock_level_id, quantity, reference, by)
}

/// Releases a quantity that was not shipped; `NotFound` without a committed reservation.
pub(super) fn cancel_items(
    tx: &mut Tx<'_>,
    line: OrderLineId,
    quantity: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<()> {
    let reservation = find_committed(tx, line)?;
    let remaining = reservation.quantity - quantity;
    // A quantity cannot be zero: a reservation that is cancelled whole keeps it and becomes `Released`.
    let left = match (remaining, remaining - reservation.shipped) {
        (0, _) => Reservation { state: ReservationState::Released, ..reservation },
        (_, 0) => Reservation { state: ReservationState::Shipped, quantity: remaining, ..reservation },
        _ => Reservation { quantity: remaining, ..reservation },
    };
    left.replace(tx, reservation.state)?;
    stock::release(tx, reservation.stock_level_id, quantity, reference, by)
}
