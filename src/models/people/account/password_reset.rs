//! Password reset by a link that works once.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::tokens::{self, NewToken, TokenPurpose};
use super::{Account, Actor, Event};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::schema::accounts;
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::ids::AccountId;

const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

impl Account {
    /// Issues a reset token for an address and invalidates earlier ones.
    ///
    /// # Errors
    /// `NotFound` when no account has the address.
    pub fn issue_reset_token(tx: &mut Tx<'_>, email: &EmailAddress, by: &Actor) -> Result<String> {
        let id: AccountId =
            accounts::table.filter(accounts::email_normal.eq(&email.normal)).select(accounts::id).first(tx.conn())?;
        let secret = tx.generate_secret()?;
        Account::add_reset_token(tx, id, &secret, by)?;
        Ok(secret)
    }

    /// Stores a reset token, and invalidates earlier ones.
    pub fn add_reset_token(tx: &mut Tx<'_>, id: AccountId, secret: &str, by: &Actor) -> Result<()> {
        tokens::void(tx, id, &[TokenPurpose::ResetPassword])?;
        let new = NewToken {
            purpose: TokenPurpose::ResetPassword,
            secret,
            lifetime: LIFETIME,
            sent_to: "",
            browser_hash: None,
            code_hash: None,
        };
        new.insert(tx, id)?;
        Event::PasswordResetLinkCreated { account: id }.record(tx, by)
    }

    /// The account of a reset token if the token is valid, without using it.
    pub fn find_by_reset_token(conn: &mut Conn, secret: &str, now: Utc) -> Result<Option<Account>> {
        match tokens::find(conn, TokenPurpose::ResetPassword, secret, now)? {
            Some((id, _)) => Account::get(conn, id).map(Some),
            None => Ok(None),
        }
    }

    /// Uses a reset token to set the password, and revokes all sessions of the account.
    ///
    /// # Errors
    /// `LinkExpired` when the token is used, expired or unknown.
    pub fn reset_password(tx: &mut Tx<'_>, secret: &str, hash: &str) -> Result<Account> {
        let (id, _) = tokens::use_up(tx, TokenPurpose::ResetPassword, secret)?;
        tokens::void(tx, id, &[TokenPurpose::LogIn, TokenPurpose::ChangeEmail])?;
        diesel::update(accounts::table.find(id)).set(accounts::password_hash.eq(hash)).execute(tx.conn())?;
        let account = Account::revoke_access(tx, id, None)?;
        let actor = account.actor(tx.conn())?;
        Event::PasswordChanged { account: id }.record(tx, &actor)?;
        Ok(account)
    }
}
