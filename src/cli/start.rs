//! What every command needs first: logging, a migrated database, the app.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use crate::adapters::mail::Mailer;
use crate::adapters::payments::Providers;
use crate::adapters::payments::stripe::Stripe;
use crate::adapters::payments::test::TestProvider;
use crate::adapters::pictures::PictureStore;
use crate::adapters::vies::VatRegister;
use crate::app::App;
use crate::config::test_payments::TestPayments;
use crate::config::{self, Config, key_file};
use crate::db::{Conn, Database, Means, migrations, pooler};
use crate::error::Error;
use crate::jobs::reactions;
use crate::models::fact::Actor;
use crate::models::site::Site;
use crate::support::clock::Clock;
use crate::support::token::{Random, RequestIds, SecretKey};

/// Connections for reading.
const READERS: u32 = 8;

/// Open files that a site needs at least, and those with which it takes more than a few visitors at once.
const LEAST_FILES: u64 = 64;
const ENOUGH_FILES: u64 = 1024;

/// How many files may be open: as many as the system lets us have. Shells and services usually begin with 1024.
///
/// # Errors
/// One line when that is too few.
pub fn open_files() -> Result<u64, String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let files = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum.unwrap_or(u64::MAX),
        Err(error) => {
            tracing::warn!(%error, "no more files than usual may be open");
            current.unwrap_or(u64::MAX)
        }
    };
    if files < LEAST_FILES {
        return Err(format!(
            "only {files} files may be open (ulimit -n), and {LEAST_FILES} are needed. Raise the limit; a service has \
             LimitNOFILE=65536"
        ));
    }
    if files < ENOUGH_FILES {
        tracing::warn!(files, "so few files may be open (ulimit -n) that only a few visitors are served at once");
    }
    Ok(files)
}

/// Opens a connection for migrations and checks, with the reason in one line if it cannot be had.
pub fn connect(config: &Config) -> Result<Conn, String> {
    Conn::open(&config.database_url, false).map_err(|error| cannot_open(config, &error))
}

/// Opens a database that is there, to look at it: nothing is made, and nothing in it changes.
pub fn inspect(config: &Config) -> Result<Conn, String> {
    if let Some(file) = config.database_file().filter(|file| !file.exists()) {
        return Err(format!(
            "there is no database {}. Start `tradepost` to make one, or set TRADEPOST_DATA to the folder that holds it",
            file.display()
        ));
    }
    Conn::inspect(&config.database_url).map_err(|error| cannot_open(config, &error))
}

fn cannot_open(config: &Config, error: &diesel::ConnectionError) -> String {
    let shown = hidden(&config.database_url);
    let line = error.to_string().lines().next().unwrap_or_default().to_owned();
    format!("the database {shown} cannot be opened: {line}. Check DATABASE_URL and that the server runs")
}

/// Makes the folders and brings the database up to date.
pub fn migrate(config: &Config) -> Result<(), String> {
    config.prepare()?;
    let mut conn = connect(config)?;
    if pooler::is_transaction_pooler(&config.database_url) {
        let shown = hidden(&config.database_url);
        return Err(format!(
            "{shown} is a pooler that gives each transaction another connection (PgBouncer: pool_mode = transaction), and \
             statements would be mixed up. Use session mode, or PostgreSQL's own address"
        ));
    }
    private_files(config);
    migrations::run(&mut conn).map_err(|error| {
        let shown = hidden(&config.database_url);
        format!("the database {shown} cannot be brought up to date: {}", error.to_string().replace('\n', " "))
    })
}

/// The database is nobody else's to read.
fn private_files(config: &Config) {
    if let Some(path) = config.database_file() {
        for ending in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(ending);
            private_file(std::path::Path::new(&file));
        }
    }
}

/// Lets only its owner read a file, if it is there.
fn private_file(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    if config::is_open_to_others(file)
        && let Err(error) = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
    {
        tracing::warn!(file = %file.display(), %error, "others may be able to read this");
    }
}

