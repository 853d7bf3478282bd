//! Sending an order, whole or in parts.

use diesel::prelude::*;

use super::{FulfilState, Order, OrderLine, OrderState, reserving};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::schema::{fulfilment_lines, fulfilments, order_lines, orders};

/// A parcel as staff pack it.
#[derive(Clone, Debug)]
pub struct Packing {
    /// Who carries it; may be empty.
    pub carrier: String,
    /// Its number there; may be empty.
    pub tracking_number: String,
    /// Where to follow it; may be empty.
    pub tracking_url: String,
    /// The line's row and the pieces; empty for everything that is left.
    pub pieces: Vec<(i64, i64)>,
}

impl Packing {
    /// What happened and who carries it, for the timeline.
    pub(super) fn words(&self, what: &str) -> String {
        match (self.carrier.as_str(), self.tracking_number.as_str()) {
            ("", "") => what.to_owned(),
            (carrier, "") => format!("{what} with {carrier}"),
            (carrier, number) => format!("{what} with {carrier}, number {number}"),
        }
    }
}

impl Order {
    /// Sends a parcel: the pieces leave the stock.
    ///
    /// # Errors
    /// `Conflict` when the order is not open; `Invalid` on `quantity` when there are not so many to send.
    pub fn ship(tx: &mut Tx<'_>, number: &str, packing: &Packing, by: &Actor) -> Result<Order> {
        let id = Order::by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if order.state != OrderState::Placed {
            return Err(Error::Conflict);
        }
        let lines = order.lines(tx.conn())?;
        let pieces: Vec<(i64, i64)> = match packing.pieces.is_empty() {
            true => lines.iter().map(|line| (line.id, line.left_to_send())).collect(),
            false => packing.pieces.clone(),
        };
        let mut pieces: Vec<(i64, i64)> = pieces.into_iter().filter(|(_, quantity)| *quantity > 0).collect();
        // Stock is locked in the same order everywhere.
        pieces.sort_by_key(|(of, _)| lines.iter().find(|line| line.id == *of).map(|line| line.variant_id));
        if pieces.is_empty() {
            return Err(Error::invalid("quantity", "Choose at least one piece to send."));
        }
        let row = (
            fulfilments::public_id.eq(tx.public_id()?),
            fulfilments::order_id.eq(id),
            fulfilments::carrier.eq(&packing.carrier),
            fulfilments::tracking_number.eq(&packing.tracking_number),
            fulfilments::tracking_url.eq(&packing.tracking_url),
            fulfilments::shipped_at.eq(tx.now()),
        );
        let parcel: i64 =
            diesel::insert_into(fulfilments::table).values(row).returning(fulfilments::id).get_result(tx.conn())?;
        for (line, quantity) in pieces {
            let line = lines.iter().find(|own| own.id == line).ok_or(Error::NotFound)?;
            send_line(tx, parcel, line, quantity, by)?;
        }
        Order::recount_parcels(tx, id)?;
        Order::note(tx, id, "shipped", by, &packing.words("Parcel sent"), true)?;
        Fact::OrderShipped { order: id, fulfilment: parcel }.record(tx, by)?;
        Order::complete_if_done(tx, id)?;
        Order::get(tx.conn(), id)
    }

    /// Works out from the lines what was sent. Gift cards do not count: nobody packs them.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn recount_parcels(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let lines = Order::get(tx.conn(), id)?.lines(tx.conn())?;
        let parcels = || lines.iter().filter(|line| !line.gift_card);
        let sent: i64 = parcels().map(|line| line.fulfilled).sum();
        let returned: i64 = parcels().map(|line| line.returned).sum();
        let left: i64 = parcels().map(OrderLine::left_to_send).sum();
        let state = match (sent, left) {
            (0, 0) => FulfilState::None,
            (0, _) => FulfilState::Unfulfilled,
            (_, 0) if returned == sent => FulfilState::Returned,
            (_, 0) if returned > 0 => FulfilState::PartReturned,
            (_, 0) => FulfilState::Fulfilled,
            // Somebody still has to pack, whatever came back meanwhile.
            _ => FulfilState::Partial,
        };
        diesel::update(orders::table.find(id)).set(orders::fulfil_state.eq(state)).execute(tx.conn())?;
        Ok(())
    }
}

/// Takes pieces off an order that have not been sent; they go back on sale. Returns how many there were.
///
/// # Errors
/// When the database refuses.
pub(super) fn call_off(tx: &mut Tx<'_>, line: i64, pieces: i64, reference: &str, by: &Actor) -> Result<i64> {
    let (quantity, fulfilled, cancelled): (i64, i64, i64) = order_lines::table
        .find(line)
        .select((order_lines::quantity, order_lines::fulfilled, order_lines::cancelled))
        .first(tx.conn())?;
    let off = pieces.min(quantity - fulfilled - cancelled);
    if off <= 0 {
        return Ok(0);
    }
    diesel::update(order_lines::table.find(line))
        .set(order_lines::cancelled.eq(order_lines::cancelled + off))
        .execute(tx.conn())?;
    reserving::call_off(tx, line, off, reference, by)?;
    Ok(off)
}

fn send_line(tx: &mut Tx<'_>, parcel: i64, line: &OrderLine, quantity: i64, by: &Actor) -> Result<()> {
    if line.gift_card {
        return Err(Error::invalid("quantity", "Gift cards go by email."));
    }
    hand_over(tx, line, quantity, &format!("parcel {parcel} line {}", line.id), by)?;
    let row = (
        fulfilment_lines::fulfilment_id.eq(parcel),
        fulfilment_lines::order_line_id.eq(line.id),
        fulfilment_lines::quantity.eq(quantity),
    );
    diesel::insert_into(fulfilment_lines::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Pieces of a line leave the stock for good.
///
/// # Errors
/// `Invalid` on `quantity` when there are not so many to send.
pub(super) fn hand_over(tx: &mut Tx<'_>, line: &OrderLine, quantity: i64, reference: &str, by: &Actor) -> Result<()> {
    let enough = order_lines::id
        .eq(line.id)
        .and((order_lines::fulfilled + order_lines::cancelled + quantity).le(order_lines::quantity));
    let sent = diesel::update(order_lines::table.filter(enough))
        .set(order_lines::fulfilled.eq(order_lines::fulfilled + quantity))
        .execute(tx.conn())?;
    if sent != 1 {
        return Err(Error::invalid("quantity", "There are not so many pieces left to send."));
    }
    reserving::ship(tx, line.id, quantity, reference, by)
}

/// The order that a parcel belongs to.
///
/// # Errors
/// `NotFound`.
pub fn parcel_order(conn: &mut crate::db::Conn, parcel: i64) -> Result<i64> {
    Ok(fulfilments::table.find(parcel).select(fulfilments::order_id).first(conn)?)
}
