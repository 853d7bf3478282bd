//! The site as a whole: whether it is set up, the one-time keys of its setup page, and the secret key it belongs to.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::account::Account;
use super::account::roles::Role;
use super::fact::{Actor, Fact};
use super::setting::Settings;
use super::shipping_method::{self, ShippingMethod};
use super::tax_rate::{self, TaxRate};
use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::{settings, setup_keys};
use crate::support::clock::Utc;
use crate::support::country::Country;
use crate::support::email_address::EmailAddress;
use crate::support::money::Currency;
use crate::support::token::{self, SecretKey};

/// How long a setup key works.
pub const SETUP_KEY_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// The setting that says which secret key the database was made with.
const KEY_FINGERPRINT: &str = "key_fingerprint";

/// The site as a whole.
///
/// It is set up as soon as its pages are open, which the sample shop's are, or it has an owner. The setup page is there
/// as long as it has no owner. So a page never leads to a setup page that is not there.
pub struct Site;

/// How a new site begins.
#[derive(Clone, Debug)]
pub struct NewSite {
    /// Its name.
    pub site_name: String,
    /// Where it sells from.
    pub country: Country,
    /// What it sells in.
    pub currency: Currency,
}

/// The owner of a new site. The password is hashed already.
#[derive(Clone, Debug)]
pub struct NewOwner {
    /// Their address.
    pub email: EmailAddress,
    /// Their name.
    pub name: String,
    /// The hash of their password.
    pub password_hash: String,
}

