//! The site as a whole: its setup, the one-time keys of the setup page, and the secret key it is bound to.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::checkout::shipping_method::{self, ShippingMethod};
use crate::models::checkout::tax_rate::{self, TaxRate};
use crate::models::people::account::Account;
use crate::models::people::account::roles::Role;
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::sealed_column::{self, KEY_FINGERPRINT};
use crate::models::platform::setting::{SettingRow, Settings};
use crate::on_backend;
use crate::schema::{settings, setup_keys};
use crate::support::clock::Utc;
use crate::support::country::Country;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Locale;
use crate::support::ids::AccountId;
use crate::support::money::Currency;
use crate::support::token::{self, SecretKey};

pub const SETUP_KEY_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// The site as a whole. It is set up once it has an owner or was opened, as the sample shop is; the setup page exists
/// as long as there is no owner, so a redirect to it never leads nowhere.
pub struct Site;

#[derive(Clone, Debug)]
pub struct NewSite {
    pub site_name: String,
    pub country: Country,
    pub currency: Currency,
    pub locale: Locale,
}

/// The owner of a new site, with the password already hashed.
#[derive(Clone, Debug)]
pub struct NewOwner {
    pub email: EmailAddress,
    pub name: String,
    pub password_hash: String,
}

#[derive(Insertable)]
#[diesel(table_name = setup_keys, treat_none_as_default_value = false)]
struct NewSetupKey {
    key_hash: String,
    expires_at: Utc,
}

/// The secret key that a database is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBinding {
    fingerprint: String,
    /// The key that encrypts; `None` before the first rotation.
    encryption_key_id: Option<String>,
}

impl KeyBinding {
    /// Whether a key derives the database's tokens and decrypts its texts.
    pub fn is_satisfied_by(&self, key: &SecretKey) -> bool {
        self.fingerprint == fingerprint_of(key) && key.has_encryption_key(&self.encryption_key_id(key))
    }

    /// Whether texts are encrypted with the current key, not with the one before.
    pub fn is_current(&self, key: &SecretKey) -> bool {
        self.encryption_key_id(key) == key.encryption_key_id()
    }

    fn encryption_key_id(&self, key: &SecretKey) -> String {
        self.encryption_key_id.clone().unwrap_or_else(|| key.first_encryption_key_id())
    }
}

fn fingerprint_of(key: &SecretKey) -> String {
    key.token("key fingerprint", "database")
}

impl Site {
    pub fn is_set_up(conn: &mut Conn) -> Result<bool> {
        Ok(Settings::load(conn)?.is_set_up)
    }

    pub fn open(tx: &mut Tx<'_>, settings: Settings) -> Result<()> {
        Settings { is_set_up: true, ..settings }.save(tx)
    }

    /// Creates the owner, opens the site and invalidates all setup keys. Without `site`, a site that is not open yet
    /// gets the defaults of the setup page, and an open one keeps its settings.
    ///
    /// # Errors
    /// `Conflict` when the site has an owner already; `Invalid` on `email` when the address is taken.
    pub fn set_up(tx: &mut Tx<'_>, site: Option<&NewSite>, owner: &NewOwner, by: &Actor) -> Result<AccountId> {
        lock_setup_keys(tx)?;
        if Account::has_owner(tx.conn())? {
            return Err(Error::Conflict);
        }
        let mut settings = Settings::load(tx.conn())?;
        if let Some(site) = site {
            settings.site_name = site.site_name.clone();
        }
        if !settings.is_set_up {
            apply_defaults(tx, &mut settings, site)?;
        }
        if site.is_some() || settings.contact_email.is_empty() {
            settings.contact_email = owner.email.mailbox.clone();
        }
        Site::open(tx, settings)?;
        let created = Account::create(tx, &owner.email, &owner.name, &owner.password_hash, Role::Owner, by);
        let id = created.map_err(|error| match error {
            // A concurrent setup has finished since the check above.
            Error::Invalid { field, .. } if field == "role" => Error::Conflict,
            error => error,
        })?;
        diesel::delete(setup_keys::table).execute(tx.conn())?;
        Event::SiteSetUp.record(tx, by)?;
        Ok(id)
    }

    /// Issues a key for the setup page; earlier keys work until they expire. `None` when the site has an owner. Stores
    /// only the hash, in the database, so that every process accepts the key.
    pub fn issue_setup_key(tx: &mut Tx<'_>) -> Result<Option<String>> {
        if Account::has_owner(tx.conn())? {
            return Ok(None);
        }
        let now = tx.now();
        diesel::delete(setup_keys::table.filter(setup_keys::expires_at.le(now))).execute(tx.conn())?;
        let secret = tx.generate_secret()?;
        let row = NewSetupKey { key_hash: token::sha256_hex(&secret), expires_at: now.plus(SETUP_KEY_LIFETIME) };
        diesel::insert_into(setup_keys::table).values(row).execute(tx.conn())?;
        Ok(Some(secret))
    }

