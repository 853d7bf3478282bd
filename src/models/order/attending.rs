//! Orders that something is odd about: staff look at them, and say when they have.

use diesel::prelude::*;

use super::Order;
use crate::db::among::among;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::schema::{order_events, orders};
use crate::support::clock::Utc;

/// Most orders of the list.
const SHOWN: i64 = 100;

impl Order {
    /// Orders that staff should look at, the latest first, and since when.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn needing_attention(conn: &mut Conn) -> Result<Vec<(Order, Utc)>> {
        let odd: Vec<Order> = orders::table
            .filter(orders::attention.is_not_null())
            .order(orders::id.desc())
            .limit(SHOWN)
            .select(Order::as_select())
            .load(conn)?;
        let ids: Vec<i64> = odd.iter().map(|order| order.id).collect();
        let asked: Vec<(i64, Utc)> = order_events::table
            .filter(among(order_events::order_id, &ids).and(order_events::kind.eq("attention")))
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

    /// How many orders staff should look at.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_needing_attention(conn: &mut Conn) -> Result<i64> {
        Ok(orders::table.filter(orders::attention.is_not_null()).count().get_result(conn)?)
    }

    /// Somebody has looked at it: by its public id.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when somebody else was quicker.
    pub fn attended(tx: &mut Tx<'_>, public_id: &str, by: &Actor) -> Result<()> {
        let mine = orders::table.filter(orders::public_id.eq(public_id));
        let (id, why): (i64, Option<String>) = mine.select((orders::id, orders::attention)).first(tx.conn())?;
        let Some(why) = why else { return Err(Error::Conflict) };
        // Something new that came up meanwhile has not been looked at.
        let same = orders::id.eq(id).and(orders::attention.eq(&why));
        let cleared =
            diesel::update(orders::table.filter(same)).set(orders::attention.eq(None::<String>)).execute(tx.conn())?;
        if cleared != 1 {
            return Err(Error::Conflict);
        }
        Order::note(tx, id, "attended", by, &format!("Looked at: {why}"), false)
    }
}
