//! Orders for the admin's lists and overview.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{FulfilState, Order, OrderState, PaymentMethod, PaymentState};
use crate::db::among::among;
use crate::db::matching::{How, matches, plainly};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::schema::{order_addresses, order_lines, order_words, orders};
use crate::support::clock::Utc;
use crate::support::page::{Stretch, Tally, Window};
use crate::{tally, text_enum, windowed};

text_enum! {
    /// Views of the list.
    View {
        /// All that were placed.
        All = "all",
        /// Placed, not paid; those paid on collection once they are ready.
        ToPay = "to-pay",
        /// Paid, or paid on collection, and not sent.
        ToPack = "to-pack",
        /// Everything done.
        Done = "done",
        /// Called off, or closed because no transfer came.
        Cancelled = "cancelled",
    }
}

/// An order with the name and the pieces in it.
pub type Row = (Order, String, i64);

/// Something is left to send.
const TO_SEND: [FulfilState; 2] = [FulfilState::Unfulfilled, FulfilState::Partial];

/// Narrows a boxed question about orders to a view.
macro_rules! of_view {
    ($query:expr, $view:expr) => {{
        let placed = $query.filter(orders::number.is_not_null());
        match $view {
            View::All => placed,
            View::ToPay => placed.filter(
                orders::state
                    .eq_any([OrderState::Placed, OrderState::Completed])
                    .and(orders::payment_state.eq_any([PaymentState::Unpaid, PaymentState::Partial]))
                    .and(orders::payment_method.ne(PaymentMethod::Cash).or(orders::fulfil_state.ne_all(TO_SEND))),
            ),
            View::ToPack => {
                placed.filter(orders::state.eq(OrderState::Placed).and(orders::fulfil_state.eq_any(TO_SEND)).and(
                    orders::payment_method.eq(PaymentMethod::Cash).or(orders::payment_state.eq_any([
                        PaymentState::Paid,
                        PaymentState::Overpaid,
                        PaymentState::None,
                        PaymentState::PartRefunded,
                    ])),
                ))
            }
            View::Done => placed.filter(orders::state.eq(OrderState::Completed)),
            View::Cancelled => placed.filter(orders::cancelled_at.is_not_null()),
        }
    }};
}

impl Order {
    /// A stretch of orders, newest first. What is looked for is the number of one, or words that begin the words of
    /// customer, e-mail, town and SKU.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, view: View, words: &[String], window: &Window) -> Result<Stretch<Row>> {
        let edge: Option<(Utc, i64)> = window.edge(|key| {
            let row = orders::table.filter(orders::public_id.eq(key));
            row.select((orders::placed_at.assume_not_null(), orders::id)).first(conn).optional()
        })?;
        let found: Vec<Order> = match words {
            [] => {
                let query = of_view!(orders::table.into_boxed::<Db>(), view).select(Order::as_select());
                windowed!(query, window, edge, falling, orders::placed_at.assume_not_null(), orders::id).load(conn)?
            }
            [number] if Order::is_numbered(conn, number)? => {
                let query = of_view!(orders::table.into_boxed::<Db>(), view).filter(orders::number.eq(number));
                query.select(Order::as_select()).load(conn)?
            }
            words => {
                let found = order_words::table.inner_join(orders::table).into_boxed::<Db>();
                let found = found.filter(matches(order_words::everything, How::Beginnings, &plainly(words)));
                let query = of_view!(found, view).select(Order::as_select());
                let edge = edge.map(|(_, row)| row);
                windowed!(query, window, edge, falling, order_words::rowid).load(conn)?
            }
        };
        let ids: Vec<i64> = found.iter().map(|order| order.id).collect();
        let names: HashMap<i64, String> = order_addresses::table
            .filter(among(order_addresses::order_id, &ids).and(order_addresses::kind.eq("shipping")))
            .select((order_addresses::order_id, order_addresses::name))
            .load::<(i64, String)>(conn)?
            .into_iter()
            .collect();
        let pieces: Vec<(i64, i64)> = order_lines::table
            .filter(among(order_lines::order_id, &ids))
            .select((order_lines::order_id, order_lines::quantity))
            .load(conn)?;
        let rows = found.into_iter().map(|order| {
            let name = names.get(&order.id).cloned().unwrap_or_default();
            let items = pieces.iter().filter(|(id, _)| *id == order.id).map(|(_, n)| n).sum();
            (order, name, items)
        });
        Ok(Stretch::cut(rows.collect(), window, |(order, ..)| order.public_id.clone()))
    }

    /// Whether a word is the number of an order.
    fn is_numbered(conn: &mut Conn, word: &str) -> Result<bool> {
        Ok(diesel::select(exists(orders::table.filter(orders::number.eq(word)))).get_result(conn)?)
    }

    /// How many orders a view holds.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, view: View) -> Result<Tally> {
        tally!(conn, of_view!(orders::table.into_boxed::<Db>(), view), orders::id)
    }

    /// When orders were placed since then, and what they came to, in minor units; without those called off.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn sales_since(conn: &mut Conn, since: Utc) -> Result<Vec<(Utc, i64)>> {
        let rows: Vec<(Option<Utc>, i64)> = orders::table
            .filter(orders::number.is_not_null().and(orders::placed_at.ge(since)))
            .filter(orders::state.ne_all([OrderState::Cancelled, OrderState::Expired]))
            .select((orders::placed_at, orders::total_minor))
            .load(conn)?;
        Ok(rows.into_iter().filter_map(|(at, total)| at.map(|at| (at, total))).collect())
    }
}
