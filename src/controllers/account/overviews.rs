//! The first page of an account.

use crate::error::Result;
use crate::http::{AccountRequest, Reply};
use crate::models::people::account::addresses::AccountAddress;
use crate::models::sales::order::Order;
use crate::presenters::sales::account_pages::{order_row, postal_address_lines};
use crate::views::account::overviews::Show;

const LATEST_ORDERS: i64 = 3;

pub async fn show(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|conn, cx| {
            let account = cx.require_member()?.account.clone();
            let orders = Order::list_for_account(conn, account.id, LATEST_ORDERS)?;
            let address = AccountAddress::find_delivery_default(conn, account.id)?;
            let (t, home) = (cx.locale(), cx.settings.country.clone());
            Ok(Show {
                t,
                orders: orders.iter().map(|order| order_row(order, &cx.secret_key, cx.format())).collect(),
                address: address.map_or_else(Vec::new, |address| postal_address_lines(&address.address, &home, t)),
                name: account.name,
                email: account.email,
            })
        })
        .await
}
