//! Recovery codes: each replaces the second factor once.

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::models::people::account::Account;
use crate::models::platform::event::{Actor, Event};
use crate::on_backend;
use crate::schema::recovery_codes;
use crate::support::clock::Utc;
use crate::support::ids::AccountId;
use crate::support::token::{self, SecretKey};

/// Codes that an account gets at once.
const CODES: u8 = 10;

/// Operations on the recovery codes of an account. Their SHA-256 is stored without salt or stretching: a code has 80
/// random bits, which nobody can try out, and the log-in allows five tries in 15 minutes.
pub struct RecoveryCode;

#[derive(Insertable)]
#[diesel(table_name = recovery_codes)]
struct NewRecoveryCode {
    account_id: AccountId,
    code_hash: String,
    created_at: Utc,
}

impl RecoveryCode {
    /// New codes of 80 bits, as they are shown once. The same seed gives the same codes, so that a form which is sent
    /// twice shows those that are stored; it must be random, and is not stored.
    pub fn generate(key: &SecretKey, account: AccountId, seed: &str) -> Vec<String> {
        (0..CODES).map(|number| key.code("recovery code", &format!("{account} {seed} {number}"))).collect()
    }

    /// Replaces all codes of the account.
    pub fn replace(tx: &mut Tx<'_>, account: &Account, codes: &[String]) -> Result<()> {
        RecoveryCode::delete_all(tx, account.id)?;
        let now = tx.now();
        let rows: Vec<_> = codes
            .iter()
            .map(|code| NewRecoveryCode { account_id: account.id, code_hash: token::sha256_hex(code), created_at: now })
            .collect();
        let conn = tx.conn();
        on_backend!(conn => diesel::insert_into(recovery_codes::table).values(&rows).execute(conn))?;
        Event::RecoveryCodesCreated { account: account.id }.record(tx, &Actor::staff(account.id, &account.name))
    }

    /// Whether these are the codes of the account, used or not.
    pub fn are_stored(conn: &mut Conn, account: AccountId, codes: &[String]) -> Result<bool> {
        let stored: Vec<String> = recovery_codes::table
            .filter(recovery_codes::account_id.eq(account))
            .select(recovery_codes::code_hash)
            .load(conn)?;
        Ok(codes.iter().all(|code| stored.contains(&token::sha256_hex(code))))
    }

    /// Uses a code up; false if it is unknown or was used. `code` is as `token::parse_code` returns it.
    pub fn redeem(tx: &mut Tx<'_>, account: &Account, code: &str) -> Result<bool> {
        let now = tx.now();
        let unused = recovery_codes::account_id
            .eq(account.id)
            .and(recovery_codes::code_hash.eq(token::sha256_hex(code)))
            .and(recovery_codes::used_at.is_null());
        let redeemed = diesel::update(recovery_codes::table.filter(unused))
            .set(recovery_codes::used_at.eq(now))
            .execute(tx.conn())?;
        if redeemed == 0 {
            return Ok(false);
        }
        let codes_left = RecoveryCode::count_left(tx.conn(), account.id)?;
        let by = Actor::staff(account.id, &account.name);
        Event::RecoveryCodeUsed { account: account.id, codes_left }.record(tx, &by)?;
        Ok(true)
    }

    pub fn count_left(conn: &mut Conn, account: AccountId) -> Result<i64> {
        let unused = recovery_codes::account_id.eq(account).and(recovery_codes::used_at.is_null());
        Ok(recovery_codes::table.filter(unused).count().get_result(conn)?)
    }

    pub fn delete_all(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account))).execute(tx.conn())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_ten_and_differ_by_account_and_seed() {
        let key = SecretKey::new([7; 32]);
        let codes = RecoveryCode::generate(&key, 1.into(), "a");
        assert_eq!(codes, RecoveryCode::generate(&key, 1.into(), "a"));
        let others = [RecoveryCode::generate(&key, 2.into(), "a"), RecoveryCode::generate(&key, 1.into(), "b")];
        let all: BTreeSet<&String> = codes.iter().chain(others.iter().flatten()).collect();
        assert_eq!((codes.len(), all.len()), (10, 30));
        assert!(codes.iter().all(|code| token::parse_code(code).as_ref() == Some(code)));
    }
}
