//! Returns. Each transition is a compare-and-swap on the state, under the lock of the order's row.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::refunds::{RefundOrigin, RefundRequest};
use super::{Order, OrderLine};
use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::variant::stock::{self, StockReference};
use crate::models::platform::event::{Actor, Event, EventLine};
use crate::schema::{order_lines, orders, return_lines, returns, stock_levels};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{OrderId, OrderLineId, ReturnId, StockLevelId, VariantId};
use crate::text_enum;

/// Return requests that a buyer can make for one order within 24 hours.
const MAX_REQUESTS_PER_DAY: i64 = 10;

const LIST_LIMIT: i64 = 100;

text_enum! {
    ReturnState {
        Requested = "requested",
        Approved = "approved",
        Received = "received",
        /// The refund is created; the money may still be on its way.
        Refunded = "refunded",
        Refused = "refused",
        Cancelled = "cancelled",
    }
}

impl ReturnState {
    /// States in which the goods are still expected.
    pub const OPEN: [ReturnState; 2] = [ReturnState::Requested, ReturnState::Approved];

    pub fn is_open(self) -> bool {
        ReturnState::OPEN.contains(&self)
    }
}

text_enum! {
    ItemCondition {
        Unknown = "unknown",
        Sellable = "sellable",
        Damaged = "damaged",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = returns, check_for_backend(AnyBackend))]
pub struct Return {
    pub id: ReturnId,
    pub order_id: OrderId,
    pub state: ReturnState,
    /// May be empty if staff created the return.
    pub reason: String,
    pub answer: String,
    pub created_by: Actor,
    pub created_at: Utc,
}

#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = return_lines, check_for_backend(AnyBackend))]
pub struct ReturnLine {
    pub order_line_id: OrderLineId,
    pub quantity: i64,
    pub condition: ItemCondition,
}

#[derive(Clone, Debug, Default)]
pub struct ReturnRequest {
    /// Order line id and quantity.
    pub line_quantities: Vec<(OrderLineId, i64)>,
    pub reason: String,
}

#[derive(Insertable)]
#[diesel(table_name = returns)]
struct NewReturn<'a> {
    public_id: &'a str,
    order_id: OrderId,
    state: ReturnState,
    reason: &'a str,
    created_by: &'a Actor,
    created_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = return_lines)]
struct NewReturnLine {
    return_id: ReturnId,
    order_line_id: OrderLineId,
    quantity: i64,
    condition: ItemCondition,
}

impl Order {
    /// Lines with the quantity that was fulfilled, not returned, and in no other open return; no gift cards.
    pub fn list_returnable_lines(&self, conn: &mut Conn) -> Result<Vec<(OrderLine, i64)>> {
        if !self.state.is_confirmed() {
            return Ok(Vec::new());
        }
        let open: Vec<(OrderLineId, i64)> = return_lines::table
            .inner_join(returns::table)
            .filter(returns::order_id.eq(self.id).and(returns::state.eq_any(ReturnState::OPEN)))
            .select((return_lines::order_line_id, return_lines::quantity))
            .load(conn)?;
        let left = |line: OrderLine| {
            let expected: i64 = open.iter().filter(|(id, _)| *id == line.id).map(|(_, quantity)| quantity).sum();
            let left = line.fulfilled - line.returned - expected;
            (line, left)
        };
        let lines = self.lines(conn)?.into_iter().filter(|line| !line.gift_card).map(left);
        Ok(lines.filter(|(_, left)| *left > 0).collect())
    }
}

impl Return {
    /// Requests a return for the order of an access token, on behalf of the buyer.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the order is not confirmed; `Invalid` on `return_quantity_{line}`, or on `return`,
    /// also after too many requests within a day.
    pub fn request(tx: &mut Tx<'_>, token: &str, request: &ReturnRequest) -> Result<Return> {
        let order = Order::find_by_token(tx.conn(), token)?.id;
        Order::lock(tx, order)?;
        let since = tx.now().minus(SignedDuration::from_hours(24));
        let by_customer = returns::order_id.eq(order).and(returns::created_by.eq(Actor::Customer));
        let recent = returns::table.filter(by_customer.and(returns::created_at.gt(since)));
        let requests: i64 = recent.count().get_result(tx.conn())?;
        if requests >= MAX_REQUESTS_PER_DAY {
            return Err(Error::invalid("return", Message::ReturnsTooMany));
        }
        let new = Return::open(tx, order, request, ReturnState::Requested, &Actor::Customer)?;
        let lines = new.event_lines(tx.conn())?;
        Event::ReturnRequested { order, return_id: new.id, lines }.record(tx, &Actor::Customer)?;
        Ok(new)
    }

