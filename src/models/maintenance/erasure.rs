//! Erasure of a customer (GDPR, article 17). Orders and invoices stay with their data, because commercial and tax law
//! demand it; they no longer belong to an account.

use diesel::prelude::*;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::checkout::cart::CartStatus;
use crate::models::people::account::Account;
use crate::models::platform::event::{Actor, Event};
use crate::schema::{
    accounts, auth_throttles, carts, customers, emails, events, form_submissions, orders, pending_registrations,
};
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::token;

/// Deletes a customer's account with its addresses, consents, sessions, links, carts and emails.
///
/// # Errors
/// `Forbidden` for a staff account.
pub fn erase_customer(tx: &mut Tx<'_>, account: &Account, by: &Actor) -> Result<()> {
    if account.is_staff(tx.conn())? {
        return Err(Error::Forbidden(Message::StaffCannotBeErased));
    }
    let address = EmailAddress::parse(&account.email).map_or_else(|| account.email.clone(), |address| address.normal);
    let (id, owner) = (account.id, format!("account {}", account.id));
    diesel::update(orders::table.filter(orders::account_id.eq(id)))
        .set(orders::account_id.eq(None::<AccountId>))
        .execute(tx.conn())?;
    let ordered = carts::account_id.eq(id).and(carts::status.ne(CartStatus::Open));
    diesel::update(carts::table.filter(ordered)).set(carts::account_id.eq(None::<AccountId>)).execute(tx.conn())?;
    diesel::delete(carts::table.filter(carts::account_id.eq(id))).execute(tx.conn())?;
    diesel::delete(pending_registrations::table.filter(pending_registrations::email_normal.eq(&address)))
        .execute(tx.conn())?;
    let written = emails::recipient.eq_any([&account.email, &address]).and(emails::order_id.is_null());
    diesel::delete(emails::table.filter(written)).execute(tx.conn())?;
    diesel::delete(form_submissions::table.filter(form_submissions::owner.eq(owner))).execute(tx.conn())?;
    for key in [&address, &account.email, &id.to_string()] {
        let counted = auth_throttles::key_hash.eq(token::sha256_hex(key));
        diesel::delete(auth_throttles::table.filter(counted)).execute(tx.conn())?;
    }
    let of_account = events::subject_type.eq("account").and(events::subject_id.eq(i64::from(id)));
    diesel::delete(events::table.filter(of_account)).execute(tx.conn())?;
    // With the notes and tags of staff; the orders stay.
    diesel::delete(customers::table.filter(customers::email_normal.eq(&address).or(customers::account_id.eq(id))))
        .execute(tx.conn())?;
    // Addresses, consents, links and sessions go with the account.
    diesel::delete(accounts::table.find(id)).execute(tx.conn())?;
    Event::AccountErased { account: id }.record(tx, by)
}