/// An address without its password.
pub fn hidden(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Fails only for addresses that cannot carry a password.
            let _kept = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

/// The site's secret key.
struct Key {
    key: SecretKey,
    /// It was made just now.
    is_new: bool,
}

/// The key as it was set, or from its file, which is made for a new database only.
fn key(config: &Config) -> Result<Key, String> {
    if let Some(key) = &config.secret_key {
        return Ok(Key { key: key.clone(), is_new: false });
    }
    let path = config.key_file();
    if let Some(key) = key_file::read(&path)? {
        if config::is_open_to_others(&path) {
            tracing::warn!(file = %path.display(), "others could read the secret key; now they cannot");
            private_file(&path);
        }
        return Ok(Key { key, is_new: false });
    }
    let known = Site::key_fingerprint(&mut connect(config)?).map_err(|error| error.to_string())?;
    if known.is_some() {
        return Err(key_is_missing(config));
    }
    Ok(Key { key: key_file::make(&path)?, is_new: true })
}

/// Whether the key that is there is the one a database was made with, by its fingerprint; what there is to say of it.
pub fn check_key(config: &Config, fingerprint: Option<&str>) -> Result<String, String> {
    let key = match &config.secret_key {
        Some(key) => Some(key.clone()),
        None => key_file::read(&config.key_file())?,
    };
    match (key, fingerprint) {
        (Some(key), Some(known)) if Site::fingerprint_of(&key) == known => Ok("belongs to this database".to_owned()),
        (Some(_), Some(_)) => Err(key_is_another(config)),
        (None, Some(_)) => Err(key_is_missing(config)),
        (_, None) => Ok("the first start ties it to the database".to_owned()),
    }
}

/// What to say when the database was made with a key and there is none.
fn key_is_missing(config: &Config) -> String {
    let path = config.key_file();
    format!("the secret key {} is missing, and this database was made with one. {KEY_MEND}", path.display())
}

/// What to say when the database was made with another key.
fn key_is_another(config: &Config) -> String {
    let ours = match config.secret_key {
        Some(_) => "the one in TRADEPOST_SECRET_KEY".to_owned(),
        None => config.key_file().display().to_string(),
    };
    format!("this database was made with another secret key than {ours}. {KEY_MEND}")
}

/// How a lost or a foreign key is mended.
const KEY_MEND: &str = "Copy secret.key from your backup, or from the machine that made the database; all processes on \
                        one database share one key. To go on with another key for good, run `tradepost keys accept`";

/// The app, on a migrated database that was made with this key.
pub async fn app(config: &Config, base_url: Url, test_payments: TestPayments) -> Result<App, String> {
    let Key { key, is_new } = key(config)?;
    let app = open(config, base_url, test_payments, key)?;
    match app.db.write(Site::bind_key).await {
        Ok(()) => Ok(app),
        Err(Error::Conflict) => {
            // Another process bound the database first: a key that belongs to nothing must not stay here.
            if is_new && let Err(error) = std::fs::remove_file(config.key_file()) {
                tracing::warn!(%error, "the key that was made for nothing stays");
            }
            Err(key_is_another(config))
        }
        Err(error) => Err(format!("the database does not answer: {error}")),
    }
}

/// As [`app`], on a database that belongs to this key from now on.
pub async fn app_with_another_key(config: &Config) -> Result<App, String> {
    let key = match config.secret_key.clone() {
        Some(key) => key,
        None => match key_file::read(&config.key_file())? {
            Some(key) => key,
            None => key_file::make(&config.key_file())?,
        },
    };
    let app = open(config, base_url(config, config.bind)?, TestPayments::Off, key)?;
    let accepted = app.db.write(|tx| Site::accept_key(tx, &Actor::CommandLine)).await;
    accepted.map_err(|error| format!("the database does not answer: {error}"))?;
    Ok(app)
}

fn open(config: &Config, base_url: Url, test_payments: TestPayments, key: SecretKey) -> Result<App, String> {
    let means = Means { clock: Clock::System, random: Random::System, key, react: reactions::react };
    let db = Database::open(&config.database_url, READERS, means)
        .map_err(|error| format!("the database {} cannot be opened: {error}", hidden(&config.database_url)))?;
    Ok(App {
        pictures: PictureStore::new(config.data.join("media"), own_program()?),
        mailer: Mailer::open(config.smtp_url.as_deref(), &base_url)?,
        payments: Providers {
            test: test_payments.are_on().then(|| TestProvider::new(db.clone())),
            stripe: config.stripe.clone().map(Stripe::new).transpose().map_err(|error| format!("Stripe: {error}"))?,
        },
        vat_register: VatRegister::vies().map_err(|error| format!("VIES: {error}"))?,
        base_url,
        trusted_proxies: config.trusted_proxies.clone(),
        test_payments,
        is_local: false,
        stopping: false.into(),
        hashing: App::hashing(),
        limits: Arc::default(),
        rendering: Default::default(),
        request_ids: RequestIds::drawn(&Random::System).map_err(|error| format!("no randomness: {error}"))?,
        db,
    })
}

/// This program, also after its file was replaced by a newer one.
fn own_program() -> Result<PathBuf, String> {
    const RUNNING: &str = "/proc/self/exe";
    match Path::new(RUNNING).exists() {
        true => Ok(PathBuf::from(RUNNING)),
        false => std::env::current_exe().map_err(|error| format!("the program cannot find itself: {error}")),
    }
}

/// The public origin: as set, or where the server listens.
pub fn base_url(config: &Config, listens: std::net::SocketAddr) -> Result<Url, String> {
    match &config.base_url {
        Some(url) => Ok(url.clone()),
        None => Url::parse(&format!("http://{listens}")).map_err(|error| error.to_string()),
    }
}