    /// Creates a return that staff have approved already.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the order is not confirmed; `Invalid` on `return_quantity_{line}` or `return`.
    pub fn create_approved(tx: &mut Tx<'_>, number: &str, request: &ReturnRequest, by: &Actor) -> Result<Return> {
        let order = Order::find_by_number(tx.conn(), number)?.id;
        let new = Return::open(tx, order, request, ReturnState::Approved, by)?;
        new.record_approved(tx, by)?;
        Ok(new)
    }

    fn open(
        tx: &mut Tx<'_>,
        order: OrderId,
        request: &ReturnRequest,
        state: ReturnState,
        by: &Actor,
    ) -> Result<Return> {
        let order = Order::lock(tx, order)?;
        if !order.state.is_confirmed() {
            return Err(Error::Conflict);
        }
        let returnable = order.list_returnable_lines(tx.conn())?;
        let quantities: Vec<(OrderLineId, i64)> =
            request.line_quantities.iter().filter(|(_, quantity)| *quantity > 0).copied().collect();
        for (line, quantity) in &quantities {
            let left = returnable.iter().find(|(own, _)| own.id == *line).map_or(0, |(_, left)| *left);
            if *quantity > left {
                let message = match left {
                    0 => Message::ItemNotReturnable,
                    left => Message::ReturnQuantityTooHigh { left },
                };
                return Err(Error::invalid(format!("return_quantity_{line}"), message));
            }
        }
        if quantities.is_empty() {
            return Err(Error::invalid("return", Message::ReturnItemsMissing));
        }
        let public_id = tx.generate_public_id()?;
        let row = NewReturn {
            public_id: &public_id,
            order_id: order.id,
            state,
            reason: &request.reason,
            created_by: by,
            created_at: tx.now(),
        };
        let id: ReturnId =
            diesel::insert_into(returns::table).values(row).returning(returns::id).get_result(tx.conn())?;
        for (line, quantity) in quantities {
            let row = NewReturnLine { return_id: id, order_line_id: line, quantity, condition: ItemCondition::Unknown };
            diesel::insert_into(return_lines::table).values(row).execute(tx.conn())?;
        }
        Return::get(tx.conn(), id)
    }

    /// Approves a return; `Conflict` if it is not in state `Requested`.
    pub fn approve(tx: &mut Tx<'_>, number: &str, id: ReturnId, by: &Actor) -> Result<()> {
        let (_, order_return) = Return::lock(tx, number, id)?;
        order_return.advance(tx, &[ReturnState::Requested], ReturnState::Approved)?;
        order_return.record_approved(tx, by)
    }

    fn record_approved(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let lines = self.event_lines(tx.conn())?;
        Event::ReturnApproved { order: self.order_id, return_id: self.id, lines }.record(tx, by)
    }

    /// Declines a return; the buyer reads `answer`. `Conflict` if it is not in state `Requested`.
    pub fn refuse(tx: &mut Tx<'_>, number: &str, id: ReturnId, answer: &str, by: &Actor) -> Result<()> {
        let (_, order_return) = Return::lock(tx, number, id)?;
        order_return.advance(tx, &[ReturnState::Requested], ReturnState::Refused)?;
        diesel::update(returns::table.find(id)).set(returns::answer.eq(answer)).execute(tx.conn())?;
        Event::ReturnRefused { order: order_return.order_id, return_id: id, answer: answer.to_owned() }.record(tx, by)
    }

