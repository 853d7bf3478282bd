//! Pieces set aside for the lines of an order: every move of a reservation is here, and each asks where it comes from.

use diesel::prelude::*;

use super::Order;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::cart::Line;
use crate::models::fact::Actor;
use crate::models::variant::stock;
use crate::schema::{order_lines, reservations};
use crate::text_enum;

text_enum! {
    /// What has become of pieces that were set aside.
    ReservationState {
        /// Held until the money comes.
        Active = "active",
        /// Promised: the order is placed.
        Committed = "committed",
        /// All have left the house.
        Shipped = "shipped",
        /// Given back.
        Released = "released",
    }
}

/// A reservation as its moves need it.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = reservations)]
struct Reservation {
    id: i64,
    stock_level_id: i64,
    quantity: i64,
    shipped: i64,
    state: ReservationState,
}

impl Reservation {
    /// Moves on from the state it was read in.
    fn move_to(self, tx: &mut Tx<'_>, state: ReservationState) -> Result<()> {
        Reservation { state, ..self }.replace(tx, self.state)
    }

    /// Writes it, if nobody has moved it since.
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

/// Reservations of an order in some states, in the order of the variants' rows so that two orders never wait for each
/// other.
fn of_order(tx: &mut Tx<'_>, order: i64, states: &[ReservationState]) -> Result<Vec<Reservation>> {
    let lines = order_lines::table.filter(order_lines::order_id.eq(order)).select(order_lines::id);
    Ok(reservations::table
        .filter(reservations::order_line_id.eq_any(lines).and(reservations::state.eq_any(states)))
        .order(reservations::stock_level_id)
        .select(Reservation::as_select())
        .load(tx.conn())?)
}

/// What a line still has to come.
fn of_line(tx: &mut Tx<'_>, line: i64) -> Result<Reservation> {
    let promised = reservations::order_line_id.eq(line).and(reservations::state.eq(ReservationState::Committed));
    Ok(reservations::table.filter(promised).select(Reservation::as_select()).first(tx.conn())?)
}

/// Sets the goods aside, in the order of the variants' rows so that two orders never wait for each other.
///
/// # Errors
/// `OutOfStock` with how many are left.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    order: &Order,
    lines: &[Line],
    line_ids: &[i64],
    state: ReservationState,
) -> Result<()> {
    let mut wanted: Vec<(&Line, i64)> = lines.iter().zip(line_ids.iter().copied()).collect();
    wanted.sort_by_key(|(line, _)| line.variant.id);
    for (line, line_id) in wanted {
        let level = stock::reserve(tx, line.variant.id, line.quantity, &format!("order {}", order.public_id))?;
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

/// The order is placed: what it held is promised.
///
/// # Errors
/// When the database refuses.
pub(super) fn hold_good(tx: &mut Tx<'_>, order: i64) -> Result<()> {
    let mine = order_lines::table.filter(order_lines::order_id.eq(order)).select(order_lines::id);
    let active = reservations::order_line_id.eq_any(mine).and(reservations::state.eq(ReservationState::Active));
    diesel::update(reservations::table.filter(active))
        .set(reservations::state.eq(ReservationState::Committed))
        .execute(tx.conn())?;
    Ok(())
}

/// The order is given up: nothing is set aside any more.
///
/// # Errors
/// When the database refuses.
pub(super) fn release(tx: &mut Tx<'_>, order: &Order, by: &Actor) -> Result<()> {
    for held in of_order(tx, order.id, &[ReservationState::Active, ReservationState::Committed])? {
        held.move_to(tx, ReservationState::Released)?;
        stock::release(tx, held.stock_level_id, held.quantity, &format!("order {}", order.public_id), by.label())?;
    }
    Ok(())
}

/// Money came late: what was given back is held another time.
///
/// # Errors
/// `OutOfStock` when it is gone.
pub(super) fn hold_again(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    for given_back in of_order(tx, order.id, &[ReservationState::Released])? {
        let reference = format!("order {}", order.public_id);
        stock::reserve_again(tx, given_back.stock_level_id, given_back.quantity, &reference)?;
        given_back.move_to(tx, ReservationState::Active)?;
    }
    Ok(())
}

/// Pieces of a line leave the house.
///
/// # Errors
/// When the line has none to come.
pub(super) fn ship(tx: &mut Tx<'_>, line: i64, pieces: i64, reference: &str, by: &Actor) -> Result<()> {
    let held = of_line(tx, line)?;
    let shipped = held.shipped + pieces;
    let state = if shipped == held.quantity { ReservationState::Shipped } else { ReservationState::Committed };
    Reservation { shipped, state, ..held }.replace(tx, held.state)?;
    stock::ship(tx, held.stock_level_id, pieces, reference, by.label())
}

/// Pieces of a line that have not been sent are given back.
///
/// # Errors
/// When the line has none to come.
pub(super) fn call_off(tx: &mut Tx<'_>, line: i64, pieces: i64, reference: &str, by: &Actor) -> Result<()> {
    let held = of_line(tx, line)?;
    let kept = held.quantity - pieces;
    // A reservation always is of something: one that is given up whole keeps its number and says so in its state.
    let left = match (kept, kept - held.shipped) {
        (0, _) => Reservation { state: ReservationState::Released, ..held },
        (_, 0) => Reservation { state: ReservationState::Shipped, quantity: kept, ..held },
        _ => Reservation { quantity: kept, ..held },
    };
    left.replace(tx, held.state)?;
    stock::release(tx, held.stock_level_id, pieces, reference, by.label())
}
