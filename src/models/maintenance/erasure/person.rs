//! Finds what belongs to a person: accounts, customers, orders, and the addresses that they have used.

use std::collections::BTreeSet;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::ids::id_in;
use crate::error::Result;
use crate::models::platform::event::{Event, StoredEvent};
use crate::models::sales::order::customer_orders::lower;
use crate::schema::{account_roles, accounts, customers, orders};
use crate::support::email_address::normalise;
use crate::support::ids::{AccountId, CustomerId, OrderId};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub customers: BTreeSet<CustomerId>,
    pub accounts: BTreeSet<AccountId>,
    pub orders: BTreeSet<OrderId>,
    /// Normalised, with those of merged customers and from before a change.
    pub addresses: BTreeSet<String>,
}

impl Person {
    /// Adds everything that belongs to what is known.
    pub fn complete(mut self, conn: &mut Conn) -> Result<Person> {
        loop {
            let before = self.clone();
            self.add_customers(conn)?;
            self.add_former_addresses(conn)?;
            self.add_orders(conn)?;
            if self == before {
                return Ok(self);
            }
        }
    }

    /// Leaves out accounts that are staff's, with their customers.
    pub fn without_staff(mut self, conn: &mut Conn) -> Result<Person> {
        let is_known = id_in(account_roles::account_id, &self.account_ids());
        let staff: Vec<AccountId> =
            account_roles::table.filter(is_known).select(account_roles::account_id).load(conn)?;
        let kept = id_in(customers::account_id, &staff);
        let kept: Vec<CustomerId> = customers::table.filter(kept).select(customers::id).load(conn)?;
        self.accounts.retain(|id| !staff.contains(id));
        self.customers.retain(|id| !kept.contains(id));
        Ok(self)
    }

    pub fn customer_ids(&self) -> Vec<CustomerId> {
        self.customers.iter().copied().collect()
    }

    pub fn account_ids(&self) -> Vec<AccountId> {
        self.accounts.iter().copied().collect()
    }

    pub fn order_ids(&self) -> Vec<OrderId> {
        self.orders.iter().copied().collect()
    }

    pub fn address_list(&self) -> Vec<String> {
        self.addresses.iter().cloned().collect()
    }

    fn add_customers(&mut self, conn: &mut Conn) -> Result<()> {
        let is_guest_with_address =
            customers::account_id.is_null().and(customers::email_normal.eq_any(self.address_list()));
        let is_known = id_in(customers::id, &self.customer_ids())
            .or(id_in(customers::account_id, &self.account_ids()))
            .or(is_guest_with_address);
        let rows: Vec<(CustomerId, Option<AccountId>, String)> = customers::table
            .filter(is_known)
            .select((customers::id, customers::account_id, customers::email_normal))
            .load(conn)?;
        for (customer, account, address) in rows {
            self.customers.insert(customer);
            self.accounts.extend(account);
            self.addresses.insert(address);
        }
        Ok(())
    }

    /// Addresses from which the person has changed, and those of customers that were merged with this one. An address
    /// that is another account's by now is left out.
    fn add_former_addresses(&mut self, conn: &mut Conn) -> Result<()> {
        let customers: Vec<i64> = self.customers.iter().map(|id| i64::from(*id)).collect();
        let accounts: Vec<i64> = self.accounts.iter().map(|id| i64::from(*id)).collect();
        let mut events = StoredEvent::list_for_subjects(conn, "customer", &customers)?;
        events.extend(StoredEvent::list_for_subjects(conn, "account", &accounts)?);
        for event in events.into_iter().filter_map(|stored| stored.event) {
            let former = match event {
                Event::CustomersMerged { email, .. } => vec![email],
                Event::AccountEmailChanged { from, to, .. } | Event::AccountEmailReverted { from, to, .. } => {
                    vec![from, to]
                }
                _ => Vec::new(),
            };
            for address in former.iter().filter(|address| !address.is_empty()).map(|address| normalise(address)) {
                if !self.addresses.contains(&address) && !self.is_of_another(conn, &address)? {
                    self.addresses.insert(address);
                }
            }
        }
        Ok(())
    }

    fn is_of_another(&self, conn: &mut Conn, address: &str) -> Result<bool> {
        let theirs = accounts::email_normal.eq(address).and(not(id_in(accounts::id, &self.account_ids())));
        Ok(diesel::select(exists(accounts::table.filter(theirs))).get_result(conn)?)
    }

    /// Orders, and guests who have no others.
    fn add_orders(&mut self, conn: &mut Conn) -> Result<()> {
        let is_theirs = id_in(orders::customer_id, &self.customer_ids())
            .or(id_in(orders::account_id, &self.account_ids()))
            .or(lower(orders::email).eq_any(self.address_list()));
        let rows: Vec<(OrderId, Option<CustomerId>)> =
            orders::table.filter(is_theirs).select((orders::id, orders::customer_id)).load(conn)?;
        self.orders.extend(rows.iter().map(|(order, _)| *order));
        let buyers: BTreeSet<CustomerId> = rows.into_iter().filter_map(|(_, customer)| customer).collect();
        for buyer in buyers.into_iter().filter(|buyer| !self.customers.contains(buyer)).collect::<Vec<_>>() {
            let others = orders::customer_id.eq(buyer).and(not(id_in(orders::id, &self.order_ids())));
            let has_others = exists(orders::table.filter(others));
            let guest = customers::table.find(buyer).filter(customers::account_id.is_null().and(not(has_others)));
            let guest: Option<CustomerId> = guest.select(customers::id).first(conn).optional()?;
            self.customers.extend(guest);
        }
        Ok(())
    }
}
