//! Startup shared by the commands: file limits, migrations, secret key and the app.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use crate::adapters::erasure_file::ErasureFile;
use crate::adapters::identity_provider::{self, IdentityClient};
use crate::adapters::mail::Mailer;
use crate::adapters::payments::Providers;
use crate::adapters::payments::stripe::Stripe;
use crate::adapters::payments::test::TestProvider;
use crate::adapters::pictures::PictureStore;
use crate::adapters::vies::VatRegister;
use crate::app::App;
use crate::config::test_payments::TestPayments;
use crate::config::{self, Config, key_file};
use crate::db::{Conn, Database, WriteContext, migrations, transaction_pooler};
use crate::error::Error;
use crate::jobs::event_handler;
use crate::models::maintenance::key_rotation;
use crate::models::maintenance::site::{KeyBinding, Site};
use crate::models::platform::event::Actor;
use crate::support::clock::Clock;
use crate::support::token::{Random, RequestIds, SecretKey};

const READERS: u32 = 8;

/// Minimum number of open files, and the number needed for more than a few visitors at once.
const MIN_FILES: u64 = 64;
pub(super) const RECOMMENDED_FILES: u64 = 1024;

/// Raises the limit of open files to the hard limit; the soft limit is usually 1024.
pub fn raise_open_file_limit() -> Result<u64, String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let files = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum.unwrap_or(u64::MAX),
        Err(error) => {
            tracing::warn!(%error, "cannot raise the open-file limit");
            current.unwrap_or(u64::MAX)
        }
    };
    if files < MIN_FILES {
        return Err(format!(
            "only {files} files may be open (ulimit -n), and {MIN_FILES} are needed. Raise the limit; a service has \
             LimitNOFILE=65536"
        ));
    }
    if files < RECOMMENDED_FILES {
        tracing::warn!(files, "open-file limit (ulimit -n) is low; only a few visitors can be served at once");
    }
    Ok(files)
}

pub fn connect(config: &Config) -> Result<Conn, String> {
    Conn::open(&config.database_url, false).map_err(|error| cannot_open(config, &error))
}

pub fn open_read_only(config: &Config) -> Result<Conn, String> {
    if let Some(file) = config.database_file().filter(|file| !file.exists()) {
        return Err(format!(
            "there is no database {}. Start `tradepost` to make one, or set TRADEPOST_DATA to the folder that holds it",
            file.display()
        ));
    }
    Conn::open_read_only(&config.database_url).map_err(|error| cannot_open(config, &error))
}

fn cannot_open(config: &Config, error: &diesel::ConnectionError) -> String {
    let shown = redact_password(&config.database_url);
    let line = error.to_string().lines().next().unwrap_or_default().to_owned();
    format!("the database {shown} cannot be opened: {line}. Check DATABASE_URL and that the server runs")
}

pub fn migrate(config: &Config) -> Result<(), String> {
    config.create_data_folder()?;
    let mut conn = connect(config)?;
    if transaction_pooler::is_transaction_pooler(&config.database_url) {
        let shown = redact_password(&config.database_url);
        return Err(format!(
            "{shown} is a pooler that gives each transaction another connection (PgBouncer: pool_mode = transaction), and \
             statements would be mixed up. Use session mode, or PostgreSQL's own address"
        ));
    }
    make_files_private(config);
    migrations::run(&mut conn).map_err(|error| {
        let shown = redact_password(&config.database_url);
        format!("the database {shown} cannot be brought up to date: {}", error.to_string().replace('\n', " "))
    })
}

fn make_files_private(config: &Config) {
    if let Some(path) = config.database_file() {
        for ending in ["", "-wal", "-shm"] {
            let mut file = path.clone().into_os_string();
            file.push(ending);
            make_file_private(std::path::Path::new(&file));
        }
    }
}

fn make_file_private(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    if config::is_open_to_others(file)
        && let Err(error) = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
    {
        tracing::warn!(file = %file.display(), %error, "cannot make a file private");
    }
}