impl Site {
    /// Whether visitors see its pages.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn is_set_up(conn: &mut Conn) -> Result<bool> {
        Ok(Settings::load(conn)?.is_set_up)
    }

    /// Opens the site to visitors with these settings.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn open(tx: &mut Tx<'_>, settings: Settings) -> Result<()> {
        Settings { is_set_up: true, ..settings }.save(tx)
    }

    /// Makes the owner, and opens the site if it is not open yet. Without a `site` it begins with the defaults of the
    /// setup page, and one that is open already keeps its settings. Every setup key is void afterwards.
    ///
    /// # Errors
    /// `Conflict` when the site has an owner already; `Invalid` on `email` when the address is taken.
    pub fn set_up(tx: &mut Tx<'_>, site: Option<&NewSite>, owner: &NewOwner, by: &Actor) -> Result<i64> {
        take_turn(tx)?;
        if Account::owner_exists(tx.conn())? {
            return Err(Error::Conflict);
        }
        let mut settings = Settings::load(tx.conn())?;
        if let Some(site) = site {
            settings.site_name = site.site_name.clone();
        }
        if !settings.is_set_up {
            begin(tx, &mut settings, site)?;
        }
        if site.is_some() || settings.contact_email.is_empty() {
            settings.contact_email = owner.email.typed.clone();
        }
        Site::open(tx, settings)?;
        let made = Account::create(tx, &owner.email, &owner.name, &owner.password_hash, Role::Owner, by);
        let id = made.map_err(|error| match error {
            // Somebody else's setup ended between the question above and now.
            Error::Invalid { field, .. } if field == "role" => Error::Conflict,
            error => error,
        })?;
        diesel::delete(setup_keys::table).execute(tx.conn())?;
        Fact::SiteSetUp.record(tx, by)?;
        Ok(id)
    }

    /// A new key for the setup page; the ones before it keep working until their time is up. None when the site has an
    /// owner. Only the key's hash is stored, so that any process on the database takes it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn issue_setup_key(tx: &mut Tx<'_>) -> Result<Option<String>> {
        if Account::owner_exists(tx.conn())? {
            return Ok(None);
        }
        let now = tx.now();
        diesel::delete(setup_keys::table.filter(setup_keys::expires_at.le(now))).execute(tx.conn())?;
        let secret = tx.secret()?;
        let row =
            (setup_keys::key_hash.eq(token::hash(&secret)), setup_keys::expires_at.eq(now.plus(SETUP_KEY_LIFETIME)));
        diesel::insert_into(setup_keys::table).values(row).execute(tx.conn())?;
        Ok(Some(secret))
    }

    /// Whether a setup key would work; looking does not use it up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn setup_key_works(conn: &mut Conn, key: &str, now: Utc) -> Result<bool> {
        let good = setup_keys::key_hash.eq(token::hash(key)).and(setup_keys::expires_at.gt(now));
        Ok(diesel::select(diesel::dsl::exists(setup_keys::table.filter(good))).get_result(conn)?)
    }

    /// Uses a setup key up.
    ///
    /// # Errors
    /// `Void` when it was used, is too old, or never was.
    pub fn use_setup_key(tx: &mut Tx<'_>, key: &str) -> Result<()> {
        take_turn(tx)?;
        let now = tx.now();
        let good = setup_keys::key_hash.eq(token::hash(key)).and(setup_keys::expires_at.gt(now));
        match diesel::delete(setup_keys::table.filter(good)).execute(tx.conn())? {
            1 => Ok(()),
            _ => Err(Error::Void),
        }
    }

    /// The fingerprint of the secret key that the database was made with; none before the first start.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn key_fingerprint(conn: &mut Conn) -> Result<Option<String>> {
        let stored = settings::table.filter(settings::name.eq(KEY_FINGERPRINT)).select(settings::value);
        Ok(stored.first(conn).optional()?)
    }

    /// What [`Site::key_fingerprint`] is for a key.
    pub fn fingerprint_of(key: &SecretKey) -> String {
        key.token("key fingerprint", "database")
    }

    /// Ties a new database to the transaction's secret key.
    ///
    /// # Errors
    /// `Conflict` when the database was made with another key.
    pub fn bind_key(tx: &mut Tx<'_>) -> Result<()> {
        let mine = Site::fingerprint_of(tx.key());
        if Site::key_fingerprint(tx.conn())?.is_none() {
            let row = (settings::name.eq(KEY_FINGERPRINT), settings::value.eq(&mine));
            let conn = tx.conn();
            each!(conn => diesel::insert_into(settings::table)
                .values(row)
                .on_conflict(settings::name)
                .do_nothing()
                .execute(conn))?;
        }
        // Read again: another process may have been first.
        match Site::key_fingerprint(tx.conn())? {
            Some(stored) if stored == mine => Ok(()),
            _ => Err(Error::Conflict),
        }
    }

    /// Ties the database to the transaction's secret key, whichever it was made with.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn accept_key(tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let row = (settings::name.eq(KEY_FINGERPRINT), settings::value.eq(Site::fingerprint_of(tx.key())));
        diesel::delete(settings::table.filter(settings::name.eq(KEY_FINGERPRINT))).execute(tx.conn())?;
        diesel::insert_into(settings::table).values(row).execute(tx.conn())?;
        Fact::SettingsChanged("secret key").record(tx, by)
    }
}

/// Waits for whoever is setting the site up at this moment. Each would delete one key and then all of them, and two
/// would wait for each other.
fn take_turn(tx: &mut Tx<'_>) -> Result<()> {
    if let Conn::Pg(conn) = tx.conn() {
        let keys = setup_keys::table.order(setup_keys::key_hash).select(setup_keys::key_hash).for_update();
        let _locked: Vec<String> = keys.load(conn)?;
    }
    Ok(())
}

/// What a new site has from the first moment on: a country with its clock and taxes, a currency, a parcel.
fn begin(tx: &mut Tx<'_>, settings: &mut Settings, site: Option<&NewSite>) -> Result<()> {
    let country = site.map(|site| site.country).or_else(|| Country::find(&settings.country));
    let country = country.ok_or(Error::broken("the country of a new site is unknown"))?;
    settings.country = country.code.to_owned();
    settings.time_zone = country.time_zone().to_owned();
    if let Some(site) = site {
        settings.currency = site.currency;
    }
    if TaxRate::all(tx.conn())?.is_empty() {
        tax_rate::begin_with(tx, country.code)?;
    }
    if ShippingMethod::all(tx.conn())?.is_empty() {
        shipping_method::begin_with(tx, country.code, settings.currency)?;
    }
    Ok(())
}
