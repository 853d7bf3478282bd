//! Correcting what a buyer has mistyped.

use diesel::prelude::*;

use super::Order;
use crate::db::Tx;
use crate::error::Result;
use crate::models::fact::Actor;
use crate::models::search;
use crate::schema::{order_addresses, orders};
use crate::support::email_address::EmailAddress;

impl Order {
    /// Another e-mail address: further letters go there, and the order is found by it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn correct_email(tx: &mut Tx<'_>, id: i64, email: &EmailAddress, by: &Actor) -> Result<()> {
        let order = Order::lock(tx, id)?;
        if order.email == email.typed {
            return Ok(());
        }
        diesel::update(orders::table.find(id)).set(orders::email.eq(&email.typed)).execute(tx.conn())?;
        let (name, company, city): (String, String, String) = order_addresses::table
            .filter(order_addresses::order_id.eq(id).and(order_addresses::kind.eq("shipping")))
            .select((order_addresses::name, order_addresses::company, order_addresses::city))
            .first(tx.conn())?;
        let skus = order.lines(tx.conn())?.into_iter().map(|line| line.sku).collect::<Vec<_>>().join(" ");
        // As it was made when the order was placed.
        search::renote_order(tx, id, &format!("{} {name} {company} {city} {skus}", email.typed))?;
        let words = format!("Changed the email address from {} to {}", order.email, email.typed);
        Order::note(tx, id, "email", by, &words, false)
    }
}
