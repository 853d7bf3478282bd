//! Configuration of the process: flags override the environment, which overrides `tradepost.toml`, which overrides
//! defaults. Everything is validated once, at the start; loading changes nothing on disk. No other module reads the
//! environment, except [`crate::support::faults`].

pub mod key_file;
pub mod test_payments;

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use url::{Host, Url};

use crate::db::{is_postgres, sqlite_file};
use crate::support::token::SecretKey;

/// Settings as given; every field is optional. clap reads flags and environment, serde reads the file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawConfig {
    /// Address and port to listen on; port 0 takes any free one
    #[arg(long = "bind", env = "TRADEPOST_BIND", global = true)]
    pub bind: Option<String>,
    /// Folder of the database, the pictures and the key
    #[arg(long = "data", env = "TRADEPOST_DATA", global = true)]
    pub data: Option<PathBuf>,
    /// sqlite://PATH or postgres://USER@HOST/NAME
    #[arg(long = "database-url", env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// The public origin: <https://shop.example>
    #[arg(long = "base-url", env = "TRADEPOST_BASE_URL", global = true)]
    pub base_url: Option<String>,
    /// The site's secret, 64 hex digits; created at the first start
    #[arg(long = "secret-key", env = "TRADEPOST_SECRET_KEY", global = true, hide = true)]
    pub secret_key: Option<String>,
    /// smtp://USER:PASSWORD@HOST:PORT or smtps://…; without it mail is kept in Admin → Outbox
    #[arg(long = "smtp-url", env = "SMTP_URL", global = true, hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Networks whose X-Forwarded-For is trusted: 10.0.0.0/8,127.0.0.1
    #[arg(long = "trusted-proxies", env = "TRADEPOST_TRUSTED_PROXIES", global = true)]
    pub trusted_proxies: Option<String>,
    /// What is logged: error, warn, info, debug, or a tracing filter
    #[arg(long = "log", env = "TRADEPOST_LOG", global = true)]
    pub log: Option<String>,
    /// text or json
    #[arg(long = "log-format", env = "TRADEPOST_LOG_FORMAT", global = true)]
    pub log_format: Option<String>,
    /// Memory for rendered public pages in MiB; 0 renders every page anew
    #[arg(long = "page-cache", env = "TRADEPOST_PAGE_CACHE", global = true)]
    pub page_cache: Option<String>,
    /// The built-in test card page: on or off; on in the sample shop
    #[arg(long = "test-payments", env = "TRADEPOST_TEST_PAYMENTS", global = true)]
    pub test_payments: Option<String>,
    /// Stripe's secret key, sk_…; turns card payments on
    #[arg(long = "stripe-secret-key", env = "STRIPE_SECRET_KEY", global = true, hide = true)]
    pub stripe_secret_key: Option<String>,
    /// The signing secret of Stripe's webhook endpoint, whsec_…
    #[arg(long = "stripe-webhook-secret", env = "STRIPE_WEBHOOK_SECRET", global = true, hide = true)]
    pub stripe_webhook_secret: Option<String>,
    /// Another address of Stripe's API, for tests
    #[arg(long = "stripe-api-base", env = "STRIPE_API_BASE", global = true)]
    pub stripe_api_base: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Config {
    pub bind: SocketAddr,
    /// The address was set explicitly, so no other port may be tried.
    pub is_bind_explicit: bool,
    pub data_dir: PathBuf,
    pub database_url: String,
    /// Public origin; `None` derives it from `bind`.
    pub base_url: Option<Url>,
    /// Key of the site; `None` keeps it in [`Config::key_file`].
    pub secret_key: Option<SecretKey>,
    pub smtp_url: Option<String>,
    pub trusted_proxies: Vec<IpNet>,
    pub log: String,
    pub log_json: bool,
    /// Bytes of rendered public pages that are kept; 0 for none.
    pub page_cache_bytes: u64,
    /// Explicit setting of the test card page; `None` leaves it to [`test_payments::TestPayments::from_settings`].
    pub test_payments: Option<bool>,
    pub stripe: Option<StripeConfig>,
}

