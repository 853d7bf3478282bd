//! Merges two customers.

use diesel::prelude::*;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::checkout::cart::CartStatus;
use crate::models::people::account::{Account, Member};
use crate::models::people::customer::{Customer, add_tags};
use crate::models::platform::event::Event;
use crate::schema::{account_addresses, accounts, carts, customers, events, form_submissions, orders};
use crate::support::i18n::Message;
use crate::support::ids::AccountId;

impl Customer {
    /// Moves the orders, addresses, tags and note of another customer to this one, and deletes the other with its
    /// account.
    ///
    /// # Errors
    /// `Invalid` on `email` when there is no such customer, it is this one, or only the other has an account;
    /// `Conflict` when somebody else has changed this one.
    pub fn merge(&self, tx: &mut Tx<'_>, email_normal: &str, by: &Member) -> Result<()> {
        let other = Customer::find_by_email(tx.conn(), email_normal)?.filter(|other| other.id != self.id);
        let other = other.ok_or_else(|| Error::invalid("email", Message::CustomerUnknown))?;
        if self.account_id.is_none() && other.account_id.is_some() {
            return Err(Error::invalid("email", Message::MergeIntoAccount));
        }
        diesel::update(orders::table.filter(orders::customer_id.eq(other.id)))
            .set((orders::customer_id.eq(self.id), orders::account_id.eq(self.account_id)))
            .execute(tx.conn())?;
        let tags = other.list_tags(tx.conn())?;
        add_tags(tx, self.id, &tags)?;
        let notes = [self.staff_note.as_str(), other.staff_note.as_str()];
        let staff_note = notes.into_iter().filter(|note| !note.is_empty()).collect::<Vec<_>>().join("\n\n");
        let unchanged = customers::table.find(self.id).filter(customers::lock_version.eq(self.lock_version));
        let saved = diesel::update(unchanged)
            .set((
                customers::staff_note.eq(staff_note),
                customers::seen_at.eq(self.seen_at.max(other.seen_at)),
                customers::lock_version.eq(customers::lock_version + 1),
            ))
            .execute(tx.conn())?;
        if saved != 1 {
            return Err(Error::Conflict);
        }
        move_events(tx, "customer", other.id.into(), self.id.into())?;
        match (self.account_id, other.account_id) {
            (Some(kept), Some(merged)) => merge_accounts(tx, kept, merged)?,
            _ => {
                diesel::delete(customers::table.find(other.id)).execute(tx.conn())?;
            }
        }
        let email = other.email;
        Event::CustomersMerged { customer: self.id, merged: other.id, email }.record(tx, &by.actor())
    }
}

/// Moves the events of a deleted record to the one that replaces it.
fn move_events(tx: &mut Tx<'_>, subject_type: &str, from: i64, to: i64) -> Result<()> {
    let moved = events::subject_type.eq(subject_type).and(events::subject_id.eq(from));
    diesel::update(events::table.filter(moved)).set(events::subject_id.eq(to)).execute(tx.conn())?;
    Ok(())
}

/// Moves addresses and finished carts of an account to another one and deletes it. The rest is deleted with the account:
/// sessions, links, consents, factors and its open cart.
fn merge_accounts(tx: &mut Tx<'_>, kept: AccountId, merged: AccountId) -> Result<()> {
    Account::end_sessions(tx, merged, None)?;
    diesel::update(account_addresses::table.filter(account_addresses::account_id.eq(merged)))
        .set((
            account_addresses::account_id.eq(kept),
            account_addresses::is_delivery_default.eq(false),
            account_addresses::is_billing_default.eq(false),
        ))
        .execute(tx.conn())?;
    let finished = carts::account_id.eq(merged).and(carts::status.ne(CartStatus::Open));
    diesel::update(carts::table.filter(finished)).set(carts::account_id.eq(kept)).execute(tx.conn())?;
    move_events(tx, "account", merged.into(), kept.into())?;
    let owner = form_submissions::owner.eq(format!("account {merged}"));
    diesel::delete(form_submissions::table.filter(owner)).execute(tx.conn())?;
    diesel::delete(accounts::table.find(merged)).execute(tx.conn())?;
    Ok(())
}
