//! Changes the email address of an order, for example when the buyer has mistyped it.

use diesel::prelude::*;

use super::Order;
use crate::db::Tx;
use crate::error::Result;
use crate::models::people::customer::Customer;
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::search;
use crate::models::sales::order::AddressKind;
use crate::schema::{order_addresses, orders};
use crate::support::email_address::EmailAddress;
use crate::support::ids::{CustomerId, OrderId};

impl Order {
    pub fn change_email(tx: &mut Tx<'_>, id: OrderId, email: &EmailAddress, by: &Actor) -> Result<()> {
        let order = Order::lock(tx, id)?;
        if order.email == email.mailbox {
            return Ok(());
        }
        let (name, company, city): (String, String, String) = order_addresses::table
            .filter(order_addresses::order_id.eq(id).and(order_addresses::kind.eq(AddressKind::Shipping)))
            .select((order_addresses::name, order_addresses::company, order_addresses::city))
            .first(tx.conn())?;
        diesel::update(orders::table.find(id)).set(orders::email.eq(&email.mailbox)).execute(tx.conn())?;
        if let Some(placed_at) = order.placed_at {
            let former: Option<CustomerId> = orders::table.find(id).select(orders::customer_id).first(tx.conn())?;
            let customer = Customer::record_order(tx, &email.mailbox, &name, placed_at)?;
            diesel::update(orders::table.find(id)).set(orders::customer_id.eq(customer)).execute(tx.conn())?;
            if let Some(former) = former {
                Customer::delete_if_unused(tx, former)?;
            }
        }
        let skus = order.lines(tx.conn())?.into_iter().map(|line| line.sku).collect::<Vec<_>>().join(" ");
        // The same document as when the order was placed.
        search::reindex_order(tx, id, &format!("{} {name} {company} {city} {skus}", email.mailbox))?;
        Event::OrderEmailChanged { order: id, from: order.email, to: email.mailbox.clone() }.record(tx, by)
    }
}