#[derive(Clone, Debug)]
pub struct StripeConfig {
    pub secret_key: String,
    pub webhook_secret: String,
    /// Base URL without a trailing slash.
    pub api_base: Url,
}

/// Such as `10.0.0.0/8`, or a single address.
fn parse_network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// MiB of rendered pages: the pages of some thousand products.
const DEFAULT_PAGE_CACHE_MIB: u64 = 16;
const MAX_PAGE_CACHE_MIB: u64 = 4096;

type ConfigResult<T> = Result<T, String>;

/// Environment variable, flag, and whether the whole value is secret.
const SECRETS: [(&str, &str, bool); 5] = [
    ("DATABASE_URL", "--database-url", false),
    ("TRADEPOST_SECRET_KEY", "--secret-key", true),
    ("SMTP_URL", "--smtp-url", false),
    ("STRIPE_SECRET_KEY", "--stripe-secret-key", true),
    ("STRIPE_WEBHOOK_SECRET", "--stripe-webhook-secret", true),
];

/// Planned settings that are refused: environment variable, key of the file, and what the program does instead.
const NOT_THERE_YET: [(&str, &str, &str); 3] = [
    ("REDIS_URL", "redis_url", "sessions and limits are kept in the database"),
    ("TRADEPOST_MEDIA_URL", "media_url", "pictures are kept in the media folder of the data folder"),
    ("TRADEPOST_METRICS_BIND", "metrics_bind", "no metrics are served"),
];

/// Looked up in the working directory.
const SETTINGS_FILE: &str = "tradepost.toml";

impl RawConfig {
    fn secrets(&mut self) -> [(&mut Option<String>, &'static str); 5] {
        let [(database_url, ..), (secret_key, ..), (smtp_url, ..), (stripe_key, ..), (webhook, ..)] = SECRETS;
        [
            (&mut self.database_url, database_url),
            (&mut self.secret_key, secret_key),
            (&mut self.smtp_url, smtp_url),
            (&mut self.stripe_secret_key, stripe_key),
            (&mut self.stripe_webhook_secret, webhook),
        ]
    }

    /// Treats empty settings as unset: Compose files and systemd units often pass empty ones.
    fn without_empty(mut self) -> RawConfig {
        let texts = [
            &mut self.bind,
            &mut self.database_url,
            &mut self.base_url,
            &mut self.secret_key,
            &mut self.smtp_url,
            &mut self.trusted_proxies,
            &mut self.log,
            &mut self.log_format,
            &mut self.page_cache,
            &mut self.test_payments,
            &mut self.stripe_secret_key,
            &mut self.stripe_webhook_secret,
            &mut self.stripe_api_base,
        ];
        for text in texts {
            *text = text.take().filter(|text| !text.trim().is_empty());
        }
        self
    }

    /// Fills gaps from `NAME_FILE` variables, then from `tradepost.toml`.
    fn complete(self) -> ConfigResult<RawConfig> {
        let mut outside = self.without_empty();
        for (value, name) in outside.secrets() {
            let file = format!("{name}_FILE");
            let Some(path) = std::env::var_os(&file).filter(|path| !path.is_empty()).map(PathBuf::from) else {
                continue;
            };
            if std::env::var_os(name).is_some_and(|set| !set.is_empty()) {
                return Err(format!("{name} and {file} are both set. Remove one of them"));
            }
            if value.is_none() {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| format!("{file}: cannot read {}: {error}", path.display()))?;
                if text.trim().is_empty() {
                    return Err(format!("{file}: {} is empty", path.display()));
                }
                *value = Some(text.trim().to_owned());
            }
        }
        outside.complete_from_file()
    }

