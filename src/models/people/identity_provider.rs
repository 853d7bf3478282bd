//! Identity providers (OpenID Connect) with which people log in, as the owner and admins have set them up.

pub mod account_identity;
pub mod pending_login;

use diesel::prelude::*;

use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event, SettingChange};
use crate::models::platform::sealed_column::IDENTITY_CLIENT_SECRET;
use crate::models::platform::setting::HIDDEN_VALUE;
use crate::schema::{account_identities, identity_providers, pending_identity_logins};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::IdentityProviderId;
use crate::support::sealed::SealedText;
use crate::support::token::SecretKey;
use crate::text_enum;

text_enum! {
    IdentityProviderStatus {
        Active = "active",
        /// Nobody can log in with it.
        Inactive = "inactive",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = identity_providers, check_for_backend(AnyBackend))]
pub struct IdentityProvider {
    pub id: IdentityProviderId,
    pub public_id: String,
    /// On the button: Google, or the name of a company.
    pub name: String,
    /// As in the provider's metadata. Never changes, because identities refer to it.
    pub issuer: String,
    pub client_id: String,
    client_secret: Option<SealedText>,
    pub status: IdentityProviderStatus,
    pub lock_version: i64,
}

/// A provider as the admin's form has it.
#[derive(Clone)]
pub struct IdentityProviderInput {
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    /// `None` keeps the one that is stored.
    pub client_secret: Option<String>,
    pub status: IdentityProviderStatus,
    pub lock_version: i64,
}

#[derive(Insertable)]
#[diesel(table_name = identity_providers, treat_none_as_default_value = false)]
struct NewIdentityProvider<'a> {
    public_id: String,
    name: &'a str,
    issuer: &'a str,
    client_id: &'a str,
    status: IdentityProviderStatus,
    lock_version: i64,
    created_at: Utc,
}

impl IdentityProvider {
    /// By name.
    pub fn list(conn: &mut Conn) -> Result<Vec<IdentityProvider>> {
        let by_name = (identity_providers::name, identity_providers::id);
        Ok(IdentityProvider::query().order(by_name).load(conn)?)
    }

