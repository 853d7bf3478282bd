//! Accounts of customers and staff. Permissions come only from roles; a customer has none.

pub mod addresses;
pub mod consents;
pub mod email_change;
pub mod login_code;
pub mod password_reset;
pub mod registration;
pub mod revocation;
pub mod role_permissions;
pub mod roles;
pub mod staff_profile;
pub mod tokens;

use std::collections::HashMap;

use diesel::prelude::*;

use self::role_permissions::PermissionOverride;
use self::roles::{Permission, Role};
use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::schema::{self, account_roles, accounts};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::{Locale, Message};
use crate::support::ids::AccountId;
use crate::text_enum;

text_enum! {
    AccountStatus {
        Active = "active",
        /// Cannot sign in.
        Suspended = "suspended",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = accounts, check_for_backend(AnyBackend))]
pub struct Account {
    pub id: AccountId,
    pub public_id: String,
    /// As entered; `email_normal` is used for comparison.
    pub email: String,
    pub name: String,
    pub status: AccountStatus,
    /// Incremented when the password or a role changes, which revokes all sessions with an older value.
    pub auth_epoch: i64,
    pub last_login_at: Option<Utc>,
    /// IANA time zone in which the person sees times; empty for the site's.
    pub time_zone: String,
    /// Rises with each change by staff or in the own profile.
    pub lock_version: i64,
    /// The language of pages and emails, by its code; empty for the site's.
    pub locale: String,
}

#[derive(Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
struct NewAccount<'a> {
    public_id: String,
    email: &'a str,
    email_normal: &'a str,
    name: &'a str,
    status: AccountStatus,
    password_hash: Option<&'a str>,
    auth_epoch: i64,
    created_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = account_roles, treat_none_as_default_value = false)]
struct NewAccountRole {
    account_id: AccountId,
    role: Role,
    granted_at: Utc,
}

/// A signed-in account with its roles.
#[derive(Clone, Debug)]
pub struct Member {
    pub account: Account,
    pub roles: Vec<Role>,
    /// Where the site has decided otherwise about the permissions of their roles.
    pub overrides: Vec<PermissionOverride>,
}

impl Member {
    /// An account from the rows of its roles, each with one of the site's decisions about the role.
    pub(super) fn from_rows(
        account: Account,
        rows: impl IntoIterator<Item = (Option<String>, Option<PermissionOverride>)>,
    ) -> Member {
        let mut member = Member { account, roles: Vec::new(), overrides: Vec::new() };
        for (role, decided) in rows {
            if let Some(role) = role.as_deref().and_then(Role::parse)
                && !member.roles.contains(&role)
            {
                member.roles.push(role);
            }
            member.overrides.extend(decided);
        }
        member
    }

    /// Whether the account has a role; others are customers.
    pub fn is_staff(&self) -> bool {
        !self.roles.is_empty()
    }

    pub fn has_permission(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role_permissions::is_granted(&self.overrides, *role, permission))
    }

    pub fn is_owner(&self) -> bool {
        self.roles.contains(&Role::Owner)
    }

    /// An account without a row that has every permission, for sample content.
    pub fn system(name: &str) -> Member {
        let account = Account {
            id: AccountId::from(0),
            public_id: String::new(),
            email: String::new(),
            name: name.to_owned(),
            status: AccountStatus::Active,
            auth_epoch: 0,
            last_login_at: None,
            time_zone: String::new(),
            lock_version: 0,
            locale: String::new(),
        };
        Member { account, roles: vec![Role::Owner], overrides: Vec::new() }
    }

    /// The account's row id; `None` for [`Member::system`].
    pub fn id(&self) -> Option<AccountId> {
        Some(self.account.id).filter(|id| *id != AccountId::from(0))
    }

    /// The account as the actor of events.
    pub fn actor(&self) -> Actor {
        match self.is_staff() {
            true => Actor::Staff { account: self.id(), name: self.account.name.clone() },
            false => Actor::Customer,
        }
    }
}

