//! Passkeys of an account (WebAuthn). One logs in without a password, or follows it as the second factor.

use diesel::prelude::*;

use super::delete_unneeded_codes;
use super::recovery_code::RecoveryCode;
use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::people::account::{Account, AccountStatus, Member};
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::models::platform::event::{Actor, Event, FactorKind};
use crate::schema::{accounts, passkeys};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{AccountId, PasskeyId};
use crate::support::webauthn::{ClaimedPasskey, PasskeyCredential, credential_id};

/// Passkeys of one account.
const MAX_PASSKEYS: i64 = 20;
/// A challenge is remembered as used for this long, in seconds; it must have expired by then.
const CHALLENGE_MEMORY: i64 = 60 * 60;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = passkeys, check_for_backend(AnyBackend))]
pub struct Passkey {
    pub id: PasskeyId,
    pub account_id: AccountId,
    /// A [`PasskeyCredential`] as JSON.
    credential: String,
    /// As its owner typed it.
    pub name: String,
    pub created_at: Utc,
    pub last_used_at: Option<Utc>,
}

/// A passkey to be added.
#[derive(Clone, Debug)]
pub struct PasskeyInput {
    /// As its owner typed it.
    pub name: String,
    pub credential: PasskeyCredential,
    /// The signed challenge that it has answered.
    pub challenge: String,
}

#[derive(Insertable)]
#[diesel(table_name = passkeys)]
struct NewPasskey<'a> {
    account_id: AccountId,
    credential_id: String,
    credential: String,
    name: &'a str,
    created_at: Utc,
}

impl Passkey {
    pub fn to_credential(&self) -> Result<PasskeyCredential> {
        Ok(serde_json::from_str(&self.credential)?)
    }

    /// The passkeys of an account, oldest first.
    pub fn list(conn: &mut Conn, account: AccountId) -> Result<Vec<Passkey>> {
        let own = passkeys::table.filter(passkeys::account_id.eq(account));
        Ok(own.order(passkeys::id).select(Passkey::as_select()).load(conn)?)
    }

    pub fn count(conn: &mut Conn, account: AccountId) -> Result<i64> {
        Ok(passkeys::table.filter(passkeys::account_id.eq(account)).count().get_result(conn)?)
    }

    /// A passkey of this account; `NotFound` for one of another.
    pub fn find(conn: &mut Conn, account: AccountId, id: PasskeyId) -> Result<Passkey> {
        let own = passkeys::table.find(id).filter(passkeys::account_id.eq(account));
        Ok(own.select(Passkey::as_select()).first(conn)?)
    }

    /// The passkey that an answer of a browser names, with its account if that is active.
    pub fn find_claimed(conn: &mut Conn, claimed: &ClaimedPasskey) -> Result<Option<(Passkey, Member)>> {
        let is_active = accounts::status.eq(AccountStatus::Active).and(accounts::public_id.eq(&claimed.account));
        let found: Option<(Passkey, Account)> = passkeys::table
            .inner_join(accounts::table)
            .filter(passkeys::credential_id.eq(&claimed.credential_id).and(is_active))
            .select((Passkey::as_select(), Account::as_select()))
            .first(conn)
            .optional()?;
        let Some((passkey, account)) = found else { return Ok(None) };
        let member = Account::find_member(conn, account.id, account.auth_epoch)?;
        Ok(member.map(|member| (passkey, member)))
    }

