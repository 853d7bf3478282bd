//! Password reset by a link that works once.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::{Account, Actor, Event};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::schema::{account_tokens, accounts, sessions};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::ids::AccountId;
use crate::support::token;

const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

#[derive(Insertable)]
#[diesel(table_name = account_tokens, treat_none_as_default_value = false)]
struct NewAccountToken<'a> {
    account_id: AccountId,
    purpose: &'a str,
    token_hash: String,
    created_at: Utc,
    expires_at: Utc,
}

impl Account {
    /// Issues a reset token for an address and invalidates earlier ones.
    ///
    /// # Errors
    /// `NotFound` when no account has the address.
    pub fn issue_reset_token(tx: &mut Tx<'_>, email: &EmailAddress, by: &Actor) -> Result<String> {
        let now = tx.now();
        let id: AccountId =
            accounts::table.filter(accounts::email_normal.eq(&email.normal)).select(accounts::id).first(tx.conn())?;
        let open = account_tokens::account_id.eq(id).and(account_tokens::used_at.is_null());
        diesel::update(account_tokens::table.filter(open)).set(account_tokens::used_at.eq(now)).execute(tx.conn())?;
        let secret = tx.generate_secret()?;
        let row = NewAccountToken {
            account_id: id,
            purpose: "reset_password",
            token_hash: token::sha256_hex(&secret),
            created_at: now,
            expires_at: now.plus(LIFETIME),
        };
        diesel::insert_into(account_tokens::table).values(row).execute(tx.conn())?;
        Event::PasswordResetLinkCreated { account: id }.record(tx, by)?;
        Ok(secret)
    }

    /// The account of a reset token if the token is valid, without using it.
    pub fn find_by_reset_token(conn: &mut Conn, secret: &str, now: Utc) -> Result<Option<Account>> {
        let is_valid = account_tokens::token_hash
            .eq(token::sha256_hex(secret))
            .and(account_tokens::used_at.is_null())
            .and(account_tokens::expires_at.gt(now));
        Ok(account_tokens::table
            .inner_join(accounts::table.on(accounts::id.eq(account_tokens::account_id)))
            .filter(is_valid)
            .select(Account::as_select())
            .first(conn)
            .optional()?)
    }

    /// Uses a reset token to set the password, and revokes all sessions of the account.
    ///
    /// # Errors
    /// `LinkExpired` when the token is used, expired or unknown.
    pub fn reset_password(tx: &mut Tx<'_>, secret: &str, hash: &str) -> Result<Account> {
        let now = tx.now();
        let is_valid = account_tokens::token_hash
            .eq(token::sha256_hex(secret))
            .and(account_tokens::used_at.is_null())
            .and(account_tokens::expires_at.gt(now));
        let used: Option<AccountId> = diesel::update(account_tokens::table.filter(is_valid))
            .set(account_tokens::used_at.eq(now))
            .returning(account_tokens::account_id)
            .get_result(tx.conn())
            .optional()?;
        let Some(id) = used else { return Err(Error::LinkExpired) };
        diesel::update(accounts::table.find(id))
            .set((accounts::password_hash.eq(hash), accounts::auth_epoch.eq(accounts::auth_epoch + 1)))
            .execute(tx.conn())?;
        diesel::delete(sessions::table.filter(sessions::account_id.eq(id))).execute(tx.conn())?;
        let account = Account::get(tx.conn(), id)?;
        Event::PasswordChanged { account: id }.record(tx, &Actor::staff(id, &account.name))?;
        Ok(account)
    }
}
