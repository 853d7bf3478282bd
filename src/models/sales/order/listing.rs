//! Queries for the admin's order list and overview.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Order, OrderFulfilmentState, OrderState, PaymentState};
use crate::db::full_text::{MatchMode, full_text_match, to_spellings};
use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::models::sales::order::AddressKind;
use crate::models::sales::payment_method::PaymentMethod;
use crate::schema::{order_addresses, order_deliveries, order_lines, order_words, orders};
use crate::support::clock::Utc;
use crate::support::ids::OrderId;
use crate::support::pagination::{CappedCount, Cursor, CursorPage};
use crate::{apply_cursor, count_capped, text_enum};

text_enum! {
    OrderView {
        All = "all",
        /// Unpaid or partially paid; orders paid in cash only once nothing is left to prepare.
        AwaitingPayment = "to-pay",
        /// Paid, or to be paid in cash at pickup, with something left to ship.
        AwaitingFulfilment = "to-pack",
        Completed = "done",
        /// Cancelled, or expired because no bank transfer arrived.
        Cancelled = "cancelled",
    }
}

#[derive(Clone, Debug)]
pub struct OrderListing {
    pub order: Order,
    /// The name in the shipping address.
    pub customer_name: String,
    pub shipping_name: String,
    pub item_count: i64,
}

const UNFULFILLED: [OrderFulfilmentState; 2] =
    [OrderFulfilmentState::Unfulfilled, OrderFulfilmentState::PartiallyFulfilled];

macro_rules! filter_view {
    ($query:expr, $view:expr) => {{
        let placed = $query.filter(orders::number.is_not_null());
        match $view {
            OrderView::All => placed,
            OrderView::AwaitingPayment => placed.filter(
                orders::state
                    .eq_any([OrderState::Placed, OrderState::Completed])
                    .and(orders::payment_state.eq_any([PaymentState::Unpaid, PaymentState::PartiallyPaid]))
                    .and(
                        orders::payment_method.ne(PaymentMethod::Cash).or(orders::fulfilment_state.ne_all(UNFULFILLED)),
                    ),
            ),
            OrderView::AwaitingFulfilment => placed.filter(
                orders::state.eq(OrderState::Placed).and(orders::fulfilment_state.eq_any(UNFULFILLED)).and(
                    orders::payment_method.eq(PaymentMethod::Cash).or(orders::payment_state.eq_any([
                        PaymentState::Paid,
                        PaymentState::Overpaid,
                        PaymentState::None,
                        PaymentState::PartiallyRefunded,
                    ])),
                ),
            ),
            OrderView::Completed => placed.filter(orders::state.eq(OrderState::Completed)),
            OrderView::Cancelled => placed.filter(orders::cancelled_at.is_not_null()),
        }
    }};
}

impl Order {
    /// A page of orders, newest first (keyset pagination). `words` is either one order number, or prefixes of words in
    /// name, company, email, city and SKUs.
    pub fn page(
        conn: &mut Conn,
        view: OrderView,
        words: &[String],
        window: &Cursor,
    ) -> Result<CursorPage<OrderListing>> {
        let anchor: Option<(Utc, OrderId)> = window.anchor(|key| {
            let row = orders::table.filter(orders::public_id.eq(key));
            row.select((orders::placed_at.assume_not_null(), orders::id)).first(conn).optional()
        })?;
        let found: Vec<Order> = match words {
            [] => {
                let query = filter_view!(orders::table.into_boxed::<AnyBackend>(), view).select(Order::as_select());
                apply_cursor!(query, window, anchor, descending, orders::placed_at.assume_not_null(), orders::id)
                    .load(conn)?
            }
            [number] if Order::is_numbered(conn, number)? => {
                let query =
                    filter_view!(orders::table.into_boxed::<AnyBackend>(), view).filter(orders::number.eq(number));
                query.select(Order::as_select()).load(conn)?
            }
            words => {
                let found = order_words::table.inner_join(orders::table).into_boxed::<AnyBackend>();
                let found =
                    found.filter(full_text_match(order_words::document, MatchMode::Prefixes, &to_spellings(words)));
                let query = filter_view!(found, view).select(Order::as_select());
                let anchor = anchor.map(|(_, row)| row);
                apply_cursor!(query, window, anchor, descending, order_words::rowid).load(conn)?
            }
        };
        let ids: Vec<_> = found.iter().map(|order| order.id).collect();
        let names: Vec<(OrderId, String, String)> = order_addresses::table
            .inner_join(order_deliveries::table.on(order_deliveries::order_id.eq(order_addresses::order_id)))
            .filter(id_in(order_addresses::order_id, &ids).and(order_addresses::kind.eq(AddressKind::Shipping)))
            .select((order_addresses::order_id, order_addresses::name, order_deliveries::shipping_name))
            .load(conn)?;
        let mut names: HashMap<OrderId, (String, String)> =
            names.into_iter().map(|(id, customer, shipping)| (id, (customer, shipping))).collect();
        let quantities: Vec<(OrderId, i64)> = order_lines::table
            .filter(id_in(order_lines::order_id, &ids))
            .select((order_lines::order_id, order_lines::quantity))
            .load(conn)?;
        let rows = found.into_iter().map(|order| {
            let (customer_name, shipping_name) = names.remove(&order.id).unwrap_or_default();
            let item_count = quantities.iter().filter(|(id, _)| *id == order.id).map(|(_, quantity)| quantity).sum();
            OrderListing { order, customer_name, shipping_name, item_count }
        });
        Ok(CursorPage::from_rows(rows.collect(), window, |row: &OrderListing| row.order.public_id.clone()))
    }

    fn is_numbered(conn: &mut Conn, word: &str) -> Result<bool> {
        Ok(diesel::select(exists(orders::table.filter(orders::number.eq(word)))).get_result(conn)?)
    }

    pub fn count(conn: &mut Conn, view: OrderView) -> Result<CappedCount> {
        count_capped!(conn, filter_view!(orders::table.into_boxed::<AnyBackend>(), view), orders::id)
    }

    /// Time and total (minor units) of each order placed since then, without cancelled and expired ones.
    pub fn list_sales_since(conn: &mut Conn, since: Utc) -> Result<Vec<(Utc, i64)>> {
        let rows: Vec<(Option<Utc>, i64)> = orders::table
            .filter(orders::number.is_not_null().and(orders::placed_at.ge(since)))
            .filter(orders::state.ne_all([OrderState::Cancelled, OrderState::Expired]))
            .select((orders::placed_at, orders::total_minor))
            .load(conn)?;
        Ok(rows.into_iter().filter_map(|(at, total)| at.map(|at| (at, total))).collect())
    }
}