    /// Receives the goods of an approved return, with the condition of each order line. Sellable items are restocked.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it is not approved; `Invalid` on `condition_{return}_{line}` for a line without a
    /// condition, and on `return` if these items were already put back in stock.
    pub fn receive(
        tx: &mut Tx<'_>,
        number: &str,
        id: ReturnId,
        conditions: &[(OrderLineId, ItemCondition)],
        by: &Actor,
    ) -> Result<()> {
        let (order, order_return) = Return::lock(tx, number, id)?;
        order_return.advance(tx, &[ReturnState::Approved], ReturnState::Received)?;
        let lines = order.lines(tx.conn())?;
        let mut received = Vec::new();
        for returned in order_return.lines(tx.conn())? {
            let line = lines.iter().find(|line| line.id == returned.order_line_id).ok_or(Error::NotFound)?;
            let condition = conditions.iter().find(|(id, _)| *id == line.id).map(|(_, condition)| *condition);
            let Some(condition) = condition.filter(|condition| *condition != ItemCondition::Unknown) else {
                return Err(Error::invalid(format!("condition_{id}_{}", line.id), Message::ConditionMissing));
            };
            received.push((line, returned.quantity, condition));
        }
        // Lock order: stock levels by variant.
        received.sort_by_key(|(line, ..)| line.variant_id);
        for (line, quantity, condition) in &received {
            let matches = return_lines::return_id.eq(id).and(return_lines::order_line_id.eq(line.id));
            diesel::update(return_lines::table.filter(matches))
                .set(return_lines::condition.eq(condition))
                .execute(tx.conn())?;
            if !add_returned(tx, line.id, *quantity)? {
                return Err(Error::invalid("return", Message::ItemAlreadyRestocked { item: line.name() }));
            }
            if *condition == ItemCondition::Sellable {
                restock(tx, line.variant_id, *quantity, &StockReference::Return(id), by)?;
            }
        }
        let lines = order_return.event_lines(tx.conn())?;
        Event::ReturnReceived { order: order.id, return_id: id, lines }.record(tx, by)?;
        let damaged = received.iter().filter(|(.., condition)| *condition == ItemCondition::Damaged);
        let damaged = damaged.map(|(line, quantity, _)| EventLine { line: line.id, quantity: *quantity });
        let lines: Vec<EventLine> = damaged.collect();
        if !lines.is_empty() {
            Event::ReturnItemsDamaged { order: order.id, return_id: id, lines }.record(tx, by)?;
        }
        Order::update_fulfilment_state(tx, order.id)?;
        Order::complete_if_done(tx, order.id)
    }

