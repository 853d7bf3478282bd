//! A staff member uses the site as a customer, to help them: with a reason, for half an hour, and without what concerns
//! credentials, privacy or money (SECURITY.md S26).

use super::account::roles::Permission;
use super::account::{Account, AccountStatus, Member};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::support::i18n::Message;
use crate::support::ids::AccountId;

impl Account {
    /// Records the begin, and returns the account to use.
    ///
    /// # Errors
    /// `Forbidden` without the permission, or when the account is a staff account or suspended.
    pub fn begin_impersonation(tx: &mut Tx<'_>, id: AccountId, reason: &str, by: &Member) -> Result<Account> {
        let account = Account::get(tx.conn(), id)?;
        if !by.has_permission(Permission::Impersonate) || account.is_staff(tx.conn())? {
            return Err(Error::Forbidden(Message::StaffIsNoCustomer));
        }
        if account.status != AccountStatus::Active {
            return Err(Error::Forbidden(Message::AccountIsSuspended));
        }
        Event::ImpersonationStarted { account: id, reason: reason.to_owned() }.record(tx, &by.actor())?;
        Ok(account)
    }

    /// Records the end, and returns the staff member, unless their own sessions were revoked meanwhile.
    pub fn end_impersonation(
        tx: &mut Tx<'_>,
        id: AccountId,
        (staff, epoch): (AccountId, i64),
    ) -> Result<Option<Member>> {
        let actor = find_actor(tx.conn(), staff)?;
        Event::ImpersonationEnded { account: id }.record(tx, &actor)?;
        Account::find_member(tx.conn(), staff, epoch)
    }
}

fn find_actor(conn: &mut Conn, staff: AccountId) -> Result<Actor> {
    Ok(Actor::staff(staff, &Account::get(conn, staff)?.name))
}
