//! Identities that log in to an account: who a person is at a provider. An address never links one (SECURITY.md S30).

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{IdentityProvider, IdentityProviderStatus};
use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::people::account::{Account, AccountStatus};
use crate::models::people::second_factor::passkey::Passkey;
use crate::models::platform::event::{Actor, Event};
use crate::schema::{account_identities, accounts, identity_providers};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::identity::IdentityClaims;
use crate::support::ids::{AccountId, AccountIdentityId};

/// Longest name of an account that a provider gives, in characters.
const MAX_NAME: usize = 120;

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = account_identities, check_for_backend(AnyBackend))]
pub struct AccountIdentity {
    pub id: AccountIdentityId,
    pub account_id: AccountId,
    pub issuer: String,
    pub subject: String,
    /// As the provider had it when the identity was linked; only to recognise it.
    pub email: String,
    pub created_at: Utc,
    pub last_used_at: Option<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = account_identities, treat_none_as_default_value = false)]
struct NewAccountIdentity<'a> {
    account_id: AccountId,
    issuer: &'a str,
    subject: &'a str,
    email: &'a str,
    created_at: Utc,
}

impl AccountIdentity {
    /// The identities of an account, oldest first.
    pub fn list(conn: &mut Conn, account: AccountId) -> Result<Vec<AccountIdentity>> {
        let own = account_identities::account_id.eq(account);
        Ok(AccountIdentity::query().filter(own).order(account_identities::id).load(conn)?)
    }

    /// How many accounts log in with an issuer.
    pub fn count(conn: &mut Conn, issuer: &str) -> Result<i64> {
        Ok(account_identities::table.filter(account_identities::issuer.eq(issuer)).count().get_result(conn)?)
    }

    /// The account of an identity. One that is not known gets the account of a customer, without a password, if the
    /// provider has verified its address and no account has that address.
    ///
    /// # Errors
    /// `Invalid` with the reason for the person.
    pub fn find_or_create_account(
        tx: &mut Tx<'_>,
        provider: &IdentityProvider,
        claims: &IdentityClaims,
    ) -> Result<Account> {
        require_active(tx.conn(), provider)?;
        let known =
            account_identities::issuer.eq(&provider.issuer).and(account_identities::subject.eq(&claims.subject));
        let account: Option<AccountId> = diesel::update(account_identities::table.filter(known))
            .set(account_identities::last_used_at.eq(tx.now()))
            .returning(account_identities::account_id)
            .get_result(tx.conn())
            .optional()?;
        if let Some(account) = account {
            let account = Account::get(tx.conn(), account)?;
            return match account.status {
                AccountStatus::Active => Ok(account),
                AccountStatus::Suspended => Err(Error::invalid("", Message::AccountSuspended)),
            };
        }
        let email = EmailAddress::parse(&claims.email).filter(|_| claims.is_email_verified);
        let email = email.ok_or_else(|| Error::invalid("", Message::IdentityEmailUnverified))?;
        if Account::find_by_email(tx.conn(), &email)?.is_some() {
            return Err(Error::invalid("", Message::IdentityEmailTaken { provider: provider.name.clone() }));
        }
        let name: String =
            claims.name.trim().chars().filter(|character| !character.is_control()).take(MAX_NAME).collect();
        let name = if name.is_empty() { email.mailbox.clone() } else { name };
        let account = Account::create_customer_without_password(tx, &email, &name, &Actor::Customer)?;
        let account = Account::get(tx.conn(), account)?;
        insert(tx, &account, provider, claims)?;
        Ok(account)
    }

