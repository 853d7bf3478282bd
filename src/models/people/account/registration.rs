//! Registrations of customers. The account exists once the link that was sent to its address is confirmed, so nobody
//! can register the address of someone else.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::Account;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::models::platform::job::{JobKind, NewJob};
use crate::schema::{accounts, pending_registrations};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::ids::RegistrationId;
use crate::support::token;

const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// A registration whose address is not confirmed yet.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = pending_registrations, check_for_backend(AnyBackend))]
pub struct PendingRegistration {
    pub id: RegistrationId,
    pub email: String,
    pub email_normal: String,
    pub name: String,
    password_hash: String,
    /// Path to continue at after the log-in; empty for the default.
    pub return_path: String,
}

/// What a person registers with.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    pub email: EmailAddress,
    pub name: String,
    pub password_hash: String,
    /// Path to continue at after the log-in; empty for the default.
    pub return_path: String,
}

#[derive(Insertable)]
#[diesel(table_name = pending_registrations, treat_none_as_default_value = false)]
struct RegistrationRow<'a> {
    email: &'a str,
    email_normal: &'a str,
    name: &'a str,
    password_hash: &'a str,
    token_hash: String,
    return_path: &'a str,
    created_at: Utc,
    expires_at: Utc,
}

impl PendingRegistration {
    /// Stores a registration, and has a job write to its address, whether or not an account has it already.
    pub fn create(tx: &mut Tx<'_>, new: &NewRegistration) -> Result<()> {
        let now = tx.now();
        let row = RegistrationRow {
            email: &new.email.mailbox,
            email_normal: &new.email.normal,
            name: &new.name,
            password_hash: &new.password_hash,
            // Of a secret that nobody knows, until the email is written.
            token_hash: token::sha256_hex(tx.generate_secret()?),
            return_path: &new.return_path,
            created_at: now,
            expires_at: now.plus(LIFETIME),
        };
        let id: RegistrationId = diesel::insert_into(pending_registrations::table)
            .values(row)
            .returning(pending_registrations::id)
            .get_result(tx.conn())?;
        let dedupe_key = Some(format!("registration:{id}"));
        NewJob { kind: JobKind::RegistrationEmail, payload: id.to_string(), dedupe_key, run_at: now }.enqueue(tx)
    }

    /// The registration, unless it was confirmed or has expired.
    pub fn find(conn: &mut Conn, id: RegistrationId) -> Result<Option<PendingRegistration>> {
        Ok(PendingRegistration::query().find(id).first(conn).optional()?)
    }

    /// The account that has the address already.
    pub fn find_existing_account(&self, conn: &mut Conn) -> Result<Option<Account>> {
        Ok(Account::query().filter(accounts::email_normal.eq(&self.email_normal)).first(conn).optional()?)
    }

    /// Stores the secret of its link.
    pub fn set_secret(&self, tx: &mut Tx<'_>, secret: &str) -> Result<()> {
        diesel::update(pending_registrations::table.find(self.id))
            .set(pending_registrations::token_hash.eq(token::sha256_hex(secret)))
            .execute(tx.conn())?;
        Ok(())
    }

    pub fn delete(&self, tx: &mut Tx<'_>) -> Result<()> {
        diesel::delete(pending_registrations::table.find(self.id)).execute(tx.conn())?;
        Ok(())
    }

    /// The registration of a link, without using it.
    pub fn find_by_secret(conn: &mut Conn, secret: &str, now: Utc) -> Result<Option<PendingRegistration>> {
        let valid = pending_registrations::token_hash
            .eq(token::sha256_hex(secret))
            .and(pending_registrations::expires_at.gt(now));
        Ok(PendingRegistration::query().filter(valid).first(conn).optional()?)
    }

    /// Creates the account of a confirmed registration, and drops the others of its address.
    ///
    /// # Errors
    /// `LinkExpired` when the link is used, expired or unknown, or the address got an account meanwhile.
    pub fn confirm(tx: &mut Tx<'_>, secret: &str) -> Result<PendingRegistration> {
        let now = tx.now();
        let registration = PendingRegistration::find_by_secret(tx.conn(), secret, now)?.ok_or(Error::LinkExpired)?;
        if diesel::delete(pending_registrations::table.find(registration.id)).execute(tx.conn())? != 1 {
            return Err(Error::LinkExpired);
        }
        let same = pending_registrations::email_normal.eq(&registration.email_normal);
        diesel::delete(pending_registrations::table.filter(same)).execute(tx.conn())?;
        let email = EmailAddress::parse(&registration.email).ok_or(Error::bug("a stored address is invalid"))?;
        let created =
            Account::create_customer(tx, &email, &registration.name, &registration.password_hash, &Actor::Customer);
        match created {
            Err(Error::Invalid { .. }) => Err(Error::LinkExpired),
            created => created.map(|_| registration),
        }
    }
}
