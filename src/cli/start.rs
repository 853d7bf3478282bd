//! What every command needs first: logging, a migrated database, the app.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use url::Url;

use crate::adapters::mail::Mailer;
use crate::adapters::payments::Providers;
use crate::adapters::payments::stripe::Stripe;
use crate::adapters::payments::test::TestProvider;
use crate::adapters::pictures::PictureStore;
use crate::adapters::vies::VatRegister;
use crate::app::App;
use crate::config::Config;
use crate::db::{Conn, Database, Means, migrations, pooler};
use crate::jobs::reactions;
use crate::support::clock::Clock;
use crate::support::token::{Random, RequestIds};

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
    Conn::open(&config.database_url, false).map_err(|error| {
        let shown = hidden(&config.database_url);
        let line = error.to_string().lines().next().unwrap_or_default().to_owned();
        format!("the database {shown} cannot be opened: {line}. Check DATABASE_URL and that the server runs")
    })
}

/// Brings the database up to date.
pub fn migrate(config: &Config) -> Result<(), String> {
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
    use std::os::unix::fs::PermissionsExt;
    if let Some(path) = config.database_url.strip_prefix("sqlite://") {
        for ending in ["", "-wal", "-shm"] {
            let file = format!("{path}{ending}");
            if std::path::Path::new(&file).exists()
                && let Err(error) = std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))
            {
                tracing::warn!(file, %error, "others may be able to read the database");
            }
        }
    }
}

/// An address without its password.
pub fn hidden(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Fails only for addresses that cannot carry a password.
            let _kept = parsed.set_password(Some("…"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

/// The app, on a migrated database.
pub fn app(config: &Config, base_url: Url, test_payments: bool) -> Result<App, String> {
    let means =
        Means { clock: Clock::System, random: Random::System, key: config.key.clone(), react: reactions::react };
    let db = Database::open(&config.database_url, READERS, means)
        .map_err(|error| format!("the database {} cannot be opened: {error}", hidden(&config.database_url)))?;
    Ok(App {
        pictures: PictureStore::new(config.data.join("media"), own_program()?),
        mailer: Mailer::open(config.smtp_url.as_deref(), &base_url)?,
        payments: Providers {
            test: test_payments.then(|| TestProvider::new(db.clone())),
            stripe: config.stripe.clone().map(Stripe::new).transpose().map_err(|error| format!("Stripe: {error}"))?,
        },
        vat_register: VatRegister::vies().map_err(|error| format!("VIES: {error}"))?,
        base_url,
        trusted_proxies: config.trusted_proxies.clone(),
        setup_key: Mutex::new(None),
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
