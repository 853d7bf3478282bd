//! Orders for the admin's lists and overview.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{FulfilState, Order, OrderState, PaymentMethod, PaymentState};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::models::post::contains;
use crate::schema::{order_addresses, order_lines, orders};
use crate::support::clock::Utc;
use crate::support::page::{Page, Paging};
use crate::text_enum;

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
        /// Called off.
        Cancelled = "cancelled",
    }
}

/// An order with the name and the pieces in it.
pub type Row = (Order, String, i64);

/// Something is left to send.
const TO_SEND: [FulfilState; 2] = [FulfilState::Unfulfilled, FulfilState::Partial];

type Boxed<'a> = orders::BoxedQuery<'a, Db>;

fn of_view<'a>(view: View) -> Boxed<'a> {
    let placed = orders::table.filter(orders::number.is_not_null()).into_boxed::<Db>();
    match view {
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
        View::Cancelled => placed.filter(orders::state.eq(OrderState::Cancelled)),
    }
}

impl Order {
    /// A page of orders, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, view: View, words: &[String], paging: Paging) -> Result<Page<Row>> {
        let mut query = of_view(view)
            .order((orders::placed_at.desc(), orders::id.desc()))
            .limit(paging.limit())
            .offset(paging.offset());
        for word in words {
            query = query.filter(orders::search_text.like(contains(word)).escape('\\'));
        }
        let found: Vec<Order> = query.select(Order::as_select()).load(conn)?;
        let ids: Vec<i64> = found.iter().map(|order| order.id).collect();
        let names: HashMap<i64, String> = order_addresses::table
            .filter(order_addresses::order_id.eq_any(&ids).and(order_addresses::kind.eq("shipping")))
            .select((order_addresses::order_id, order_addresses::name))
            .load::<(i64, String)>(conn)?
            .into_iter()
            .collect();
        let pieces: Vec<(i64, i64)> = order_lines::table
            .filter(order_lines::order_id.eq_any(&ids))
            .select((order_lines::order_id, order_lines::quantity))
            .load(conn)?;
        let rows = found.into_iter().map(|order| {
            let name = names.get(&order.id).cloned().unwrap_or_default();
            let items = pieces.iter().filter(|(id, _)| *id == order.id).map(|(_, n)| n).sum();
            (order, name, items)
        });
        Ok(Page::cut(rows.collect(), paging))
    }

    /// How many orders a view holds.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, view: View) -> Result<i64> {
        Ok(of_view(view).count().get_result(conn)?)
    }

    /// When orders were placed since then, and what they came to, in minor units; without those called off.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn sales_since(conn: &mut Conn, since: Utc) -> Result<Vec<(Utc, i64)>> {
        let rows: Vec<(Option<Utc>, i64)> = orders::table
            .filter(orders::placed_at.ge(since).and(orders::state.ne(OrderState::Cancelled)))
            .select((orders::placed_at, orders::total_minor))
            .load(conn)?;
        Ok(rows.into_iter().filter_map(|(at, total)| at.map(|at| (at, total))).collect())
    }
}