    /// Links an identity to an account, and ends all sessions but the one with this public id. One that is linked to it
    /// already is left as it is.
    ///
    /// # Errors
    /// `Invalid` if it is another account's.
    pub fn link(
        tx: &mut Tx<'_>,
        account: &Account,
        provider: &IdentityProvider,
        claims: &IdentityClaims,
        kept_session: &str,
    ) -> Result<()> {
        require_active(tx.conn(), provider)?;
        let known =
            account_identities::issuer.eq(&provider.issuer).and(account_identities::subject.eq(&claims.subject));
        let owner: Option<AccountId> = account_identities::table
            .filter(known)
            .select(account_identities::account_id)
            .first(tx.conn())
            .optional()?;
        match owner {
            Some(owner) if owner == account.id => Ok(()),
            Some(_) => Err(Error::invalid("", Message::IdentityTaken { provider: provider.name.clone() })),
            None => {
                insert(tx, account, provider, claims)?;
                Account::end_sessions(tx, account.id, Some(kept_session))
            }
        }
    }

    /// Unlinks an identity of an account, and ends all sessions but the one with this public id.
    ///
    /// # Errors
    /// `Invalid` if the account has no other way in; `NotFound`.
    pub fn unlink(tx: &mut Tx<'_>, account: &Account, id: AccountIdentityId, kept_session: &str) -> Result<()> {
        lock_account(tx, account.id)?;
        let own = account_identities::table.find(id).filter(account_identities::account_id.eq(account.id));
        let issuer: String = diesel::delete(own).returning(account_identities::issuer).get_result(tx.conn())?;
        let has_password = Account::has_password(tx.conn(), account.id)?;
        if !has_password && Passkey::count(tx.conn(), account.id)? == 0 && !has_usable_identity(tx.conn(), account.id)?
        {
            return Err(Error::invalid("", Message::IdentityOnlyWayIn));
        }
        let provider = identity_providers::table.filter(identity_providers::issuer.eq(&issuer));
        let provider: Option<String> = provider.select(identity_providers::name).first(tx.conn()).optional()?;
        let actor = account.actor(tx.conn())?;
        let provider = provider.unwrap_or(issuer);
        Event::IdentityUnlinked { account: account.id, provider }.record(tx, &actor)?;
        Account::end_sessions(tx, account.id, Some(kept_session))
    }
}

fn insert(tx: &mut Tx<'_>, account: &Account, provider: &IdentityProvider, claims: &IdentityClaims) -> Result<()> {
    let row = NewAccountIdentity {
        account_id: account.id,
        issuer: &provider.issuer,
        subject: &claims.subject,
        email: &claims.email,
        created_at: tx.now(),
    };
    match diesel::insert_into(account_identities::table).values(row).execute(tx.conn()) {
        Err(error) if is_unique_violation(&error) => {
            return Err(Error::invalid("", Message::IdentityTaken { provider: provider.name.clone() }));
        }
        inserted => inserted?,
    };
    let actor = account.actor(tx.conn())?;
    Event::IdentityLinked { account: account.id, provider: provider.name.clone() }.record(tx, &actor)
}

/// `Invalid` when the provider was switched off or deleted since the log-in began.
fn require_active(conn: &mut Conn, provider: &IdentityProvider) -> Result<()> {
    let active =
        identity_providers::id.eq(provider.id).and(identity_providers::status.eq(IdentityProviderStatus::Active));
    let is_active: bool = diesel::select(exists(identity_providers::table.filter(active))).get_result(conn)?;
    if is_active { Ok(()) } else { Err(Error::invalid("", Message::IdentityLoginExpired)) }
}

/// Whether an identity of the account belongs to an active provider.
fn has_usable_identity(conn: &mut Conn, account: AccountId) -> Result<bool> {
    let active = identity_providers::table
        .filter(identity_providers::issuer.eq(account_identities::issuer))
        .filter(identity_providers::status.eq(IdentityProviderStatus::Active));
    let usable = account_identities::table.filter(account_identities::account_id.eq(account)).filter(exists(active));
    Ok(diesel::select(exists(usable)).get_result(conn)?)
}

/// Two identities that are unlinked at the same time would each see the other as a way in.
fn lock_account(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    if let Conn::Pg(conn) = tx.conn() {
        let _locked: Vec<AccountId> = accounts::table.find(id).select(accounts::id).for_update().load(conn)?;
    }
    Ok(())
}
