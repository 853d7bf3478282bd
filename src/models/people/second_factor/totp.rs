//! One-time codes of an authenticator app (TOTP, RFC 6238): six digits, 30 seconds, one step of tolerance.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use jiff::SignedDuration;
use totp_rs::{Builder, Secret};

use super::delete_unneeded_codes;
use super::recovery_code::RecoveryCode;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::people::account::Account;
use crate::models::platform::event::{Actor, Event, FactorKind};
use crate::models::platform::sealed_column::TOTP_SECRET;
use crate::on_backend;
use crate::schema::totp_factors;
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::normalisation;
use crate::support::sealed::SealedText;
use crate::support::token::SecretKey;

/// A secret that no code has confirmed after this time is replaced.
const SETUP_TIME: SignedDuration = SignedDuration::from_mins(30);
/// Bytes of a secret: 160 bits (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;

/// Operations on the one-time codes of an account.
pub struct TotpFactor;

/// What an authenticator app needs to make codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotpSetup {
    /// Base32, to be typed.
    pub secret: String,
    /// An `otpauth:` address, to be scanned.
    pub uri: String,
}

#[derive(Insertable)]
#[diesel(table_name = totp_factors)]
struct NewTotpFactor {
    account_id: AccountId,
    secret: SealedText,
    last_used_step: i64,
    created_at: Utc,
}

