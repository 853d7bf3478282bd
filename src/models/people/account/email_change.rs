//! A new email address: it counts once the link that was sent to it is confirmed, and the former address may take the
//! change back for three days.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::tokens::{self, NewToken, TokenPurpose};
use super::{Account, Event};
use crate::db::{Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::schema::accounts;
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::ids::AccountId;

const CONFIRMATION_LIFETIME: SignedDuration = SignedDuration::from_hours(24);
const REVERT_LIFETIME: SignedDuration = SignedDuration::from_hours(72);

impl Account {
    /// Stores the link that confirms a new address, and invalidates earlier ones.
    pub fn add_email_change(tx: &mut Tx<'_>, id: AccountId, to: &EmailAddress, secret: &str) -> Result<()> {
        tokens::void(tx, id, &[TokenPurpose::ChangeEmail])?;
        let new = NewToken {
            purpose: TokenPurpose::ChangeEmail,
            secret,
            lifetime: CONFIRMATION_LIFETIME,
            sent_to: &to.mailbox,
            browser_hash: None,
            code_hash: None,
        };
        new.insert(tx, id)
    }

    /// Stores the link that reverts a change, for the former address.
    pub fn add_email_revert(tx: &mut Tx<'_>, id: AccountId, former: &str, secret: &str) -> Result<()> {
        let new = NewToken {
            purpose: TokenPurpose::RevertEmail,
            secret,
            lifetime: REVERT_LIFETIME,
            sent_to: former,
            browser_hash: None,
            code_hash: None,
        };
        new.insert(tx, id)
    }

    /// The address that a link is about: the new one of a change, or the former one of a revert.
    pub fn find_email_of_link(
        conn: &mut Conn,
        purpose: TokenPurpose,
        secret: &str,
        now: Utc,
    ) -> Result<Option<String>> {
        Ok(tokens::find(conn, purpose, secret, now)?.map(|(_, address)| address))
    }

    /// Makes the confirmed address that of the account. Other links that were sent before stop working.
    ///
    /// # Errors
    /// `LinkExpired` when the token is used, expired or unknown, or another account has the address.
    pub fn confirm_email_change(tx: &mut Tx<'_>, secret: &str) -> Result<Account> {
        let (id, to) = tokens::use_up(tx, TokenPurpose::ChangeEmail, secret)?;
        tokens::void(tx, id, &[TokenPurpose::ResetPassword, TokenPurpose::LogIn])?;
        let before = Account::get(tx.conn(), id)?;
        let account = set_email(tx, id, &to)?;
        let actor = account.actor(tx.conn())?;
        Event::AccountEmailChanged { account: id, from: before.email, to: account.email.clone() }.record(tx, &actor)?;
        Ok(account)
    }

    /// Gives the account its former address back, and revokes all its sessions and links: whoever has changed the
    /// address may know the password.
    ///
    /// # Errors
    /// `LinkExpired` when the token is used, expired or unknown, or another account has the address.
    pub fn revert_email_change(tx: &mut Tx<'_>, secret: &str) -> Result<Account> {
        let (id, former) = tokens::use_up(tx, TokenPurpose::RevertEmail, secret)?;
        tokens::void(tx, id, TokenPurpose::ALL)?;
        let before = Account::get(tx.conn(), id)?;
        set_email(tx, id, &former)?;
        let account = Account::revoke_access(tx, id, None)?;
        let actor = account.actor(tx.conn())?;
        Event::AccountEmailReverted { account: id, from: before.email, to: account.email.clone() }
            .record(tx, &actor)?;
        Ok(account)
    }
}

fn set_email(tx: &mut Tx<'_>, id: AccountId, address: &str) -> Result<Account> {
    let address = EmailAddress::parse(address).ok_or(Error::bug("a stored address is invalid"))?;
    let changes = (accounts::email.eq(&address.mailbox), accounts::email_normal.eq(&address.normal));
    match diesel::update(accounts::table.find(id)).set(changes).execute(tx.conn()) {
        Err(error) if is_unique_violation(&error) => return Err(Error::LinkExpired),
        updated => updated?,
    };
    Account::get(tx.conn(), id)
}
