//! Ships orders, whole or in parts.

use diesel::prelude::*;

use super::{FulfilmentState, Order, OrderFulfilmentState, OrderLine, OrderState, stock_reservations};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::variant::stock::StockReference;
use crate::models::platform::event::{Actor, Event, EventLine};
use crate::schema::{fulfilment_lines, fulfilments, order_lines, orders};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{FulfilmentId, OrderId, OrderLineId};

#[derive(Clone, Debug)]
pub struct FulfilmentRequest {
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: String,
    /// Order line id and quantity; empty to ship everything that is left.
    pub line_quantities: Vec<(OrderLineId, i64)>,
}

/// How a shipment travels, each time it is sent.
#[derive(Clone, Copy, Insertable, AsChangeset)]
#[diesel(table_name = fulfilments)]
pub(super) struct Tracking<'a> {
    carrier: &'a str,
    tracking_number: &'a str,
    tracking_url: &'a str,
    shipped_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = fulfilments)]
struct NewFulfilment<'a> {
    public_id: &'a str,
    order_id: OrderId,
    #[diesel(embed)]
    tracking: Tracking<'a>,
    state: FulfilmentState,
    send_count: i64,
}

#[derive(Insertable)]
#[diesel(table_name = fulfilment_lines)]
struct NewFulfilmentLine {
    fulfilment_id: FulfilmentId,
    order_line_id: OrderLineId,
    quantity: i64,
}

impl FulfilmentRequest {
    pub(super) fn tracking(&self, shipped_at: Utc) -> Tracking<'_> {
        Tracking {
            carrier: &self.carrier,
            tracking_number: &self.tracking_number,
            tracking_url: &self.tracking_url,
            shipped_at,
        }
    }
}

impl Order {
    /// Ships a part of an order, and takes it out of the stock.
    ///
    /// # Errors
    /// `Conflict` if the order is not in state `Placed`; `Invalid` on `quantity` if less is left to ship, or nothing
    /// was chosen.
    pub fn ship(tx: &mut Tx<'_>, number: &str, request: &FulfilmentRequest, by: &Actor) -> Result<Order> {
        let id = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if order.state != OrderState::Placed {
            return Err(Error::Conflict);
        }
        let lines = order.lines(tx.conn())?;
        let quantities: Vec<(OrderLineId, i64)> = match request.line_quantities.is_empty() {
            true => lines.iter().map(|line| (line.id, line.shippable_quantity())).collect(),
            false => request.line_quantities.clone(),
        };
        let mut quantities: Vec<(OrderLineId, i64)> =
            quantities.into_iter().filter(|(_, quantity)| *quantity > 0).collect();
        // Lock order: stock levels by variant.
        quantities.sort_by_key(|(id, _)| lines.iter().find(|line| line.id == *id).map(|line| line.variant_id));
        if quantities.is_empty() {
            return Err(Error::invalid("quantity", Message::FulfilmentItemsMissing));
        }
        let public_id = tx.generate_public_id()?;
        let row = NewFulfilment {
            public_id: &public_id,
            order_id: id,
            tracking: request.tracking(tx.now()),
            state: FulfilmentState::Shipped,
            send_count: 1,
        };
        let fulfilment: FulfilmentId =
            diesel::insert_into(fulfilments::table).values(row).returning(fulfilments::id).get_result(tx.conn())?;
        for (id, quantity) in &quantities {
            let line = lines.iter().find(|line| line.id == *id).ok_or(Error::NotFound)?;
            ship_line(tx, fulfilment, line, *quantity, by)?;
        }
        Order::update_fulfilment_state(tx, id)?;
        let event = Event::FulfilmentShipped {
            order: id,
            fulfilment,
            carrier: request.carrier.clone(),
            tracking_number: request.tracking_number.clone(),
            lines: event_lines(&quantities),
        };
        event.record(tx, by)?;
        Order::complete_if_done(tx, id)?;
        Order::get(tx.conn(), id)
    }

    /// Derives the fulfilment state from the lines. Gift cards do not count, because they are not shipped.
    pub(super) fn update_fulfilment_state(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
        let lines = Order::get(tx.conn(), id)?.lines(tx.conn())?;
        let goods = || lines.iter().filter(|line| !line.gift_card);
        let shipped: i64 = goods().map(|line| line.fulfilled).sum();
        let returned: i64 = goods().map(|line| line.returned).sum();
        let left: i64 = goods().map(OrderLine::shippable_quantity).sum();
        let state = match (shipped, left) {
            (0, 0) => OrderFulfilmentState::None,
            (0, _) => OrderFulfilmentState::Unfulfilled,
            (_, 0) if returned == shipped => OrderFulfilmentState::Returned,
            (_, 0) if returned > 0 => OrderFulfilmentState::PartiallyReturned,
            (_, 0) => OrderFulfilmentState::Fulfilled,
            // Something is still to be shipped, whatever came back meanwhile.
            _ => OrderFulfilmentState::PartiallyFulfilled,
        };
        diesel::update(orders::table.find(id)).set(orders::fulfilment_state.eq(state)).execute(tx.conn())?;
        Ok(())
    }
}

pub(super) fn event_lines(quantities: &[(OrderLineId, i64)]) -> Vec<EventLine> {
    quantities.iter().map(|(line, quantity)| EventLine { line: *line, quantity: *quantity }).collect()
}

/// Cancels up to `quantity` of a line that was not shipped, and releases its stock. Returns the quantity cancelled.
pub(super) fn cancel_items(
    tx: &mut Tx<'_>,
    line: OrderLineId,
    quantity: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<i64> {
    let (ordered, fulfilled, cancelled): (i64, i64, i64) = order_lines::table
        .find(line)
        .select((order_lines::quantity, order_lines::fulfilled, order_lines::cancelled))
        .first(tx.conn())?;
    let quantity = quantity.min(ordered - fulfilled - cancelled);
    if quantity <= 0 {
        return Ok(0);
    }
    diesel::update(order_lines::table.find(line))
        .set(order_lines::cancelled.eq(order_lines::cancelled + quantity))
        .execute(tx.conn())?;
    stock_reservations::cancel_items(tx, line, quantity, reference, by)?;
    Ok(quantity)
}

fn ship_line(tx: &mut Tx<'_>, fulfilment: FulfilmentId, line: &OrderLine, quantity: i64, by: &Actor) -> Result<()> {
    if line.gift_card {
        return Err(Error::invalid("quantity", Message::GiftCardsByEmail));
    }
    let reference = StockReference::Fulfilment { fulfilment, line: line.id };
    fulfil_line(tx, line, quantity, &reference, by)?;
    let row = NewFulfilmentLine { fulfilment_id: fulfilment, order_line_id: line.id, quantity };
    diesel::insert_into(fulfilment_lines::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Counts a quantity of a line as fulfilled, and takes it out of the stock; `Invalid` on `quantity` if less is left.
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
    let updated = diesel::update(order_lines::table.filter(enough))
        .set(order_lines::fulfilled.eq(order_lines::fulfilled + quantity))
        .execute(tx.conn())?;
    if updated != 1 {
        return Err(Error::invalid("quantity", Message::FulfilmentQuantityTooHigh));
    }
    stock_reservations::ship(tx, line.id, quantity, reference, by)
}

pub fn find_order_id(conn: &mut Conn, fulfilment: FulfilmentId) -> Result<OrderId> {
    Ok(fulfilments::table.find(fulfilment).select(fulfilments::order_id).first(conn)?)
}