impl Account {
    /// Creates an account with a role.
    ///
    /// # Errors
    /// `Invalid` on `email` when the address is taken, on `role` when the site has an owner already.
    pub fn create(
        tx: &mut Tx<'_>,
        email: &EmailAddress,
        name: &str,
        hash: &str,
        role: Role,
        by: &Actor,
    ) -> Result<AccountId> {
        let id = insert_account(tx, email, name, Some(hash))?;
        Account::grant_role(tx, id, role)?;
        Event::AccountCreated { account: id }.record(tx, by)?;
        Ok(id)
    }

    /// Makes an account a staff account.
    pub(super) fn grant_role(tx: &mut Tx<'_>, id: AccountId, role: Role) -> Result<()> {
        let grant = NewAccountRole { account_id: id, role, granted_at: tx.now() };
        match diesel::insert_into(account_roles::table).values(grant).execute(tx.conn()) {
            Err(error) if is_unique_violation(&error) => Err(Error::invalid("role", Message::OwnerExists)),
            granted => Ok(granted.map(drop)?),
        }
    }

    /// Creates the account of a customer, which has no role.
    ///
    /// # Errors
    /// `Invalid` on `email` when the address is taken.
    pub fn create_customer(
        tx: &mut Tx<'_>,
        email: &EmailAddress,
        name: &str,
        hash: &str,
        by: &Actor,
    ) -> Result<AccountId> {
        let id = insert_account(tx, email, name, Some(hash))?;
        Event::AccountCreated { account: id }.record(tx, by)?;
        Ok(id)
    }

    /// [`Account::create_customer`], for somebody who logs in with an identity provider.
    pub fn create_customer_without_password(
        tx: &mut Tx<'_>,
        email: &EmailAddress,
        name: &str,
        by: &Actor,
    ) -> Result<AccountId> {
        let id = insert_account(tx, email, name, None)?;
        Event::AccountCreated { account: id }.record(tx, by)?;
        Ok(id)
    }

    /// Whether the account has a role; others are customers.
    pub fn is_staff(&self, conn: &mut Conn) -> Result<bool> {
        let roles = account_roles::table.filter(account_roles::account_id.eq(self.id));
        Ok(diesel::select(diesel::dsl::exists(roles)).get_result(conn)?)
    }

    /// The account as the actor of events.
    pub fn actor(&self, conn: &mut Conn) -> Result<Actor> {
        Ok(if self.is_staff(conn)? { Actor::staff(self.id, &self.name) } else { Actor::Customer })
    }

    /// The account's own language, if it has one.
    pub fn preferred_locale(&self) -> Option<Locale> {
        Locale::from_code(&self.locale)
    }

    /// Updates name and language. `locale` is the code of a language, or empty for the site's.
    pub fn update_profile(&self, tx: &mut Tx<'_>, name: &str, locale: &str) -> Result<()> {
        diesel::update(accounts::table.find(self.id))
            .set((accounts::name.eq(name), accounts::locale.eq(locale)))
            .execute(tx.conn())?;
        let actor = self.actor(tx.conn())?;
        Event::AccountUpdated { account: self.id, group: "profile".to_owned() }.record(tx, &actor)
    }

    /// The active account of an address.
    pub fn find_active_by_email(conn: &mut Conn, email_normal: &str) -> Result<Option<Account>> {
        let active = accounts::email_normal.eq(email_normal).and(accounts::status.eq(AccountStatus::Active));
        Ok(Account::query().filter(active).first(conn).optional()?)
    }

    /// The account, unless it was erased.
    pub fn find(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
        Ok(Account::query().find(id).first(conn).optional()?)
    }

    pub fn get(conn: &mut Conn, id: AccountId) -> Result<Account> {
        Ok(Account::query().find(id).first(conn)?)
    }

    /// Accounts by row id.
    pub fn find_by_ids(conn: &mut Conn, ids: &[AccountId]) -> Result<HashMap<AccountId, Account>> {
        let rows: Vec<Account> = Account::query().filter(id_in(accounts::id, ids)).load(conn)?;
        Ok(rows.into_iter().map(|account| (account.id, account)).collect())
    }

