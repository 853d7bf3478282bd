//! The orders of an account. Each links to its page, which opens by the order's token.

use crate::error::Result;
use crate::http::{AccountRequest, Reply};
use crate::models::sales::order::Order;
use crate::presenters::sales::account_pages::order_row;
use crate::views::account::orders::Index;

const ORDERS_PER_PAGE: i64 = 20;

pub async fn index(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|conn, cx| {
            let id = cx.require_member()?.account.id;
            let orders = Order::page_for_account(conn, id, &cx.parse_cursor(ORDERS_PER_PAGE))?;
            let rows = orders.map(|order| order_row(&order, &cx.secret_key, cx.format()));
            Ok(Index { t: cx.locale(), rows })
        })
        .await
}