/// The digits of a one-time code as typed, without spaces; `None` if it cannot be one.
pub fn parse_code(typed: &str) -> Option<String> {
    let typed = normalisation::normalise_nfkc(typed);
    let code: String = typed.chars().filter(|character| !character.is_whitespace()).collect();
    (code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}

impl TotpSetup {
    /// `issuer` is the site's name, which the app shows beside the address.
    fn new(secret: String, account: &Account, issuer: &str) -> Result<TotpSetup> {
        // A colon separates the two in the address.
        let [issuer, email] = [issuer, &account.email].map(|text| text.replace(':', " "));
        let totp =
            Builder::new().with_secret(decode_secret(&secret)?).with_account_name(email).with_issuer(Some(issuer));
        let uri = totp.build().and_then(|totp| totp.to_url()).map_err(unusable)?;
        Ok(TotpSetup { secret, uri })
    }
}

impl TotpFactor {
    pub fn find_confirmation_time(conn: &mut Conn, account: AccountId) -> Result<Option<Utc>> {
        let confirmed_at: Option<Option<Utc>> =
            totp_factors::table.find(account).select(totp_factors::confirmed_at).first(conn).optional()?;
        Ok(confirmed_at.flatten())
    }

    /// Makes a secret that waits for its first code, unless one does.
    ///
    /// # Errors
    /// `Conflict` if one-time codes are on.
    pub fn begin_setup(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        if TotpFactor::find_confirmation_time(tx.conn(), account)?.is_some() {
            return Err(Error::Conflict);
        }
        let now = tx.now();
        match load_pending_secret(tx.conn(), account, now)? {
            Some(_) => Ok(()),
            None => TotpFactor::create(tx, account),
        }
    }

    /// What sets an app up with the secret that waits for its first code; `None` if there is none or it is too old.
    pub fn find_setup(
        conn: &mut Conn,
        key: &SecretKey,
        account: &Account,
        issuer: &str,
        now: Utc,
    ) -> Result<Option<TotpSetup>> {
        let Some(sealed) = load_pending_secret(conn, account.id, now)? else { return Ok(None) };
        let secret = TOTP_SECRET.unseal(key, account.id, &sealed).map_err(unusable)?;
        TotpSetup::new(secret, account, issuer).map(Some)
    }

    fn create(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let now = tx.now();
        let random = URL_SAFE_NO_PAD.decode(tx.generate_secret()?).unwrap_or_default();
        let bytes = random.get(..SECRET_BYTES).ok_or(Error::bug("a secret is too short"))?;
        let secret = TOTP_SECRET.seal(tx, account, &Secret::from(bytes.to_vec()).to_base32())?;
        let unconfirmed = totp_factors::account_id.eq(account).and(totp_factors::confirmed_at.is_null());
        diesel::delete(totp_factors::table.filter(unconfirmed)).execute(tx.conn())?;
        let row = NewTotpFactor { account_id: account, secret, last_used_step: 0, created_at: now };
        let conn = tx.conn();
        // Two forms that are sent at the same time get the secret of the first.
        on_backend!(conn => diesel::insert_into(totp_factors::table)
            .values(row)
            .on_conflict(totp_factors::account_id)
            .do_nothing()
            .execute(conn))?;
        Ok(())
    }

    /// Turns one-time codes on with the first code, replaces the recovery codes, and ends all sessions but the one with
    /// this public id.
    ///
    /// # Errors
    /// `Invalid` on `code` if it is wrong; `Gone` if no secret waits for it; `Conflict` if one-time codes are on.
    pub fn confirm(
        tx: &mut Tx<'_>,
        account: &Account,
        kept_session: &str,
        code: &str,
        recovery_codes: &[String],
    ) -> Result<()> {
        let now = tx.now();
        if TotpFactor::find_confirmation_time(tx.conn(), account.id)?.is_some() {
            return Err(Error::Conflict);
        }
        let wrong = || Error::invalid("code", Message::OneTimeCodeIncorrect);
        let code = parse_code(code).ok_or_else(wrong)?;
        let sealed = load_pending_secret(tx.conn(), account.id, now)?.ok_or(Error::Gone)?;
        let secret = TOTP_SECRET.unseal(tx.secret_key(), account.id, &sealed).map_err(unusable)?;
        let step = find_step(&secret, &code, now)?.ok_or_else(wrong)?;
        let pending = totp_factors::account_id
            .eq(account.id)
            .and(totp_factors::confirmed_at.is_null())
            .and(totp_factors::secret.eq(sealed));
        let confirmed = diesel::update(totp_factors::table.filter(pending))
            .set((totp_factors::confirmed_at.eq(now), totp_factors::last_used_step.eq(step)))
            .execute(tx.conn())?;
        if confirmed == 0 {
            return Err(Error::Gone);
        }
        let added = Event::SecondFactorAdded { account: account.id, factor: FactorKind::Totp, name: String::new() };
        added.record(tx, &Actor::staff(account.id, &account.name))?;
        RecoveryCode::replace(tx, account, recovery_codes)?;
        Account::end_sessions(tx, account.id, Some(kept_session))
    }

    /// Whether a code is right. Each step is accepted once, and none before it, so a code that was seen is useless.
    pub fn verify(tx: &mut Tx<'_>, account: AccountId, code: &str) -> Result<bool> {
        if TotpFactor::find_confirmation_time(tx.conn(), account)?.is_none() {
            return Ok(false);
        }
        let (secret, now) = (load_secret(tx, account)?, tx.now());
        let Some(step) = find_step(&secret, code, now)? else { return Ok(false) };
        let unused = totp_factors::account_id
            .eq(account)
            .and(totp_factors::confirmed_at.is_not_null())
            .and(totp_factors::last_used_step.lt(step));
        let accepted = diesel::update(totp_factors::table.filter(unused))
            .set(totp_factors::last_used_step.eq(step))
            .execute(tx.conn())?;
        Ok(accepted == 1)
    }

    /// Turns one-time codes off and ends all sessions but the one with this public id.
    ///
    /// # Errors
    /// `Conflict` if they are off.
    pub fn disable(tx: &mut Tx<'_>, account: &Account, kept_session: &str) -> Result<()> {
        let confirmed = totp_factors::account_id.eq(account.id).and(totp_factors::confirmed_at.is_not_null());
        if diesel::delete(totp_factors::table.filter(confirmed)).execute(tx.conn())? == 0 {
            return Err(Error::Conflict);
        }
        delete_unneeded_codes(tx, account.id)?;
        let removed = Event::SecondFactorRemoved { account: account.id, factor: FactorKind::Totp, name: String::new() };
        removed.record(tx, &Actor::staff(account.id, &account.name))?;
        Account::end_sessions(tx, account.id, Some(kept_session))
    }
}

fn decode_secret(base32: &str) -> Result<Secret> {
    Secret::try_from_base32(base32).map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::internal(anyhow::anyhow!("a one-time code cannot be made: {error}"))
}

/// The secret in Base32. `NotFound` if there is none.
fn load_secret(tx: &mut Tx<'_>, account: AccountId) -> Result<String> {
    let secret: SealedText = totp_factors::table.find(account).select(totp_factors::secret).first(tx.conn())?;
    TOTP_SECRET.unseal(tx.secret_key(), account, &secret).map_err(unusable)
}

/// The encrypted secret that waits for its first code; `None` if there is none or it is too old.
fn load_pending_secret(conn: &mut Conn, account: AccountId, now: Utc) -> Result<Option<SealedText>> {
    let pending = totp_factors::account_id
        .eq(account)
        .and(totp_factors::confirmed_at.is_null())
        .and(totp_factors::created_at.gt(now.minus(SETUP_TIME)));
    Ok(totp_factors::table.filter(pending).select(totp_factors::secret).first(conn).optional()?)
}

/// The step of a code in the tolerance around `now`.
fn find_step(secret: &str, code: &str, now: Utc) -> Result<Option<i64>> {
    let totp = Builder::new().with_secret(decode_secret(secret)?).build().map_err(unusable)?;
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    Ok(totp.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
}
