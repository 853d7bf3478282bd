//! Orders flagged for review: staff look at them and resolve the flag.

use diesel::prelude::*;

use super::Order;
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::platform::event::{Actor, Event};
use crate::schema::{events, orders};
use crate::support::clock::Utc;
use crate::support::ids::OrderId;

const LIST_LIMIT: i64 = 100;

impl Order {
    /// Flagged orders, latest first, with the time of the last flag.
    pub fn list_flagged(conn: &mut Conn) -> Result<Vec<(Order, Utc)>> {
        let flagged: Vec<Order> = Order::query()
            .filter(orders::review_reason.is_not_null())
            .order(orders::id.desc())
            .limit(LIST_LIMIT)
            .load(conn)?;
        let ids: Vec<_> = flagged.iter().map(|order| order.id).collect();
        let flag_events: Vec<(OrderId, Utc)> = events::table
            .filter(id_in(events::order_id, &ids).and(events::kind.eq(Event::ORDER_FLAGGED)))
            .select((events::order_id.assume_not_null(), events::at))
            .load(conn)?;
        let since = |order: Order| {
            let last = flag_events.iter().filter(|(id, _)| *id == order.id).map(|(_, at)| *at).max();
            let at = last.unwrap_or(order.created_at);
            (order, at)
        };
        Ok(flagged.into_iter().map(since).collect())
    }

    pub fn count_flagged(conn: &mut Conn) -> Result<i64> {
        Ok(orders::table.filter(orders::review_reason.is_not_null()).count().get_result(conn)?)
    }

    pub(super) fn flag_for_review(&self, tx: &mut Tx<'_>, reason: ReviewReason) -> Result<()> {
        diesel::update(orders::table.find(self.id)).set(orders::review_reason.eq(&reason)).execute(tx.conn())?;
        Event::OrderFlagged { order: self.id, reason }.record(tx, &Actor::System)
    }

    /// Resolves the flag of an order, by its public id; `Conflict` if it was resolved or flagged again meanwhile.
    pub fn resolve_flag(tx: &mut Tx<'_>, public_id: &str, by: &Actor) -> Result<()> {
        let order = orders::table.filter(orders::public_id.eq(public_id));
        let (id, reason): (OrderId, Option<String>) =
            order.select((orders::id, orders::review_reason)).first(tx.conn())?;
        let Some(reason) = reason else { return Err(Error::Conflict) };
        // Compare-and-swap: a new reason that came up meanwhile has not been reviewed.
        let same = orders::id.eq(id).and(orders::review_reason.eq(&reason));
        let cleared = diesel::update(orders::table.filter(same))
            .set(orders::review_reason.eq(None::<String>))
            .execute(tx.conn())?;
        if cleared != 1 {
            return Err(Error::Conflict);
        }
        Event::OrderFlagResolved { order: id, reason: ReviewReason::from_stored(&reason) }.record(tx, by)
    }
}
