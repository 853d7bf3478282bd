//! The orders of a customer's account, among them those that were placed as a guest with its address.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Order, OrderState};
use crate::apply_cursor;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::Result;
use crate::models::people::account::Account;
use crate::models::platform::event::Event;
use crate::schema::orders;
use crate::support::email_address::EmailAddress;
use crate::support::ids::{AccountId, OrderId};
use crate::support::pagination::{Cursor, CursorPage};

diesel::define_sql_function! {
    /// The text in lower case; addresses are ASCII.
    fn lower(text: Text) -> Text;
}

impl Order {
    /// The orders of an account, the newest first, at most `limit`.
    pub fn list_for_account(conn: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Order>> {
        let mine = Order::query().filter(orders::account_id.eq(account)).order(orders::id.desc());
        Ok(mine.limit(limit).load(conn)?)
    }

    /// A page of the orders of an account, the newest first (keyset pagination).
    pub fn page_for_account(conn: &mut Conn, account: AccountId, cursor: &Cursor) -> Result<CursorPage<Order>> {
        let anchor: Option<OrderId> = cursor.anchor(|key| {
            let mine = orders::account_id.eq(account).and(orders::public_id.eq(key));
            orders::table.filter(mine).select(orders::id).first(conn).optional()
        })?;
        let mine = Order::query().into_boxed::<AnyBackend>().filter(orders::account_id.eq(account));
        let rows: Vec<Order> = apply_cursor!(mine, cursor, anchor, descending, orders::id).load(conn)?;
        Ok(CursorPage::from_rows(rows, cursor, |order: &Order| order.public_id.clone()))
    }

    /// Gives an account the guest orders with its address. The caller knows that the address is verified: an account
    /// exists only after its link was confirmed.
    pub fn claim_guest_orders(tx: &mut Tx<'_>, account: &Account) -> Result<()> {
        let Some(address) = EmailAddress::parse(&account.email) else { return Ok(()) };
        let guests = orders::account_id.is_null().and(lower(orders::email).eq(address.normal));
        let count =
            diesel::update(orders::table.filter(guests)).set(orders::account_id.eq(account.id)).execute(tx.conn())?;
        if count == 0 {
            return Ok(());
        }
        let actor = account.actor(tx.conn())?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        Event::OrdersClaimed { account: account.id, count }.record(tx, &actor)
    }

    /// The placed order with this number, if it was placed with this address.
    pub fn find_by_number_and_email(conn: &mut Conn, number: &str, email: &EmailAddress) -> Result<Option<Order>> {
        let order: Option<Order> = Order::query().filter(orders::number.eq(number)).first(conn).optional()?;
        let is_of_buyer =
            |order: &Order| EmailAddress::parse(&order.email).is_some_and(|address| address.normal == email.normal);
        Ok(order.filter(|order| order.state != OrderState::Pending && is_of_buyer(order)))
    }
}