    /// Active providers, by name.
    pub fn list_active(conn: &mut Conn) -> Result<Vec<IdentityProvider>> {
        let active = identity_providers::status.eq(IdentityProviderStatus::Active);
        let by_name = (identity_providers::name, identity_providers::id);
        Ok(IdentityProvider::query().filter(active).order(by_name).load(conn)?)
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<IdentityProvider> {
        Ok(IdentityProvider::query().filter(identity_providers::public_id.eq(public_id)).first(conn)?)
    }

    /// An active provider; `NotFound`.
    pub fn find_active(conn: &mut Conn, public_id: &str) -> Result<IdentityProvider> {
        let active = identity_providers::status.eq(IdentityProviderStatus::Active);
        let wanted = identity_providers::public_id.eq(public_id).and(active);
        Ok(IdentityProvider::query().filter(wanted).first(conn)?)
    }

    /// The client secret; `None` for a public client.
    pub fn unseal_client_secret(&self, key: &SecretKey) -> Result<Option<String>> {
        let Some(sealed) = &self.client_secret else { return Ok(None) };
        let secret = IDENTITY_CLIENT_SECRET.unseal(key, self.id, sealed);
        secret.map(Some).map_err(|error| Error::internal(anyhow::anyhow!("a client secret cannot be read: {error}")))
    }

    /// Adds a provider.
    ///
    /// # Errors
    /// `Invalid` on `issuer` when there is one with it already.
    pub fn create(tx: &mut Tx<'_>, new: &IdentityProviderInput, by: &Actor) -> Result<()> {
        let row = NewIdentityProvider {
            public_id: tx.generate_public_id()?,
            name: &new.name,
            issuer: &new.issuer,
            client_id: &new.client_id,
            status: new.status,
            lock_version: 1,
            created_at: tx.now(),
        };
        let inserted: Result<IdentityProviderId, diesel::result::Error> =
            diesel::insert_into(identity_providers::table)
                .values(row)
                .returning(identity_providers::id)
                .get_result(tx.conn());
        let provider = match inserted {
            Err(error) if is_unique_violation(&error) => return Err(Error::invalid("issuer", Message::IssuerTaken)),
            inserted => inserted?,
        };
        store_client_secret(tx, provider, new)?;
        Event::IdentityProviderAdded { provider, name: new.name.clone(), issuer: new.issuer.clone() }.record(tx, by)
    }

    /// Saves all but the issuer. Log-ins under way end.
    ///
    /// # Errors
    /// `Conflict` when somebody else has saved it since; `NotFound`.
    pub fn update(tx: &mut Tx<'_>, public_id: &str, new: &IdentityProviderInput, by: &Actor) -> Result<()> {
        let before = IdentityProvider::find(tx.conn(), public_id)?;
        let unchanged = identity_providers::id.eq(before.id).and(identity_providers::lock_version.eq(new.lock_version));
        let saved = diesel::update(identity_providers::table.filter(unchanged))
            .set((
                identity_providers::name.eq(&new.name),
                identity_providers::client_id.eq(&new.client_id),
                identity_providers::status.eq(new.status),
                identity_providers::lock_version.eq(identity_providers::lock_version + 1),
            ))
            .execute(tx.conn())?;
        if saved != 1 {
            return Err(Error::Conflict);
        }
        store_client_secret(tx, before.id, new)?;
        let under_way = pending_identity_logins::table.filter(pending_identity_logins::provider_id.eq(before.id));
        diesel::delete(under_way).execute(tx.conn())?;
        let (name, changes) = (new.name.clone(), before.list_changes(new));
        Event::IdentityProviderChanged { provider: before.id, name, changes }.record(tx, by)
    }

    /// Deletes a provider with its identities; their accounts stay.
    pub fn delete(tx: &mut Tx<'_>, public_id: &str, by: &Actor) -> Result<()> {
        let provider = IdentityProvider::find(tx.conn(), public_id)?;
        let identities = account_identities::table.filter(account_identities::issuer.eq(&provider.issuer));
        diesel::delete(identities).execute(tx.conn())?;
        if diesel::delete(identity_providers::table.find(provider.id)).execute(tx.conn())? == 0 {
            return Err(Error::NotFound);
        }
        Event::IdentityProviderDeleted { provider: provider.id, name: provider.name }.record(tx, by)
    }

    /// The columns that a form changes, without secret values.
    fn list_changes(&self, new: &IdentityProviderInput) -> Vec<SettingChange> {
        let pairs = [
            ("name", self.name.as_str(), new.name.as_str()),
            ("client_id", self.client_id.as_str(), new.client_id.as_str()),
            ("status", self.status.as_str(), new.status.as_str()),
        ];
        let mut changes: Vec<SettingChange> = Vec::new();
        for (name, before, after) in pairs.into_iter().filter(|(_, before, after)| before != after) {
            changes.push(SettingChange { name: name.to_owned(), before: before.to_owned(), after: after.to_owned() });
        }
        if new.client_secret.is_some() {
            let (before, after) = (HIDDEN_VALUE.to_owned(), HIDDEN_VALUE.to_owned());
            changes.push(SettingChange { name: "client_secret".to_owned(), before, after });
        }
        changes
    }
}

/// Encrypts a new client secret for the provider's row.
fn store_client_secret(tx: &mut Tx<'_>, provider: IdentityProviderId, new: &IdentityProviderInput) -> Result<()> {
    let Some(secret) = &new.client_secret else { return Ok(()) };
    let sealed = IDENTITY_CLIENT_SECRET.seal(tx, provider, secret)?;
    diesel::update(identity_providers::table.find(provider))
        .set(identity_providers::client_secret.eq(Some(sealed)))
        .execute(tx.conn())?;
    Ok(())
}