pub fn redact_password(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            // Fails only for URLs that cannot have a password.
            let _result = parsed.set_password(Some("***"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

struct Key {
    key: SecretKey,
    is_new: bool,
}

/// The key file is created for a new database only.
fn load_key(config: &Config) -> Result<Key, String> {
    if let Some(key) = &config.secret_key {
        return Ok(Key { key: key.clone(), is_new: false });
    }
    let path = config.key_file();
    if let Some(key) = key_file::read(&path)? {
        if config::is_open_to_others(&path) {
            tracing::warn!(file = %path.display(), "other users could read the secret key; its file is private now");
            make_file_private(&path);
        }
        return Ok(Key { key, is_new: false });
    }
    let binding = Site::key_binding(&mut connect(config)?).map_err(|error| error.to_string())?;
    if binding.is_some() {
        return Err(key_is_missing(config));
    }
    Ok(Key { key: key_file::create(&path)?, is_new: true })
}

/// The configured key, or the one in the key file.
pub fn read_key(config: &Config) -> Result<Option<SecretKey>, String> {
    match &config.secret_key {
        Some(key) => Ok(Some(key.clone())),
        None => key_file::read(&config.key_file()),
    }
}

/// Checks that the key is the one that the database is bound to; the text describes the result.
pub fn check_key(config: &Config, binding: Option<&KeyBinding>) -> Result<String, String> {
    match (read_key(config)?, binding) {
        (Some(key), Some(binding)) if binding.is_satisfied_by(&key) => Ok("belongs to this database".to_owned()),
        (Some(_), Some(_)) => Err(key_is_another(config)),
        (None, Some(_)) => Err(key_is_missing(config)),
        (_, None) => Ok("the first start ties it to the database".to_owned()),
    }
}

fn key_is_missing(config: &Config) -> String {
    let path = config.key_file();
    format!("the secret key {} is missing, and this database was made with one. {KEY_ADVICE}", path.display())
}

fn key_is_another(config: &Config) -> String {
    let configured_key = match config.secret_key {
        Some(_) => "the one in TRADEPOST_SECRET_KEY".to_owned(),
        None => config.key_file().display().to_string(),
    };
    format!("this database was made with another secret key than {configured_key}. {KEY_ADVICE}")
}

const KEY_ADVICE: &str = "Copy secret.key from your backup, or from the machine that made the database; all processes on \
                        one database share one key. To switch to another key for good, run `tradepost keys accept`";

pub async fn build_app(config: &Config, base_url: Url, test_payments: TestPayments) -> Result<App, String> {
    let Key { key, is_new } = load_key(config)?;
    let app = open(config, base_url, test_payments, key)?;
    match app.db.write(Site::bind_key).await {
        Ok(()) => Ok(app),
        Err(Error::Conflict) => {
            // Another process has bound the database first, so remove the key that was created for it.
            if is_new && let Err(error) = std::fs::remove_file(config.key_file()) {
                tracing::warn!(%error, "cannot delete the unused key file");
            }
            Err(key_is_another(config))
        }
        Err(error) => Err(format!("the database is not responding: {error}")),
    }
}

/// Like [`build_app`], but rebinds the database to this key.
pub async fn build_app_accepting_key(config: &Config) -> Result<App, String> {
    let key = match read_key(config)? {
        Some(key) => key,
        None => key_file::create(&config.key_file())?,
    };
    let app = open(config, base_url(config, config.bind)?, TestPayments::Off, key)?;
    let accepted = app.db.write(|tx| Site::rebind_key(tx, &Actor::CommandLine)).await;
    accepted.map_err(|error| format!("the database is not responding: {error}"))?;
    Ok(app)
}

/// Builds the app with the key of the running rotation, and makes it the encryption key. Without a running rotation,
/// starts one with a new key in the key file.
pub async fn build_app_rotating_key(config: &Config) -> Result<App, String> {
    let Key { key, .. } = load_key(config)?;
    let binding = Site::key_binding(&mut connect(config)?).map_err(|error| error.to_string())?;
    check_key(config, binding.as_ref())?;
    let key = match (key.is_rotating(), &config.secret_key) {
        (true, _) => key,
        (false, Some(_)) => return Err(ROTATE_CONFIGURED_KEY.to_owned()),
        (false, None) => {
            let bytes = Random::System
                .bytes()
                .map_err(|error| format!("cannot get random bytes from the operating system: {error}"))?;
            let rotating = key.with_new_current(bytes);
            key_file::replace(&config.key_file(), &rotating)?;
            rotating
        }
    };
    let app = open(config, base_url(config, config.bind)?, TestPayments::Off, key)?;
    match app.db.write(|tx| key_rotation::begin(tx, &Actor::CommandLine)).await {
        Ok(()) => Ok(app),
        Err(Error::Conflict) => Err(key_is_another(config)),
        Err(error) => Err(format!("the database is not responding: {error}")),
    }
}

/// How to rotate a key that this program cannot write.
const ROTATE_CONFIGURED_KEY: &str = "TRADEPOST_SECRET_KEY is set from outside. Put a new key (`openssl rand -hex 32`) before \
                                     the one there: `NEW previous:OLD tokens:OLD`, or with the `tokens:` it has already. \
                                     Restart all processes with it, and run this again";

fn open(config: &Config, base_url: Url, test_payments: TestPayments, key: SecretKey) -> Result<App, String> {
    let context = WriteContext {
        clock: Clock::System,
        random: Random::System,
        secret_key: key,
        event_handler: event_handler::handle_event,
    };
    let db = Database::open(&config.database_url, READERS, context)
        .map_err(|error| format!("the database {} cannot be opened: {error}", redact_password(&config.database_url)))?;
    Ok(App {
        erasure_file: ErasureFile::new(config.erasure_file()),
        pictures: PictureStore::new(config.data_dir.join("media"), own_program()?),
        mailer: Mailer::from_url(config.smtp_url.as_deref(), &base_url)?,
        payments: Providers {
            test: test_payments.is_enabled().then(|| TestProvider::new(db.clone())),
            stripe: config.stripe.clone().map(Stripe::new).transpose().map_err(|error| format!("Stripe: {error}"))?,
        },
        identity_client: IdentityClient::new(&base_url, identity_provider::TIMEOUT)
            .map_err(|error| format!("identity providers: {error}"))?,
        vat_register: VatRegister::vies().map_err(|error| format!("VIES: {error}"))?,
        base_url,
        trusted_proxies: config.trusted_proxies.clone(),
        test_payments,
        is_local: false,
        is_stopping: false.into(),
        hash_limiter: App::new_hash_limiter(),
        rate_limits: Arc::default(),
        render_limiter: Default::default(),
        request_ids: RequestIds::new(&Random::System)
            .map_err(|error| format!("cannot get random bytes from the operating system: {error}"))?,
        db,
    })
}

/// The path of this executable, even after its file was replaced by an update.
fn own_program() -> Result<PathBuf, String> {
    const RUNNING: &str = "/proc/self/exe";
    match Path::new(RUNNING).exists() {
        true => Ok(PathBuf::from(RUNNING)),
        false => std::env::current_exe().map_err(|error| format!("the program cannot determine its own path: {error}")),
    }
}

/// The configured origin, or the listening address.
pub fn base_url(config: &Config, listens: std::net::SocketAddr) -> Result<Url, String> {
    match &config.base_url {
        Some(url) => Ok(url.clone()),
        None => Url::parse(&format!("http://{listens}")).map_err(|error| error.to_string()),
    }
}
