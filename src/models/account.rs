//! People who can sign in. Power comes only through roles.

pub mod resetting;
pub mod roles;

use diesel::prelude::*;

use self::roles::{Permission, Role};
use super::fact::{Actor, Fact};
use crate::db::{Conn, Db, Tx, is_taken};
use crate::error::{Error, Result};
use crate::schema::{account_roles, accounts};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::slug;

/// A person.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = accounts, check_for_backend(Db))]
pub struct Account {
    /// The row.
    pub id: i64,
    /// As typed.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// `active` or `suspended`.
    pub status: String,
    /// Goes up with each change of password or role: sessions of an older epoch are void.
    pub auth_epoch: i64,
    /// When they last signed in.
    pub last_login_at: Option<Utc>,
}

/// A person who is signed in, and what they may do.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub account: Account,
    /// Their roles.
    pub roles: Vec<Role>,
}

impl Member {
    /// Whether any of their roles allows it.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.may(permission))
    }

    /// The program itself under a name, with every right: for sample content.
    pub fn program(name: &str) -> Member {
        let account = Account {
            id: 0,
            email: String::new(),
            name: name.to_owned(),
            status: "active".to_owned(),
            auth_epoch: 0,
            last_login_at: None,
        };
        Member { account, roles: vec![Role::Owner] }
    }

    /// The account's row, if there is an account.
    pub fn id(&self) -> Option<i64> {
        Some(self.account.id).filter(|id| *id > 0)
    }

    /// As an actor in the records.
    pub fn actor(&self) -> Actor {
        Actor::Staff(self.account.name.clone())
    }
}

impl Account {
    /// Makes an account with a role; the password is hashed already.
    ///
    /// # Errors
    /// `Invalid` on `email` when the address is taken, or when there is an owner already.
    pub fn create(
        tx: &mut Tx<'_>,
        email: &EmailAddress,
        name: &str,
        hash: &str,
        role: Role,
        by: &Actor,
    ) -> Result<i64> {
        let now = tx.now();
        let row = (
            accounts::public_id.eq(tx.public_id()?),
            accounts::email.eq(&email.typed),
            accounts::email_normal.eq(&email.normal),
            accounts::name.eq(name),
            accounts::status.eq("active"),
            accounts::password_hash.eq(hash),
            accounts::auth_epoch.eq(1),
            accounts::created_at.eq(now),
        );
        let inserted: Result<i64, diesel::result::Error> =
            diesel::insert_into(accounts::table).values(row).returning(accounts::id).get_result(tx.conn());
        let id = match inserted {
            Err(error) if is_taken(&error) => {
                return Err(Error::invalid("email", "There is an account with this address already."));
            }
            inserted => inserted?,
        };
        let grant = (
            account_roles::account_id.eq(id),
            account_roles::role.eq(role.as_str()),
            account_roles::granted_at.eq(now),
        );
        match diesel::insert_into(account_roles::table).values(grant).execute(tx.conn()) {
            Err(error) if is_taken(&error) => return Err(Error::invalid("role", "The site has an owner already.")),
            granted => granted?,
        };
        Fact::AccountCreated(id).record(tx, by)?;
        Ok(id)
    }

    /// An account by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Account> {
        Ok(accounts::table.find(id).select(Account::as_select()).first(conn)?)
    }

    /// The account and password hash behind an address, if it can sign in.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn credentials(conn: &mut Conn, email: &EmailAddress) -> Result<Option<(Account, Option<String>)>> {
        let found = accounts::table
            .filter(accounts::email_normal.eq(&email.normal).and(accounts::status.eq("active")))
            .select((Account::as_select(), accounts::password_hash))
            .first(conn)
            .optional()?;
        Ok(found)
    }

    /// Replaces the hash of a password by a better one of the same password, unless the password was changed meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn renew_hash(tx: &mut Tx<'_>, id: i64, old: &str, new: &str) -> Result<()> {
        let unchanged = accounts::table.find(id).filter(accounts::password_hash.eq(old));
        diesel::update(unchanged).set(accounts::password_hash.eq(new)).execute(tx.conn())?;
        Ok(())
    }

    /// Notes that somebody signed in.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn signed_in(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let now = tx.now();
        diesel::update(accounts::table.find(id)).set(accounts::last_login_at.eq(now)).execute(tx.conn())?;
        let name: String = accounts::table.find(id).select(accounts::name).first(tx.conn())?;
        Fact::SignedIn(id).record(tx, &Actor::Staff(name))
    }

    /// The signed-in person of a session, with their roles: nobody if they were suspended or signed out since.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn member(conn: &mut Conn, id: i64, auth_epoch: i64) -> Result<Option<Member>> {
        let account = accounts::table
            .find(id)
            .filter(accounts::status.eq("active").and(accounts::auth_epoch.eq(auth_epoch)))
            .select(Account::as_select())
            .first(conn)
            .optional()?;
        let Some(account) = account else { return Ok(None) };
        let roles: Vec<String> =
            account_roles::table.filter(account_roles::account_id.eq(id)).select(account_roles::role).load(conn)?;
        Ok(Some(Member { account, roles: roles.iter().filter_map(|role| Role::parse(role)).collect() }))
    }

    /// Everybody with a role, by name.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn staff(conn: &mut Conn) -> Result<Vec<(Account, String)>> {
        let mut staff: Vec<(Account, String)> = accounts::table
            .inner_join(account_roles::table)
            .select((Account::as_select(), account_roles::role))
            .load(conn)?;
        staff.sort_by_cached_key(|(account, _)| (slug::sort_key(&account.name), account.id));
        Ok(staff)
    }

    /// Whether the site has an owner.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn owner_exists(conn: &mut Conn) -> Result<bool> {
        let owner = account_roles::table.filter(account_roles::role.eq(Role::Owner.as_str()));
        Ok(diesel::select(diesel::dsl::exists(owner)).get_result(conn)?)
    }
}