    fn complete_from_file(self) -> ConfigResult<RawConfig> {
        let path = Path::new(SETTINGS_FILE);
        if !path.exists() {
            return Ok(self);
        }
        let text = std::fs::read_to_string(path).map_err(|error| format!("{SETTINGS_FILE}: {error}"))?;
        let mut file = read_file(&text).map_err(|fault| format!("{SETTINGS_FILE}: {fault}"))?.without_empty();
        if is_open_to_others(path)
            && let Some((_, name)) = file.secrets().into_iter().find(|(value, name)| is_secret(name, value.as_deref()))
        {
            return Err(format!(
                "{SETTINGS_FILE} holds {name} and others may read it. Run `chmod 600 {SETTINGS_FILE}`"
            ));
        }
        Ok(RawConfig {
            bind: self.bind.or(file.bind),
            data: self.data.or(file.data),
            database_url: self.database_url.or(file.database_url),
            base_url: self.base_url.or(file.base_url),
            secret_key: self.secret_key.or(file.secret_key),
            smtp_url: self.smtp_url.or(file.smtp_url),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            page_cache: self.page_cache.or(file.page_cache),
            test_payments: self.test_payments.or(file.test_payments),
            stripe_secret_key: self.stripe_secret_key.or(file.stripe_secret_key),
            stripe_webhook_secret: self.stripe_webhook_secret.or(file.stripe_webhook_secret),
            stripe_api_base: self.stripe_api_base.or(file.stripe_api_base),
        })
    }
}

fn is_secret(name: &str, value: Option<&str>) -> bool {
    let whole = SECRETS.iter().any(|(known, _, whole)| *known == name && *whole);
    value.is_some_and(|value| whole || Url::parse(value).is_ok_and(|url| url.password().is_some()))
}

/// Whether group or others may read or write a file or folder.
pub fn is_open_to_others(path: &Path) -> bool {
    file_mode(path).is_some_and(|mode| mode & 0o077 != 0)
}

/// Permission bits of a file or folder; `None` if it does not exist.
pub fn file_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}

/// Warnings about secrets on the command line, which every user of the machine can see in the process list.
pub fn find_command_line_secrets(arguments: impl Iterator<Item = String>) -> Vec<String> {
    let arguments: Vec<String> = arguments.collect();
    let value = |flag: &str| {
        let at = arguments.iter().position(|argument| argument.split('=').next() == Some(flag))?;
        let argument = arguments.get(at)?;
        argument.split_once('=').map(|(_, value)| value).or_else(|| arguments.get(at + 1).map(String::as_str))
    };
    let seen = SECRETS.iter().filter(|(name, flag, _)| is_secret(name, value(flag)));
    let warning = |(name, flag, _): &(&str, &str, bool)| {
        format!("every user of this machine can see {flag} in the list of processes. Set {name}_FILE to a file instead")
    };
    seen.map(warning).collect()
}

/// Environment variables that look like settings but are unknown, each with the most similar setting.
pub fn find_unknown_variables() -> Vec<(String, Option<String>)> {
    let known = RawConfig::augment_args(clap::Command::new("tradepost"));
    let known = known.get_arguments().filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned));
    let files = SECRETS.iter().map(|(name, ..)| format!("{name}_FILE"));
    let known: Vec<String> = known.chain(files).collect();
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut unknown: Vec<String> = names
        .filter(|name| name.starts_with("TRADEPOST_") || name.starts_with("STRIPE_"))
        .filter(|name| !known.contains(name))
        .collect();
    unknown.sort();
    let nearest = |name: &String| {
        let nearness = |known: &String| strsim::jaro_winkler(known, name);
        let nearest = known.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b)))?;
        (nearness(nearest) > 0.95).then(|| nearest.clone())
    };
    unknown.into_iter().map(|name| (nearest(&name), name)).map(|(nearest, name)| (name, nearest)).collect()
}

fn refuse_ignored(data: &Path) -> ConfigResult<()> {
    for (name, _, instead) in NOT_THERE_YET {
        let Some(value) = std::env::var(name).ok().filter(|value| !value.is_empty()) else { continue };
        let is_default = name == "TRADEPOST_MEDIA_URL"
            && value.strip_prefix("file://").is_some_and(|path| Path::new(path) == data.join("media"));
        if !is_default {
            return Err(format!("{name} is not supported yet: {instead}. Remove the setting"));
        }
    }
    Ok(())
}

