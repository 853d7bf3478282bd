//! Orders flagged for review: staff look at them and resolve the flag.

use diesel::prelude::*;

use super::Order;
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::schema::{order_events, orders};
use crate::support::clock::Utc;

/// Limit of the list.
const SHOWN: i64 = 100;

impl Order {
    /// Flagged orders, latest first, with the time of the last flag.
    pub fn list_flagged(conn: &mut Conn) -> Result<Vec<(Order, Utc)>> {
        let odd: Vec<Order> = orders::table
            .filter(orders::review_reason.is_not_null())
            .order(orders::id.desc())
            .limit(SHOWN)
            .select(Order::as_select())
            .load(conn)?;
        let ids: Vec<i64> = odd.iter().map(|order| order.id).collect();
        let asked: Vec<(i64, Utc)> = order_events::table
            .filter(id_in(order_events::order_id, &ids).and(order_events::kind.eq("attention")))
            .order(order_events::id)
            .select((order_events::order_id, order_events::at))
            .load(conn)?;
        let since = |order: Order| {
            let last = asked.iter().rev().find(|(id, _)| *id == order.id).map(|(_, at)| *at);
            let at = last.unwrap_or(order.created_at);
            (order, at)
        };
        Ok(odd.into_iter().map(since).collect())
    }

    pub fn count_flagged(conn: &mut Conn) -> Result<i64> {
        Ok(orders::table.filter(orders::review_reason.is_not_null()).count().get_result(conn)?)
    }

    /// Resolves the flag of an order, by its public id.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` if it was resolved or flagged again meanwhile.
    pub fn resolve_flag(tx: &mut Tx<'_>, public_id: &str, by: &Actor) -> Result<()> {
        let mine = orders::table.filter(orders::public_id.eq(public_id));
        let (id, why): (i64, Option<String>) = mine.select((orders::id, orders::review_reason)).first(tx.conn())?;
        let Some(why) = why else { return Err(Error::Conflict) };
        // Compare-and-swap: a new reason that came up meanwhile has not been reviewed.
        let same = orders::id.eq(id).and(orders::review_reason.eq(&why));
        let cleared = diesel::update(orders::table.filter(same))
            .set(orders::review_reason.eq(None::<String>))
            .execute(tx.conn())?;
        if cleared != 1 {
            return Err(Error::Conflict);
        }
        Order::add_timeline_event(tx, id, "attended", by, &format!("Resolved: {why}"), false)
    }
}
