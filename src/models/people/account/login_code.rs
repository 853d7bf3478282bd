//! Log-in by an emailed code or link instead of the password, for customers. Both work once, for ten minutes, in the
//! browser that asked.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::tokens::{self, NewToken, TokenPurpose};
use super::{Account, AccountStatus};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::schema::{account_roles, account_tokens, accounts};
use crate::support::clock::Utc;
use crate::support::ids::AccountId;
use crate::support::token::{self, SecretKey};

pub const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// Wrong codes that end a code.
const MAX_FAILURES: i64 = 5;
const CODE_PURPOSE: &str = "log-in code";
const HASH_PURPOSE: &str = "log-in code hash";

/// The code of a link, to type instead of opening it: `7K2M-ABCD`.
pub fn code(key: &SecretKey, secret: &str) -> String {
    key.short_code(CODE_PURPOSE, secret)
}

/// A code is too short for a plain hash, so it is hashed with the site's key.
fn code_hash(key: &SecretKey, browser_hash: &str, code: &str) -> String {
    key.token(HASH_PURPOSE, &format!("{browser_hash} {code}"))
}

impl Account {
    /// The active account of a customer with this address. Staff log in with their password.
    pub fn find_customer(conn: &mut Conn, email_normal: &str) -> Result<Option<Account>> {
        let roles = account_roles::table.filter(account_roles::account_id.eq(accounts::id));
        Ok(Account::query()
            .filter(accounts::email_normal.eq(email_normal).and(accounts::status.eq(AccountStatus::Active)))
            .filter(diesel::dsl::not(diesel::dsl::exists(roles)))
            .first(conn)
            .optional()?)
    }

    /// Stores a link and its code for a browser, and invalidates earlier ones of the account.
    pub fn add_login_code(
        tx: &mut Tx<'_>,
        id: AccountId,
        secret: &str,
        sent_to: &str,
        browser_hash: &str,
    ) -> Result<()> {
        tokens::void(tx, id, &[TokenPurpose::LogIn])?;
        let key = tx.secret_key();
        let code_hash = code_hash(key, browser_hash, &code(key, secret));
        let new = NewToken {
            purpose: TokenPurpose::LogIn,
            secret,
            lifetime: LIFETIME,
            sent_to,
            browser_hash: Some(browser_hash),
            code_hash: Some(code_hash),
        };
        new.insert(tx, id)
    }

    /// Whether a link is valid in this browser, without using it.
    pub fn has_login_link(conn: &mut Conn, secret: &str, browser_hash: &str, now: Utc) -> Result<bool> {
        let valid = account_tokens::token_hash
            .eq(token::sha256_hex(secret))
            .and(account_tokens::purpose.eq(TokenPurpose::LogIn))
            .and(account_tokens::browser_hash.eq(browser_hash))
            .and(account_tokens::used_at.is_null())
            .and(account_tokens::expires_at.gt(now));
        Ok(diesel::select(diesel::dsl::exists(account_tokens::table.filter(valid))).get_result(conn)?)
    }

    /// Uses a link.
    ///
    /// # Errors
    /// `LinkExpired` when it is used, expired, unknown or of another browser.
    pub fn use_login_link(tx: &mut Tx<'_>, secret: &str, browser_hash: &str) -> Result<Account> {
        let now = tx.now();
        if !Account::has_login_link(tx.conn(), secret, browser_hash, now)? {
            return Err(Error::LinkExpired);
        }
        let (id, _) = tokens::use_up(tx, TokenPurpose::LogIn, secret)?;
        Account::get(tx.conn(), id)
    }

    /// Uses the code that was sent to this browser; `None` if it is wrong. A try is counted before it is checked, and
    /// the fifth wrong one ends the code.
    pub fn use_login_code(tx: &mut Tx<'_>, typed: &str, browser_hash: &str) -> Result<Option<Account>> {
        let now = tx.now();
        let Some(code) = token::parse_short_code(typed) else { return Ok(None) };
        let expected = code_hash(tx.secret_key(), browser_hash, &code);
        let open = account_tokens::browser_hash
            .eq(browser_hash)
            .and(account_tokens::purpose.eq(TokenPurpose::LogIn))
            .and(account_tokens::used_at.is_null())
            .and(account_tokens::expires_at.gt(now))
            .and(account_tokens::code_failures.lt(MAX_FAILURES));
        let tried: Vec<(i64, AccountId, Option<String>)> = diesel::update(account_tokens::table.filter(open))
            .set(account_tokens::code_failures.eq(account_tokens::code_failures + 1))
            .returning((account_tokens::id, account_tokens::account_id, account_tokens::code_hash))
            .get_results(tx.conn())?;
        let Some((token, account, _)) =
            tried.into_iter().find(|(.., hash)| hash.as_deref().is_some_and(|hash| token::are_equal(hash, &expected)))
        else {
            return Ok(None);
        };
        let unused = account_tokens::table.filter(account_tokens::id.eq(token).and(account_tokens::used_at.is_null()));
        let used = diesel::update(unused).set(account_tokens::used_at.eq(now)).execute(tx.conn())?;
        if used == 1 { Account::get(tx.conn(), account).map(Some) } else { Ok(None) }
    }
}