/// Whether an origin is on the loopback interface: `localhost`, 127.0.0.0/8 or `[::1]`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Reads `tradepost.toml`. An unknown key is an error that suggests the most similar one.
fn read_file(text: &str) -> ConfigResult<RawConfig> {
    let table: toml::Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let known = RawConfig::augment_args(clap::Command::new("tradepost"));
    let known: Vec<&str> = known.get_arguments().map(|argument| argument.get_id().as_str()).collect();
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        if let Some((_, _, instead)) = NOT_THERE_YET.iter().find(|(_, name, _)| name == key) {
            return Err(format!("`{key}` is not supported yet: {instead}. Remove the setting"));
        }
        let nearness = |name: &str| strsim::jaro_winkler(name, key);
        let nearest = known.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b))).unwrap_or(&"bind");
        return Err(format!("unknown setting `{key}`; did you mean `{nearest}`?"));
    }
    table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}

impl Config {
    /// Loads and validates the configuration. The error is one line that says how to fix it.
    pub fn load(outside: RawConfig) -> ConfigResult<Config> {
        let outside = outside.complete()?;
        let bind_was_asked = outside.bind.is_some();
        let bind = outside.bind.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let bind = if bind.starts_with(':') { format!("127.0.0.1{bind}") } else { bind };
        let bind: SocketAddr =
            bind.parse().map_err(|_| format!("TRADEPOST_BIND={bind} is not an address such as 127.0.0.1:8080"))?;
        let data = outside.data.unwrap_or_else(|| PathBuf::from("data"));
        refuse_ignored(&data)?;
        let database_url =
            outside.database_url.unwrap_or_else(|| format!("sqlite://{}", data.join("tradepost.db").display()));
        check_database_url(&database_url)?;
        let base_url = outside.base_url.as_deref().map(origin).transpose()?;
        let secret_key = match outside.secret_key {
            Some(text) => Some(SecretKey::parse(&text).ok_or("TRADEPOST_SECRET_KEY must be 64 hex digits")?),
            None => None,
        };
        let mut trusted_proxies = Vec::new();
        for text in
            outside.trusted_proxies.iter().flat_map(|list| list.split(',')).filter(|text| !text.trim().is_empty())
        {
            let network = parse_network(text.trim());
            trusted_proxies.push(network.ok_or_else(|| format!("TRADEPOST_TRUSTED_PROXIES: {text} is not a network"))?);
        }
        let test_payments = match outside.test_payments.as_deref() {
            None => None,
            Some("on" | "1" | "true" | "yes") => Some(true),
            Some("off" | "0" | "false" | "no") => Some(false),
            Some(other) => return Err(format!("TRADEPOST_TEST_PAYMENTS={other} must be on or off")),
        };
        let page_cache_mib = match outside.page_cache.as_deref() {
            None => DEFAULT_PAGE_CACHE_MIB,
            Some(text) => text
                .parse::<u64>()
                .ok()
                .filter(|mib| *mib <= MAX_PAGE_CACHE_MIB)
                .ok_or_else(|| format!("TRADEPOST_PAGE_CACHE={text} must be 0 to {MAX_PAGE_CACHE_MIB} (MiB)"))?,
        };
        let log_json = match outside.log_format.as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => return Err(format!("TRADEPOST_LOG_FORMAT={other} must be text or json")),
        };
        Ok(Config {
            bind,
            is_bind_explicit: bind_was_asked,
            data_dir: data,
            database_url,
            base_url,
            secret_key,
            smtp_url: outside.smtp_url,
            trusted_proxies,
            log: log_filter(outside.log)?,
            log_json,
            page_cache_bytes: page_cache_mib * 1024 * 1024,
            test_payments,
            stripe: stripe(outside.stripe_secret_key, outside.stripe_webhook_secret, outside.stripe_api_base)?,
        })
    }

    pub fn create_data_folder(&self) -> ConfigResult<()> {
        let data = &self.data_dir;
        prepare(data).map_err(|error| format!("cannot use the data folder {}: {error}", data.display()))
    }

    pub fn key_file(&self) -> PathBuf {
        self.data_dir.join("secret.key")
    }

    /// The file of customer erasures, which are repeated after a restore.
    pub fn erasure_file(&self) -> PathBuf {
        self.data_dir.join("erasures.jsonl")
    }

    pub fn database_file(&self) -> Option<PathBuf> {
        sqlite_file(&self.database_url)
    }

    pub fn demo_marker(&self) -> PathBuf {
        self.data_dir.join("sample")
    }
}