    /// Whether a setup key is valid, without using it.
    pub fn is_setup_key_valid(conn: &mut Conn, key: &str, now: Utc) -> Result<bool> {
        let is_valid = setup_keys::key_hash.eq(token::sha256_hex(key)).and(setup_keys::expires_at.gt(now));
        Ok(diesel::select(diesel::dsl::exists(setup_keys::table.filter(is_valid))).get_result(conn)?)
    }

    /// Uses up a setup key; `LinkExpired` when it is used, expired or unknown.
    pub fn consume_setup_key(tx: &mut Tx<'_>, key: &str) -> Result<()> {
        lock_setup_keys(tx)?;
        let now = tx.now();
        let is_valid = setup_keys::key_hash.eq(token::sha256_hex(key)).and(setup_keys::expires_at.gt(now));
        match diesel::delete(setup_keys::table.filter(is_valid)).execute(tx.conn())? {
            1 => Ok(()),
            _ => Err(Error::LinkExpired),
        }
    }

    /// The secret key that the database is bound to; `None` before the first start.
    pub fn key_binding(conn: &mut Conn) -> Result<Option<KeyBinding>> {
        let stored = settings::table.filter(settings::name.eq(KEY_FINGERPRINT)).select(settings::value);
        let Some(fingerprint) = stored.first(conn).optional()? else { return Ok(None) };
        Ok(Some(KeyBinding { fingerprint, encryption_key_id: sealed_column::find_encryption_key_id(conn)? }))
    }

    /// Binds a new database to the transaction's secret key; `Conflict` when it is bound to another.
    pub fn bind_key(tx: &mut Tx<'_>) -> Result<()> {
        let key = tx.secret_key().clone();
        if Site::key_binding(tx.conn())?.is_none() {
            let fingerprint = fingerprint_of(&key);
            let row = SettingRow { name: KEY_FINGERPRINT, value: &fingerprint };
            let conn = tx.conn();
            let inserted = on_backend!(conn => diesel::insert_into(settings::table)
                .values(row)
                .on_conflict(settings::name)
                .do_nothing()
                .execute(conn))?;
            if inserted == 1 && key.encryption_key_id() != key.first_encryption_key_id() {
                sealed_column::set_encryption_key(tx)?;
            }
        }
        // Read again, because another process may have bound it first.
        match Site::key_binding(tx.conn())? {
            Some(binding) if binding.is_satisfied_by(&key) => Ok(()),
            _ => Err(Error::Conflict),
        }
    }

    /// Binds the database to the transaction's secret key, whatever it was bound to.
    pub fn rebind_key(tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let fingerprint = fingerprint_of(tx.secret_key());
        let row = SettingRow { name: KEY_FINGERPRINT, value: &fingerprint };
        diesel::delete(settings::table.filter(settings::name.eq(KEY_FINGERPRINT))).execute(tx.conn())?;
        diesel::insert_into(settings::table).values(row).execute(tx.conn())?;
        sealed_column::set_encryption_key(tx)?;
        Event::SettingsChanged { group: "secret_key".to_owned(), changes: Vec::new() }.record(tx, by)
    }
}

/// Locks all setup keys. Each setup deletes its own key and then all others, so two concurrent ones would deadlock.
fn lock_setup_keys(tx: &mut Tx<'_>) -> Result<()> {
    if let Conn::Pg(conn) = tx.conn() {
        let keys = setup_keys::table.order(setup_keys::key_hash).select(setup_keys::key_hash).for_update();
        let _locked: Vec<String> = keys.load(conn)?;
    }
    Ok(())
}

fn apply_defaults(tx: &mut Tx<'_>, settings: &mut Settings, site: Option<&NewSite>) -> Result<()> {
    let country = site.map(|site| site.country).or_else(|| Country::find(&settings.country));
    let country = country.ok_or(Error::bug("the country of a new site is unknown"))?;
    settings.country = country.code.to_owned();
    settings.time_zone = country.time_zone().to_owned();
    if let Some(site) = site {
        settings.currency = site.currency;
        settings.locale = site.locale;
    }
    if TaxRate::all(tx.conn())?.is_empty() {
        tax_rate::create_defaults(tx, country.code, settings.locale)?;
    }
    if ShippingMethod::all(tx.conn())?.is_empty() {
        shipping_method::create_defaults(tx, country.code, settings.currency, settings.locale)?;
    }
    Ok(())
}
