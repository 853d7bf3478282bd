//! Second factors of an account: one-time codes of an authenticator app, recovery codes and passkeys (SECURITY.md S22).

pub mod passkey;
pub mod recovery_code;
pub mod totp;

use std::collections::HashSet;

use diesel::dsl::exists;
use diesel::prelude::*;

use self::passkey::Passkey;
use self::recovery_code::RecoveryCode;
use self::totp::TotpFactor;
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::models::people::account::Account;
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::models::platform::event::{Actor, Event};
use crate::schema::{accounts, passkeys, totp_factors};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::ids::AccountId;
use crate::support::token;

/// Wrong codes of an account within [`WINDOW`], before its log-in must begin again.
const TRIES: i64 = 5;
/// In seconds.
const WINDOW: i64 = 15 * 60;

/// Operations on all second factors of an account.
pub struct SecondFactor;

/// Which second factors an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondFactorStatus {
    /// When one-time codes were turned on; `None` if they are off.
    pub totp_since: Option<Utc>,
    pub passkeys: i64,
    /// Recovery codes that were not used yet.
    pub codes_left: i64,
}

impl SecondFactorStatus {
    pub fn is_enrolled(&self) -> bool {
        self.totp_since.is_some() || self.passkeys > 0
    }
}

impl SecondFactor {
    /// Whether the account has a second factor, in one query.
    pub fn is_enrolled(conn: &mut Conn, account: AccountId) -> Result<bool> {
        let has_totp = exists(
            totp_factors::table
                .filter(totp_factors::account_id.eq(account).and(totp_factors::confirmed_at.is_not_null())),
        );
        let has_passkey = exists(passkeys::table.filter(passkeys::account_id.eq(account)));
        Ok(diesel::select(has_totp.or(has_passkey)).get_result(conn)?)
    }

    /// Which of the accounts have a second factor.
    pub fn list_enrolled(conn: &mut Conn, accounts: &[AccountId]) -> Result<HashSet<AccountId>> {
        let with_totp = totp_factors::table
            .filter(id_in(totp_factors::account_id, accounts).and(totp_factors::confirmed_at.is_not_null()))
            .select(totp_factors::account_id);
        let with_passkey =
            passkeys::table.filter(id_in(passkeys::account_id, accounts)).select(passkeys::account_id).distinct();
        let mut enrolled: HashSet<AccountId> = with_totp.load(conn)?.into_iter().collect();
        enrolled.extend(with_passkey.load::<AccountId>(conn)?);
        Ok(enrolled)
    }

    pub fn load_status(conn: &mut Conn, account: AccountId) -> Result<SecondFactorStatus> {
        Ok(SecondFactorStatus {
            totp_since: TotpFactor::find_confirmation_time(conn, account)?,
            passkeys: Passkey::count(conn, account)?,
            codes_left: RecoveryCode::count_left(conn, account)?,
        })
    }

    /// Counts an attempt and checks a one-time code or a recovery code, which it uses up. The attempt stays counted if
    /// this returns false.
    ///
    /// # Errors
    /// `TooManyRequests` after five wrong codes; the pending log-in must end then.
    pub fn verify_code(tx: &mut Tx<'_>, account: &Account, typed: &str) -> Result<bool> {
        let counter =
            AttemptCounter::new("second factor", &account.id.to_string(), ThrottlePolicy::FixedWindow(TRIES, WINDOW));
        throttle::record_attempt(tx, std::slice::from_ref(&counter))?;
        let is_correct = match (totp::parse_code(typed), token::parse_code(typed)) {
            (Some(code), _) => TotpFactor::verify(tx, account.id, &code)?,
            (None, Some(code)) => RecoveryCode::redeem(tx, account, &code)?,
            (None, None) => false,
        };
        if is_correct {
            counter.reset(tx)?;
        }
        Ok(is_correct)
    }

    /// Removes all second factors and recovery codes of an address, and ends its sessions.
    ///
    /// # Errors
    /// `NotFound` when no account has the address.
    pub fn clear(tx: &mut Tx<'_>, email: &EmailAddress, by: &Actor) -> Result<()> {
        let account: AccountId =
            accounts::table.filter(accounts::email_normal.eq(&email.normal)).select(accounts::id).first(tx.conn())?;
        diesel::delete(totp_factors::table.find(account)).execute(tx.conn())?;
        diesel::delete(passkeys::table.filter(passkeys::account_id.eq(account))).execute(tx.conn())?;
        RecoveryCode::delete_all(tx, account)?;
        Account::end_sessions(tx, account, None)?;
        Event::SecondFactorsCleared { account }.record(tx, by)
    }
}

/// Deletes the recovery codes of an account that has no second factor left.
fn delete_unneeded_codes(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    if !SecondFactor::is_enrolled(tx.conn(), account)? {
        RecoveryCode::delete_all(tx, account)?;
    }
    Ok(())
}