    /// Refunds the received items, and the shipping if asked for.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if the return is not received, or the order is not paid; `Invalid` on `refund_shipping`,
    /// and on `return` if these items were already refunded.
    pub fn refund(tx: &mut Tx<'_>, number: &str, id: ReturnId, shipping: bool, by: &Actor) -> Result<()> {
        let (order, order_return) = Return::lock(tx, number, id)?;
        if order_return.state != ReturnState::Received || !order.is_refundable() {
            return Err(Error::Conflict);
        }
        let returned = order_return.lines(tx.conn())?;
        order_return.check_unrefunded(&order.lines(tx.conn())?, &returned, shipping)?;
        let request = build_refund_request(&returned, shipping);
        let refund = order.create_refund(tx, &request, RefundOrigin::Return, by)?;
        let is_received = returns::id.eq(id).and(returns::state.eq(ReturnState::Received));
        let moved = diesel::update(returns::table.filter(is_received))
            .set((returns::state.eq(ReturnState::Refunded), returns::refund_id.eq(refund.id)))
            .execute(tx.conn())?;
        if moved == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// The amount that [`Return::refund`] refunds, in minor units.
    pub fn calculate_refund_amount(&self, conn: &mut Conn, order: &Order, shipping: bool) -> Result<i64> {
        let returned = self.lines(conn)?;
        order.calculate_refund_amount(conn, &build_refund_request(&returned, shipping))
    }

    fn check_unrefunded(&self, lines: &[OrderLine], returned: &[ReturnLine], shipping: bool) -> Result<()> {
        let mut total_minor = 0;
        for part in returned {
            let line = lines.iter().find(|line| line.id == part.order_line_id).ok_or(Error::NotFound)?;
            total_minor += line.total_minor;
            let left = line.quantity - line.refunded;
            if left < part.quantity {
                let item = line.name();
                let message = match left {
                    0 => Message::ItemAlreadyRefunded { item },
                    left => Message::ItemPartlyRefunded { left, item },
                };
                return Err(Error::invalid("return", message));
            }
        }
        match total_minor {
            0 if !shipping => Err(Error::invalid("return", Message::ReturnWorthNothing)),
            _ => Ok(()),
        }
    }

    /// Cancels an open return on behalf of staff; `Conflict` if it is no longer open.
    pub fn cancel(tx: &mut Tx<'_>, number: &str, id: ReturnId, by: &Actor) -> Result<()> {
        let (_, order_return) = Return::lock(tx, number, id)?;
        order_return.cancel_open(tx, by)
    }

    /// Cancels an open return on behalf of the buyer, by the access token; `Conflict` if it is no longer open.
    pub fn cancel_by_customer(tx: &mut Tx<'_>, token: &str, id: ReturnId) -> Result<()> {
        let order = Order::find_by_token(tx.conn(), token)?.id;
        Order::lock(tx, order)?;
        Return::find_for_order(tx.conn(), order, id)?.cancel_open(tx, &Actor::Customer)
    }

    fn cancel_open(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        self.advance(tx, &ReturnState::OPEN, ReturnState::Cancelled)?;
        let lines = self.event_lines(tx.conn())?;
        Event::ReturnCancelled { order: self.order_id, return_id: self.id, lines }.record(tx, by)
    }

    /// Compare-and-swap on the state; `Conflict` if it is not one of `from`.
    fn advance(&self, tx: &mut Tx<'_>, from: &[ReturnState], to: ReturnState) -> Result<()> {
        let is_in_state = returns::id.eq(self.id).and(returns::state.eq_any(from));
        let moved = diesel::update(returns::table.filter(is_in_state)).set(returns::state.eq(to)).execute(tx.conn())?;
        if moved == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    fn lock(tx: &mut Tx<'_>, number: &str, id: ReturnId) -> Result<(Order, Return)> {
        let order = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, order)?;
        let order_return = Return::find_for_order(tx.conn(), order.id, id)?;
        Ok((order, order_return))
    }

    pub fn get(conn: &mut Conn, id: ReturnId) -> Result<Return> {
        Ok(Return::query().find(id).first(conn)?)
    }

    /// `NotFound` if the return belongs to another order.
    pub fn find_for_order(conn: &mut Conn, order: OrderId, id: ReturnId) -> Result<Return> {
        let matches = returns::id.eq(id).and(returns::order_id.eq(order));
        Ok(Return::query().filter(matches).first(conn)?)
    }

    pub fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<(Return, Vec<ReturnLine>)>> {
        let returns: Vec<Return> =
            Return::query().filter(returns::order_id.eq(order)).order(returns::id.desc()).load(conn)?;
        let ids: Vec<_> = returns.iter().map(|order_return| order_return.id).collect();
        let lines: Vec<(ReturnId, ReturnLine)> = return_lines::table
            .filter(id_in(return_lines::return_id, &ids))
            .order((return_lines::return_id, return_lines::order_line_id))
            .select((return_lines::return_id, ReturnLine::as_select()))
            .load(conn)?;
        let with_lines = returns.into_iter().map(|order_return| {
            let own = lines.iter().filter(|(id, _)| *id == order_return.id).map(|(_, line)| line.clone()).collect();
            (order_return, own)
        });
        Ok(with_lines.collect())
    }

    /// Returns that staff have to approve or decline, oldest first; at most 100.
    pub fn list_requested(conn: &mut Conn) -> Result<Vec<(Return, Order)>> {
        Ok(returns::table
            .inner_join(orders::table)
            .filter(returns::state.eq(ReturnState::Requested))
            .order(returns::id)
            .limit(LIST_LIMIT)
            .select((Return::as_select(), Order::as_select()))
            .load(conn)?)
    }

    pub fn count_requested(conn: &mut Conn) -> Result<i64> {
        Ok(returns::table.filter(returns::state.eq(ReturnState::Requested)).count().get_result(conn)?)
    }

    pub fn lines(&self, conn: &mut Conn) -> Result<Vec<ReturnLine>> {
        Ok(ReturnLine::query()
            .filter(return_lines::return_id.eq(self.id))
            .order(return_lines::order_line_id)
            .load(conn)?)
    }

    fn event_lines(&self, conn: &mut Conn) -> Result<Vec<EventLine>> {
        let lines = self.lines(conn)?.into_iter();
        Ok(lines.map(|line| EventLine { line: line.order_line_id, quantity: line.quantity }).collect())
    }
}

/// Adds to a line's returned quantity by one conditional update; false if that would exceed the fulfilled one.
pub(super) fn add_returned(tx: &mut Tx<'_>, line: OrderLineId, quantity: i64) -> Result<bool> {
    let enough = order_lines::id.eq(line).and((order_lines::returned + quantity).le(order_lines::fulfilled));
    let updated = diesel::update(order_lines::table.filter(enough))
        .set(order_lines::returned.eq(order_lines::returned + quantity))
        .execute(tx.conn())?;
    Ok(updated == 1)
}

/// Puts a quantity back into stock, if the variant still exists.
pub(super) fn restock(
    tx: &mut Tx<'_>,
    variant: Option<VariantId>,
    quantity: i64,
    reference: &StockReference,
    by: &Actor,
) -> Result<()> {
    let Some(variant) = variant else { return Ok(()) };
    let level: StockLevelId =
        stock_levels::table.filter(stock_levels::variant_id.eq(variant)).select(stock_levels::id).first(tx.conn())?;
    stock::restock(tx, level, quantity, reference, by)
}

fn build_refund_request(returned: &[ReturnLine], shipping: bool) -> RefundRequest {
    RefundRequest {
        line_quantities: returned.iter().map(|line| (line.order_line_id, line.quantity)).collect(),
        shipping,
        restock: false,
        reason: String::new(),
    }
}
