//! Ships orders, whole or in parts.

use diesel::prelude::*;

use super::{Order, OrderFulfilmentState, OrderLine, OrderState, stock_reservations};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::catalog::variant::stock::StockReference;
use crate::models::platform::event::{Actor, Event, EventLine};
use crate::schema::{fulfilment_lines, fulfilments, order_lines, orders};
use crate::support::i18n::Message;
use crate::support::ids::{FulfilmentId, OrderId, OrderLineId};

/// A shipment as staff enter it.
#[derive(Clone, Debug)]
pub struct FulfilmentRequest {
    /// May be empty.
    pub carrier: String,
    /// May be empty.
    pub tracking_number: String,
    /// May be empty.
    pub tracking_url: String,
    /// Order line id and quantity; empty to ship everything that is left.
    pub line_quantities: Vec<(OrderLineId, i64)>,
}

impl Order {
    /// Ships a part of an order, and takes it out of the stock.
    ///
    /// # Errors
    /// `Conflict` if the order is not in state `Placed`; `Invalid` on `quantity` if less is left to ship, or nothing
    /// was chosen.
    pub fn ship(tx: &mut Tx<'_>, number: &str, packing: &FulfilmentRequest, by: &Actor) -> Result<Order> {
        let id = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if order.state != OrderState::Placed {
            return Err(Error::Conflict);
        }
        let lines = order.lines(tx.conn())?;
        let pieces: Vec<(OrderLineId, i64)> = match packing.line_quantities.is_empty() {
            true => lines.iter().map(|line| (line.id, line.shippable_quantity())).collect(),
            false => packing.line_quantities.clone(),
        };
        let mut pieces: Vec<(OrderLineId, i64)> = pieces.into_iter().filter(|(_, quantity)| *quantity > 0).collect();
        // Lock order: stock levels by variant.
        pieces.sort_by_key(|(of, _)| lines.iter().find(|line| line.id == *of).map(|line| line.variant_id));
        if pieces.is_empty() {
            return Err(Error::invalid("quantity", Message::FulfilmentItemsMissing));
        }
        let row = (
            fulfilments::public_id.eq(tx.generate_public_id()?),
            fulfilments::order_id.eq(id),
            fulfilments::carrier.eq(&packing.carrier),
            fulfilments::tracking_number.eq(&packing.tracking_number),
            fulfilments::tracking_url.eq(&packing.tracking_url),
            fulfilments::shipped_at.eq(tx.now()),
        );
        let parcel: FulfilmentId =
            diesel::insert_into(fulfilments::table).values(row).returning(fulfilments::id).get_result(tx.conn())?;
        for (line, quantity) in &pieces {
            let line = lines.iter().find(|own| own.id == *line).ok_or(Error::NotFound)?;
            send_line(tx, parcel, line, *quantity, by)?;
        }
        Order::update_fulfilment_state(tx, id)?;
        let shipped = Event::FulfilmentShipped {
            order: id,
            fulfilment: parcel,
            carrier: packing.carrier.clone(),
            tracking_number: packing.tracking_number.clone(),
            lines: event_lines(&pieces),
        };
        shipped.record(tx, by)?;
        Order::complete_if_done(tx, id)?;
        Order::get(tx.conn(), id)
    }

    /// Derives the fulfilment state from the lines. Gift cards do not count, because they are not shipped.
    pub(super) fn update_fulfilment_state(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
        let lines = Order::get(tx.conn(), id)?.lines(tx.conn())?;
        let parcels = || lines.iter().filter(|line| !line.gift_card);
        let sent: i64 = parcels().map(|line| line.fulfilled).sum();
        let returned: i64 = parcels().map(|line| line.returned).sum();
        let left: i64 = parcels().map(OrderLine::shippable_quantity).sum();
        let state = match (sent, left) {
            (0, 0) => OrderFulfilmentState::None,
            (0, _) => OrderFulfilmentState::Unfulfilled,
            (_, 0) if returned == sent => OrderFulfilmentState::Returned,
            (_, 0) if returned > 0 => OrderFulfilmentState::PartiallyReturned,
            (_, 0) => OrderFulfilmentState::Fulfilled,
            // Something is still to be shipped, whatever came back meanwhile.
            _ => OrderFulfilmentState::PartiallyFulfilled,
        };
        diesel::update(orders::table.find(id)).set(orders::fulfilment_state.eq(state)).execute(tx.conn())?;
        Ok(())
    }
}

/// Quantities by order line for the event log.
pub(super) fn event_lines(pieces: &[(OrderLineId, i64)]) -> Vec<EventLine> {
    pieces.iter().map(|(line, quantity)| EventLine { line: *line, quantity: *quantity }).collect()
}

/// Cancels up to `pieces` of a line that were not shipped, and releases their stock. Returns the quantity cancelled.
pub(super) fn cancel_items(
    tx: &mut Tx<'_>,
    line: OrderLineId,
    pieces: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<i64> {
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
    stock_reservations::cancel_items(tx, line, off, reference, by)?;
    Ok(off)
}

fn send_line(tx: &mut Tx<'_>, parcel: FulfilmentId, line: &OrderLine, quantity: i64, by: &Actor) -> Result<()> {
    if line.gift_card {
        return Err(Error::invalid("quantity", Message::GiftCardsByEmail));
    }
    let reference = StockReference::Fulfilment { fulfilment: parcel, line: line.id };
    fulfil_line(tx, line, quantity, &reference, by)?;
    let row = (
        fulfilment_lines::fulfilment_id.eq(parcel),
        fulfilment_lines::order_line_id.eq(line.id),
        fulfilment_lines::quantity.eq(quantity),
    );
    diesel::insert_into(fulfilment_lines::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Counts a quantity of a line as fulfilled, and takes it out of the stock.
///
/// # Errors
/// `Invalid` on `quantity` if less is left to ship.
pub(super) fn fulfil_line(
    tx: &mut Tx<'_>,
    line: &OrderLine,
    quantity: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<()> {
    let enough = order_lines::id
        .eq(line.id)
        .and((order_lines::fulfilled + order_lines::cancelled + quantity).le(order_lines::quantity));
    let sent = diesel::update(order_lines::table.filter(enough))
        .set(order_lines::fulfilled.eq(order_lines::fulfilled + quantity))
        .execute(tx.conn())?;
    if sent != 1 {
        return Err(Error::invalid("quantity", Message::FulfilmentQuantityTooHigh));
    }
    stock_reservations::ship(tx, line.id, quantity, reference, by)
}

pub fn find_order_id(conn: &mut crate::db::Conn, parcel: FulfilmentId) -> Result<OrderId> {
    Ok(fulfilments::table.find(parcel).select(fulfilments::order_id).first(conn)?)
}