fn origin(text: &str) -> ConfigResult<Url> {
    let parsed = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url =
        parsed.ok_or_else(|| format!("TRADEPOST_BASE_URL={text} is not an origin such as https://shop.example"))?;
    let is_origin = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !is_origin {
        let origin = url.origin().ascii_serialization();
        return Err(format!(
            "TRADEPOST_BASE_URL must be an origin, without a path or anything else behind it: {origin}. The site \
             answers at the root of its name"
        ));
    }
    Ok(url)
}

/// Validates a log filter. A directive that is neither a level nor a target of ours would silence everything.
fn log_filter(text: Option<String>) -> ConfigResult<String> {
    let Some(text) = text else { return Ok("info".to_owned()) };
    let is_good = |directive: &str| {
        let (target, level) = directive.split_once('=').unwrap_or((directive, directive));
        let names_us = !directive.contains('=') && target.starts_with("tradepost");
        names_us || level.parse::<LevelFilter>().is_ok()
    };
    let good = text.parse::<Targets>().is_ok() && text.split(',').map(str::trim).all(is_good);
    if good { Ok(text) } else { Err(format!("TRADEPOST_LOG={text} must be error, warn, info, debug or a filter")) }
}

/// The listening socket passed by systemd or by the previous process (sd_listen_fds(3)). The error is one line.
pub fn inherited_socket() -> ConfigResult<Option<TcpListener>> {
    // `LISTEN_PID` names the process that the sockets are for; its children inherit the variables.
    let meant = std::env::var("LISTEN_PID").is_ok_and(|pid| pid == std::process::id().to_string());
    if !meant {
        return Ok(None);
    }
    let mut sockets = listenfd::ListenFd::from_env();
    if sockets.len() > 1 {
        return Err(format!("LISTEN_FDS={}: one socket can be listened on. Set one ListenStream=", sockets.len()));
    }
    let socket = sockets.take_tcp_listener(0);
    socket.map_err(|error| format!("LISTEN_FDS: {error}. Set ListenStream= to an address and a port"))
}

fn stripe(key: Option<String>, webhook: Option<String>, base: Option<String>) -> ConfigResult<Option<StripeConfig>> {
    let Some(secret_key) = key else {
        return match webhook {
            None => Ok(None),
            Some(_) => Err("STRIPE_SECRET_KEY is missing: STRIPE_WEBHOOK_SECRET alone takes no cards".to_owned()),
        };
    };
    let Some(webhook_secret) = webhook else {
        return Err("STRIPE_WEBHOOK_SECRET is missing: Stripe shows it where you add the webhook endpoint".to_owned());
    };
    let base = base.unwrap_or_else(|| "https://api.stripe.com".to_owned());
    let api_base = Url::parse(&base).map_err(|_| format!("STRIPE_API_BASE={base} is not an address"))?;
    Ok(Some(StripeConfig { secret_key, webhook_secret, api_base }))
}

fn check_database_url(url: &str) -> ConfigResult<()> {
    if url.starts_with("sqlite://") {
        return Ok(());
    }
    if !is_postgres(url) {
        return Err("DATABASE_URL must begin with sqlite:// or postgres://".to_owned());
    }
    let parsed = Url::parse(url).map_err(|error| format!("DATABASE_URL cannot be read: {error}"))?;
    let plain = parsed.query_pairs().any(|(name, value)| name == "sslmode" && value == "disable");
    if let Some((host, _)) = remote_host(url)
        && cfg!(not(feature = "postgres-tls"))
        && !plain
    {
        return Err(format!(
            "DATABASE_URL: {host} is a remote machine and this build has no TLS. Build with --features postgres-tls, or \
             add ?sslmode=disable if the network is private"
        ));
    }
    Ok(())
}

