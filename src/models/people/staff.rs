//! Changes of staff: role, status and ownership (SECURITY.md S25).

use diesel::prelude::*;

use super::account::role_permissions::RolePermissions;
use super::account::roles::{Permission, Role};
use super::account::tokens::{self, TokenPurpose};
use super::account::{Account, AccountStatus, Member};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::schema::{account_roles, accounts};
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::slug;

/// The form of a staff account.
#[derive(Clone, Copy, Debug)]
pub struct StaffChange {
    pub role: Role,
    pub status: AccountStatus,
    /// The version that the form was opened with.
    pub lock_version: i64,
}

impl Member {
    /// Whether they may give someone this role: nobody grants a permission that they lack, and the owner is only made
    /// by a transfer.
    pub fn can_grant(&self, role: Role, permissions: &RolePermissions) -> bool {
        let lacks =
            |permission: Permission| permissions.has_permission(role, permission) && !self.has_permission(permission);
        role != Role::Owner && !Permission::ALL.iter().copied().any(lacks)
    }

    /// Whether they may change the role or status of a staff member.
    pub fn can_change(&self, account: &Account, role: Role, permissions: &RolePermissions) -> bool {
        let is_higher = matches!(role, Role::Owner) || (role == Role::Admin && !self.is_owner());
        account.id != self.account.id && !is_higher && self.can_grant(role, permissions)
    }
}

impl Account {
    /// All staff, by name; the role as stored.
    pub fn list_staff(conn: &mut Conn) -> Result<Vec<(Account, String)>> {
        let mut staff: Vec<(Account, String)> = accounts::table
            .inner_join(account_roles::table)
            .select((Account::as_select(), account_roles::role))
            .load(conn)?;
        staff.sort_by_cached_key(|(account, _)| (slug::sort_key(&account.name), account.id));
        Ok(staff)
    }

    /// A staff member by public id, with the role.
    pub fn find_staff(conn: &mut Conn, public_id: &str) -> Result<(Account, Role)> {
        Ok(accounts::table
            .inner_join(account_roles::table)
            .filter(accounts::public_id.eq(public_id))
            .select((Account::as_select(), account_roles::role))
            .first(conn)?)
    }

    /// Changes the role or status of a staff member, and ends their sessions and links.
    ///
    /// # Errors
    /// `Conflict` when somebody else has changed the account; `Invalid` on `role` when `by` may not do this.
    pub fn change_staff(tx: &mut Tx<'_>, public_id: &str, change: &StaffChange, by: &Member) -> Result<()> {
        let (account, role) = Account::find_staff(tx.conn(), public_id)?;
        if account.id == by.account.id {
            return Err(Error::invalid("role", Message::OwnRoleFixed));
        }
        let permissions = RolePermissions::load(tx.conn())?;
        let may_grant = change.role == role || by.can_grant(change.role, &permissions);
        if !may_grant || !by.can_change(&account, role, &permissions) {
            return Err(Error::invalid("role", Message::RoleTooHigh));
        }
        if (role, account.status) == (change.role, change.status) {
            return Ok(());
        }
        let auth_epoch = account.set_status(tx, change.status, change.lock_version)?;
        if change.role != role {
            let current = account_roles::account_id.eq(account.id).and(account_roles::role.eq(role));
            let changed = diesel::update(account_roles::table.filter(current))
                .set(account_roles::role.eq(change.role))
                .execute(tx.conn())?;
            if changed != 1 {
                return Err(Error::Conflict);
            }
            let (from, to) = (role.as_str().to_owned(), change.role.as_str().to_owned());
            Event::RoleChanged { account: account.id, from, to, auth_epoch }.record(tx, &by.actor())?;
        }
        account.record_status_change(tx, change.status, auth_epoch, &by.actor())
    }

