//! Changes to a signed-in account that end its other sessions in the same transaction (SECURITY.md S12).

use diesel::prelude::*;

use crate::db::Tx;
use crate::error::Result;
use crate::models::people::account::Account;
use crate::models::people::account::tokens::{self, TokenPurpose};
use crate::models::people::session;
use crate::models::platform::event::Event;
use crate::schema::accounts;
use crate::support::ids::AccountId;

/// Sets a new password. The session `kept` continues; the others, the known browsers and the links of the account end.
pub fn change_password(tx: &mut Tx<'_>, id: AccountId, hash: &str, kept: &str) -> Result<Account> {
    diesel::update(accounts::table.find(id)).set(accounts::password_hash.eq(hash)).execute(tx.conn())?;
    tokens::void(tx, id, &[TokenPurpose::ResetPassword, TokenPurpose::LogIn, TokenPurpose::ChangeEmail])?;
    let account = Account::revoke_access(tx, id, Some(kept))?;
    let actor = account.actor(tx.conn())?;
    Event::PasswordChanged { account: id }.record(tx, &actor)?;
    Ok(account)
}

/// Ends all sessions and known browsers of an account.
pub fn log_out_everywhere(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    let account = Account::revoke_access(tx, id, None)?;
    let actor = account.actor(tx.conn())?;
    Event::SessionsEnded { account: id, is_everywhere: true }.record(tx, &actor)
}

/// Ends one session of an account, by public id.
pub fn end_session(tx: &mut Tx<'_>, id: AccountId, public_id: &str) -> Result<()> {
    if !session::end_one(tx, id, public_id)? {
        return Ok(());
    }
    let actor = Account::get(tx.conn(), id)?.actor(tx.conn())?;
    Event::SessionsEnded { account: id, is_everywhere: false }.record(tx, &actor)
}
