//! Ends the sessions and known browsers of an account. Whoever changes a credential or a role calls this in the same
//! transaction (SECURITY.md S12).

use diesel::prelude::*;

use super::Account;
use crate::db::Tx;
use crate::error::Result;
use crate::schema::{accounts, sessions};
use crate::support::ids::AccountId;

impl Account {
    /// Ends the sessions of an account, except the one with the public id `kept`.
    pub fn end_sessions(tx: &mut Tx<'_>, id: AccountId, kept: Option<&str>) -> Result<()> {
        let others = sessions::public_id.is_null().or(sessions::public_id.ne(kept.unwrap_or_default()));
        let ended = sessions::table.filter(sessions::account_id.eq(id)).filter(others);
        diesel::delete(ended).execute(tx.conn())?;
        Ok(())
    }

    /// Ends the sessions and known browsers of an account. The session `kept` continues once it has the new epoch.
    pub fn revoke_access(tx: &mut Tx<'_>, id: AccountId, kept: Option<&str>) -> Result<Account> {
        diesel::update(accounts::table.find(id))
            .set(accounts::auth_epoch.eq(accounts::auth_epoch + 1))
            .execute(tx.conn())?;
        Account::end_sessions(tx, id, kept)?;
        Account::get(tx.conn(), id)
    }
}