/// The host of a PostgreSQL URL and whether its certificate is verified; `None` if it is this machine.
pub fn remote_host(url: &str) -> Option<(String, bool)> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    let is_local =
        host.is_empty() || host == "localhost" || host.starts_with('%') || host == "[::1]" || host.starts_with("127.");
    let is_verified = url.query_pairs().any(|(name, value)| name == "sslmode" && value == "verify-full");
    (!is_local).then(|| (host.to_owned(), is_verified))
}

fn prepare(data: &Path) -> std::io::Result<()> {
    for folder in [data.to_owned(), data.join("media"), data.join("tmp")] {
        std::fs::create_dir_all(&folder)?;
    }
    private(data, 0o700)
}

fn private(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let inside = |network: &str, address: &str| {
            parse_network(network).unwrap().contains(&address.parse::<IpAddr>().unwrap())
        };
        assert!(inside("10.0.0.0/8", "10.1.2.3") && !inside("10.0.0.0/8", "11.1.2.3"));
        assert!(inside("127.0.0.1", "127.0.0.1") && !inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("fd00::/8", "fd12::1") && inside("0.0.0.0/0", "1.2.3.4"));
        assert_eq!(parse_network("10.0.0.0/33"), None);
    }

    #[test]
    fn an_origin_has_nothing_behind_it() {
        for good in ["https://shop.example", "https://shop.example/", "http://127.0.0.1:8080", "http://[::1]:80"] {
            assert!(origin(good).is_ok(), "{good}");
        }
        let odd = ["https://shop.example/shop", "https://shop.example/?a=1", "https://me:pw@shop.example", "ftp://x"];
        for bad in odd.into_iter().chain(["shop.example", "https://shop.example#top", "https://shop.example//"]) {
            assert!(origin(bad).unwrap_err().starts_with("TRADEPOST_BASE_URL"), "{bad}");
        }
        assert!(!origin("https://me:hunter2@shop.example").unwrap_err().contains("hunter2"));
    }

    #[test]
    fn a_log_filter_turns_nothing_off_by_accident() {
        for good in ["info", "WARN", "off", "tradepost=debug", "info,diesel=trace", "warn, tradepost", "tradepost::db"]
        {
            assert_eq!(log_filter(Some(good.to_owned())).as_deref(), Ok(good));
        }
        for bad in ["verbose", "loud,info", "tradepost=noisy", "all"] {
            assert!(log_filter(Some(bad.to_owned())).unwrap_err().contains("TRADEPOST_LOG"), "{bad}");
        }
    }

    #[test]
    fn secrets_on_the_command_line_are_named() {
        let warned = |line: &str| find_command_line_secrets(line.split(' ').map(str::to_owned)).len();
        assert_eq!(warned("tradepost serve --stripe-secret-key sk_live_1 --stripe-webhook-secret=whsec_1"), 2);
        assert_eq!(warned("tradepost --secret-key=abc"), 1);
        assert_eq!(warned("tradepost --smtp-url smtps://shop:pw@mail.example --database-url postgres://u:p@db/x"), 2);
        assert_eq!(warned("tradepost --smtp-url smtp://127.0.0.1 --database-url sqlite://x.db --bind :8080"), 0);
    }

    #[test]
    fn another_machine_needs_tls() {
        assert!(check_database_url("postgres://u@db.example/shop").is_err());
        assert!(check_database_url("postgres://u@db.example/shop?sslmode=disable").is_ok());
        assert!(check_database_url("postgres://u@127.0.0.1/shop").is_ok());
        assert!(check_database_url("mysql://x").is_err());
    }
}
