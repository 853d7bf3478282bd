//! Log-ins that wait for the answer of an identity provider. Each works once, for ten minutes, in the browser that
//! began it.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::IdentityProvider;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::schema::{identity_providers, pending_identity_logins};
use crate::support::clock::Utc;
use crate::support::ids::{AccountId, IdentityProviderId};
use crate::support::token;

const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// A log-in that the provider has answered.
#[derive(Clone, Debug)]
pub struct PendingIdentityLogin {
    /// The account to which the identity is to be linked; `None` for a log-in.
    pub account_id: Option<AccountId>,
    /// Path to continue at after the log-in; empty for the default.
    pub return_path: String,
}

/// A log-in that begins.
#[derive(Clone)]
pub struct NewIdentityLogin {
    pub provider: IdentityProviderId,
    pub account: Option<AccountId>,
    /// Goes to the provider and comes back.
    pub state: String,
    /// In a cookie of the browser.
    pub browser_secret: String,
    pub return_path: String,
}

#[derive(Insertable)]
#[diesel(table_name = pending_identity_logins, treat_none_as_default_value = false)]
struct LoginRow<'a> {
    provider_id: IdentityProviderId,
    account_id: Option<AccountId>,
    state_hash: String,
    browser_hash: String,
    return_path: &'a str,
    created_at: Utc,
    expires_at: Utc,
}

impl PendingIdentityLogin {
    pub fn create(tx: &mut Tx<'_>, new: &NewIdentityLogin) -> Result<()> {
        let now = tx.now();
        let row = LoginRow {
            provider_id: new.provider,
            account_id: new.account,
            state_hash: token::sha256_hex(&new.state),
            browser_hash: token::sha256_hex(&new.browser_secret),
            return_path: &new.return_path,
            created_at: now,
            expires_at: now.plus(LIFETIME),
        };
        diesel::insert_into(pending_identity_logins::table).values(row).execute(tx.conn())?;
        Ok(())
    }

    /// Uses up a log-in, whatever the answer of the provider is.
    ///
    /// # Errors
    /// `LinkExpired` when it is used, expired, unknown or of another browser.
    pub fn use_up(
        tx: &mut Tx<'_>,
        state: &str,
        browser_secret: &str,
    ) -> Result<(PendingIdentityLogin, IdentityProvider)> {
        let now = tx.now();
        let valid = pending_identity_logins::state_hash
            .eq(token::sha256_hex(state))
            .and(pending_identity_logins::browser_hash.eq(token::sha256_hex(browser_secret)))
            .and(pending_identity_logins::expires_at.gt(now));
        let used: Option<(IdentityProviderId, Option<AccountId>, String)> =
            diesel::delete(pending_identity_logins::table.filter(valid))
                .returning((
                    pending_identity_logins::provider_id,
                    pending_identity_logins::account_id,
                    pending_identity_logins::return_path,
                ))
                .get_result(tx.conn())
                .optional()?;
        let (provider, account_id, return_path) = used.ok_or(Error::LinkExpired)?;
        let provider = IdentityProvider::query().filter(identity_providers::id.eq(provider));
        let provider = provider.first(tx.conn())?;
        Ok((PendingIdentityLogin { account_id, return_path }, provider))
    }
}
