//! Deletes accounts and customers of a person, and what is kept by their addresses.

use diesel::prelude::*;

use super::person::Person;
use crate::db::Tx;
use crate::db::ids::id_in;
use crate::error::Result;
use crate::models::checkout::cart::CartStatus;
use crate::models::sales::order::customer_orders::lower;
use crate::schema::{
    account_tokens, accounts, auth_throttles, carts, customers, events, invitations, pending_registrations,
};
use crate::support::ids::AccountId;
use crate::support::token;

pub(super) fn erase(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let (ids, addresses) = (person.account_ids(), person.address_list());
    let ordered = id_in(carts::account_id, &ids).and(carts::status.ne(CartStatus::Open));
    diesel::update(carts::table.filter(ordered)).set(carts::account_id.eq(None::<AccountId>)).execute(tx.conn())?;
    diesel::delete(carts::table.filter(id_in(carts::account_id, &ids))).execute(tx.conn())?;
    let waiting = pending_registrations::email_normal.eq_any(&addresses);
    diesel::delete(pending_registrations::table.filter(waiting)).execute(tx.conn())?;
    let unused = invitations::email_normal.eq_any(&addresses).and(invitations::accepted_at.is_null());
    diesel::delete(invitations::table.filter(unused)).execute(tx.conn())?;
    // A link to an address that another account wanted to change to.
    diesel::delete(account_tokens::table.filter(lower(account_tokens::sent_to).eq_any(&addresses)))
        .execute(tx.conn())?;
    let typed: Vec<String> =
        accounts::table.filter(id_in(accounts::id, &ids)).select(accounts::email).load(tx.conn())?;
    let keys = addresses.iter().cloned().chain(typed).chain(ids.iter().map(AccountId::to_string));
    let keys = keys.map(token::sha256_hex);
    let counted = auth_throttles::key_hash.eq_any(keys.collect::<Vec<_>>());
    diesel::delete(auth_throttles::table.filter(counted)).execute(tx.conn())?;
    let customers = person.customer_ids();
    let of_account = events::subject_type.eq("account").and(id_in(events::subject_id, &ids));
    let of_customer = events::subject_type.eq("customer").and(id_in(events::subject_id, &customers));
    diesel::delete(events::table.filter(of_account.or(of_customer))).execute(tx.conn())?;
    // With the notes and tags of staff.
    diesel::delete(customers::table.filter(id_in(customers::id, &customers))).execute(tx.conn())?;
    // Addresses, consents, links, factors and sessions go with the account.
    diesel::delete(accounts::table.filter(id_in(accounts::id, &ids))).execute(tx.conn())?;
    Ok(())
}