    /// Suspends or reactivates a customer's account.
    ///
    /// # Errors
    /// `Conflict` when somebody else has changed it; `Forbidden` when it is a staff account.
    pub fn change_customer_status(
        tx: &mut Tx<'_>,
        id: AccountId,
        status: AccountStatus,
        lock_version: i64,
        by: &Actor,
    ) -> Result<()> {
        let account = Account::get(tx.conn(), id)?;
        if account.is_staff(tx.conn())? {
            return Err(Error::Forbidden(Message::StaffIsNoCustomer));
        }
        if account.status == status {
            return Ok(());
        }
        let auth_epoch = account.set_status(tx, status, lock_version)?;
        account.record_status_change(tx, status, auth_epoch, by)
    }

    /// The role of an account; `None` for a customer.
    pub fn find_role(conn: &mut Conn, id: AccountId) -> Result<Option<Role>> {
        let role = account_roles::table.filter(account_roles::account_id.eq(id)).select(account_roles::role);
        Ok(role.first(conn).optional()?)
    }

    /// Sets the status if nobody else has changed the account, and ends its sessions and links. Returns the new epoch.
    fn set_status(&self, tx: &mut Tx<'_>, status: AccountStatus, lock_version: i64) -> Result<i64> {
        let unchanged = accounts::table.find(self.id).filter(accounts::lock_version.eq(lock_version));
        let auth_epoch: Option<i64> = diesel::update(unchanged)
            .set((
                accounts::status.eq(status),
                accounts::auth_epoch.eq(accounts::auth_epoch + 1),
                accounts::lock_version.eq(accounts::lock_version + 1),
            ))
            .returning(accounts::auth_epoch)
            .get_result(tx.conn())
            .optional()?;
        let auth_epoch = auth_epoch.ok_or(Error::Conflict)?;
        end_sessions_and_void_links(tx, self.id, None)?;
        Ok(auth_epoch)
    }

    fn record_status_change(&self, tx: &mut Tx<'_>, to: AccountStatus, auth_epoch: i64, by: &Actor) -> Result<()> {
        if self.status == to {
            return Ok(());
        }
        let (from, to) = (self.status.as_str().to_owned(), to.as_str().to_owned());
        Event::AccountStatusChanged { account: self.id, from, to, auth_epoch }.record(tx, by)
    }

    /// Makes an active admin the owner, and the owner an admin. The session with the public id `kept` continues.
    /// Returns the former owner's account.
    ///
    /// # Errors
    /// `Conflict` when `by` is the owner no longer, or the other is not an active admin.
    pub fn transfer_ownership(tx: &mut Tx<'_>, public_id: &str, by: &Member, kept: &str) -> Result<Account> {
        let (successor, _) = Account::find_staff(tx.conn(), public_id)?;
        let swap = [(by.account.id, Role::Owner, Role::Admin), (successor.id, Role::Admin, Role::Owner)];
        for (account, from, to) in swap {
            let current = account_roles::account_id.eq(account).and(account_roles::role.eq(from));
            let changed = diesel::update(account_roles::table.filter(current))
                .set(account_roles::role.eq(to))
                .execute(tx.conn())?;
            let active = accounts::table.find(account).filter(accounts::status.eq(AccountStatus::Active));
            let renewed = diesel::update(active)
                .set((
                    accounts::auth_epoch.eq(accounts::auth_epoch + 1),
                    accounts::lock_version.eq(accounts::lock_version + 1),
                ))
                .execute(tx.conn())?;
            if (changed, renewed) != (1, 1) {
                return Err(Error::Conflict);
            }
            end_sessions_and_void_links(tx, account, Some(kept))?;
        }
        let auth_epoch = Account::get(tx.conn(), successor.id)?.auth_epoch;
        let event = Event::OwnershipTransferred { account: successor.id, from: by.account.id, auth_epoch };
        event.record(tx, &by.actor())?;
        Account::get(tx.conn(), by.account.id)
    }
}

/// Ends the sessions and links of an account, in the transaction that changes it.
pub(super) fn end_sessions_and_void_links(tx: &mut Tx<'_>, account: AccountId, kept: Option<&str>) -> Result<()> {
    Account::end_sessions(tx, account, kept)?;
    tokens::void(tx, account, TokenPurpose::ALL)
}