    /// Uses up the challenge and adds a passkey, with recovery codes if the account has none left, and ends all
    /// sessions but the one with this public id. A passkey that the account has already is left as it is.
    ///
    /// # Errors
    /// `Invalid` if the account has too many, or the passkey is another account's; `LinkExpired` if the challenge was
    /// used before.
    pub fn add(
        tx: &mut Tx<'_>,
        account: &Account,
        kept_session: &str,
        new: &PasskeyInput,
        recovery_codes: &[String],
    ) -> Result<()> {
        let own = passkeys::account_id.eq(account.id).and(passkeys::credential_id.eq(credential_id(&new.credential)));
        let known: i64 = passkeys::table.filter(own).count().get_result(tx.conn())?;
        if known > 0 {
            return Ok(());
        }
        Passkey::use_challenge(tx, &new.challenge)?;
        if Passkey::count(tx.conn(), account.id)? >= MAX_PASSKEYS {
            return Err(Error::invalid("", Message::PasskeysTooMany { max: MAX_PASSKEYS }));
        }
        let row = NewPasskey {
            account_id: account.id,
            credential_id: credential_id(&new.credential),
            credential: serde_json::to_string(&new.credential)?,
            name: &new.name,
            created_at: tx.now(),
        };
        match diesel::insert_into(passkeys::table).values(row).execute(tx.conn()) {
            Err(error) if is_unique_violation(&error) => return Err(Error::invalid("", Message::PasskeyKnown)),
            inserted => inserted?,
        };
        let added =
            Event::SecondFactorAdded { account: account.id, factor: FactorKind::Passkey, name: new.name.clone() };
        added.record(tx, &Actor::staff(account.id, &account.name))?;
        if RecoveryCode::count_left(tx.conn(), account.id)? == 0 {
            RecoveryCode::replace(tx, account, recovery_codes)?;
        }
        Account::end_sessions(tx, account.id, Some(kept_session))
    }

    pub fn rename(&self, tx: &mut Tx<'_>, account: &Account, name: &str) -> Result<()> {
        if self.name == name {
            return Ok(());
        }
        diesel::update(passkeys::table.find(self.id)).set(passkeys::name.eq(name)).execute(tx.conn())?;
        let (from, to) = (self.name.clone(), name.to_owned());
        Event::PasskeyRenamed { account: account.id, passkey: self.id, from, to }
            .record(tx, &Actor::staff(account.id, &account.name))
    }

    /// Removes the passkey and ends all sessions but the one with this public id.
    pub fn remove(&self, tx: &mut Tx<'_>, account: &Account, kept_session: &str) -> Result<()> {
        if diesel::delete(passkeys::table.find(self.id)).execute(tx.conn())? == 0 {
            return Err(Error::NotFound);
        }
        delete_unneeded_codes(tx, account.id)?;
        let removed =
            Event::SecondFactorRemoved { account: account.id, factor: FactorKind::Passkey, name: self.name.clone() };
        removed.record(tx, &Actor::staff(account.id, &account.name))?;
        Account::end_sessions(tx, account.id, Some(kept_session))
    }

    /// Uses up the challenge, and stores the signature counter that came with the answer.
    ///
    /// # Errors
    /// `LinkExpired` if the challenge was used, or the passkey was used or removed since it was read.
    pub fn record_use(&self, tx: &mut Tx<'_>, challenge: &str, answered: &PasskeyCredential) -> Result<()> {
        Passkey::use_challenge(tx, challenge)?;
        let unchanged = passkeys::table.find(self.id).filter(passkeys::credential.eq(&self.credential));
        let used = diesel::update(unchanged)
            .set((passkeys::credential.eq(serde_json::to_string(answered)?), passkeys::last_used_at.eq(tx.now())))
            .execute(tx.conn())?;
        if used == 1 { Ok(()) } else { Err(Error::LinkExpired) }
    }

    /// Uses up a signed challenge (SECURITY.md S22): it is remembered, because it is not stored before.
    ///
    /// # Errors
    /// `LinkExpired` if it was used before.
    fn use_challenge(tx: &mut Tx<'_>, challenge: &str) -> Result<()> {
        let once =
            AttemptCounter::new("passkey challenge", challenge, ThrottlePolicy::FixedWindow(1, CHALLENGE_MEMORY));
        match throttle::record_attempt(tx, &[once]) {
            Err(Error::TooManyRequests(_)) => Err(Error::LinkExpired),
            recorded => recorded,
        }
    }
}
