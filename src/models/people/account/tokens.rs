//! Tokens of emailed links. Only their hash is stored; a token is used up by one conditional update.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::schema::account_tokens;
use crate::support::clock::Utc;
use crate::support::ids::AccountId;
use crate::support::token;
use crate::text_enum;

text_enum! {
    /// What a token is for; it works for nothing else.
    TokenPurpose {
        ResetPassword = "reset_password",
        /// Log-in by an emailed code or link.
        LogIn = "log_in",
        /// Confirms the new address of an account.
        ChangeEmail = "change_email",
        /// Gives an account its former address back.
        RevertEmail = "revert_email",
    }
}

/// A token that is about to be stored.
#[derive(Clone, Debug)]
pub(super) struct NewToken<'a> {
    pub purpose: TokenPurpose,
    pub secret: &'a str,
    pub lifetime: SignedDuration,
    /// The address that the link is sent to, or that it is about.
    pub sent_to: &'a str,
    /// Hash of the secret of the browser that asked; the token works in no other.
    pub browser_hash: Option<&'a str>,
    /// Keyed hash of the code that may be typed instead of opening the link.
    pub code_hash: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = account_tokens, treat_none_as_default_value = false)]
struct TokenRow<'a> {
    account_id: AccountId,
    purpose: TokenPurpose,
    token_hash: String,
    created_at: Utc,
    expires_at: Utc,
    sent_to: &'a str,
    browser_hash: Option<&'a str>,
    code_hash: Option<String>,
    code_failures: i64,
}

/// Whether a row is the token with this secret and can still be used.
macro_rules! is_valid {
    ($purpose:expr, $secret:expr, $now:expr) => {
        account_tokens::token_hash
            .eq(token::sha256_hex($secret))
            .and(account_tokens::purpose.eq($purpose))
            .and(account_tokens::used_at.is_null())
            .and(account_tokens::expires_at.gt($now))
    };
}

impl NewToken<'_> {
    pub(super) fn insert(self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let now = tx.now();
        let row = TokenRow {
            account_id: account,
            purpose: self.purpose,
            token_hash: token::sha256_hex(self.secret),
            created_at: now,
            expires_at: now.plus(self.lifetime),
            sent_to: self.sent_to,
            browser_hash: self.browser_hash,
            code_hash: self.code_hash,
            code_failures: 0,
        };
        diesel::insert_into(account_tokens::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

/// Invalidates the open tokens of an account for these purposes.
pub fn void(tx: &mut Tx<'_>, account: AccountId, purposes: &[TokenPurpose]) -> Result<()> {
    let now = tx.now();
    for purpose in purposes {
        let open = account_tokens::account_id
            .eq(account)
            .and(account_tokens::purpose.eq(*purpose))
            .and(account_tokens::used_at.is_null());
        diesel::update(account_tokens::table.filter(open)).set(account_tokens::used_at.eq(now)).execute(tx.conn())?;
    }
    Ok(())
}

/// The account and address of a valid token, without using it.
pub(super) fn find(
    conn: &mut Conn,
    purpose: TokenPurpose,
    secret: &str,
    now: Utc,
) -> Result<Option<(AccountId, String)>> {
    let valid = account_tokens::table.filter(is_valid!(purpose, secret, now));
    Ok(valid.select((account_tokens::account_id, account_tokens::sent_to)).first(conn).optional()?)
}

/// Uses a token; returns its account and address.
///
/// # Errors
/// `LinkExpired` when the token is used, expired or unknown.
pub(super) fn use_up(tx: &mut Tx<'_>, purpose: TokenPurpose, secret: &str) -> Result<(AccountId, String)> {
    let now = tx.now();
    let used = diesel::update(account_tokens::table.filter(is_valid!(purpose, secret, now)))
        .set(account_tokens::used_at.eq(now))
        .returning((account_tokens::account_id, account_tokens::sent_to))
        .get_result(tx.conn())
        .optional()?;
    used.ok_or(Error::LinkExpired)
}