    /// The account with an address, whatever its status.
    pub fn find_by_email(conn: &mut Conn, email: &EmailAddress) -> Result<Option<Account>> {
        Ok(Account::query().filter(accounts::email_normal.eq(&email.normal)).first(conn).optional()?)
    }

    /// The account and password hash of an address, if the account is active.
    pub fn find_credentials(conn: &mut Conn, email: &EmailAddress) -> Result<Option<(Account, Option<String>)>> {
        let credentials = accounts::table
            .filter(accounts::email_normal.eq(&email.normal).and(accounts::status.eq(AccountStatus::Active)))
            .select((Account::as_select(), accounts::password_hash))
            .first(conn)
            .optional()?;
        Ok(credentials)
    }

    /// The password hash of an account; `None` if it has no password.
    pub fn has_password(conn: &mut Conn, id: AccountId) -> Result<bool> {
        Ok(Account::find_password_hash(conn, id)?.is_some())
    }

    pub fn find_password_hash(conn: &mut Conn, id: AccountId) -> Result<Option<String>> {
        Ok(accounts::table.find(id).select(accounts::password_hash).first(conn)?)
    }

    /// Replaces a password hash by a stronger one of the same password, unless the password was changed meanwhile.
    pub fn upgrade_password_hash(tx: &mut Tx<'_>, id: AccountId, old: &str, new: &str) -> Result<()> {
        let unchanged = accounts::table.find(id).filter(accounts::password_hash.eq(old));
        diesel::update(unchanged).set(accounts::password_hash.eq(new)).execute(tx.conn())?;
        Ok(())
    }

    pub fn record_sign_in(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
        let now = tx.now();
        diesel::update(accounts::table.find(id)).set(accounts::last_login_at.eq(now)).execute(tx.conn())?;
        let actor = Account::get(tx.conn(), id)?.actor(tx.conn())?;
        Event::SignedIn { account: id }.record(tx, &actor)
    }

    /// The account of a session with its roles; `None` if it was suspended or its sessions were revoked.
    pub fn find_member(conn: &mut Conn, id: AccountId, auth_epoch: i64) -> Result<Option<Member>> {
        let account = Account::query()
            .find(id)
            .filter(accounts::status.eq(AccountStatus::Active).and(accounts::auth_epoch.eq(auth_epoch)))
            .first(conn)
            .optional()?;
        let Some(account) = account else { return Ok(None) };
        let rows: Vec<(String, Option<PermissionOverride>)> = account_roles::table
            .left_join(schema::role_permissions::table.on(schema::role_permissions::role.eq(account_roles::role)))
            .filter(account_roles::account_id.eq(id))
            .select((account_roles::role, Option::<PermissionOverride>::as_select()))
            .load(conn)?;
        Ok(Some(Member::from_rows(account, rows.into_iter().map(|(role, decided)| (Some(role), decided)))))
    }

    pub fn has_owner(conn: &mut Conn) -> Result<bool> {
        let owner = account_roles::table.filter(account_roles::role.eq(Role::Owner.as_str()));
        Ok(diesel::select(diesel::dsl::exists(owner)).get_result(conn)?)
    }
}

/// Inserts an account without a role.
fn insert_account(tx: &mut Tx<'_>, email: &EmailAddress, name: &str, hash: Option<&str>) -> Result<AccountId> {
    let row = NewAccount {
        public_id: tx.generate_public_id()?,
        email: &email.mailbox,
        email_normal: &email.normal,
        name,
        status: AccountStatus::Active,
        password_hash: hash,
        auth_epoch: 1,
        created_at: tx.now(),
    };
    let inserted: Result<AccountId, diesel::result::Error> =
        diesel::insert_into(accounts::table).values(row).returning(accounts::id).get_result(tx.conn());
    match inserted {
        Err(error) if is_unique_violation(&error) => Err(Error::invalid("email", Message::AccountExists)),
        inserted => Ok(inserted?),
    }
}
