//! Settings of the process: flags over environment over `tradepost.toml` over defaults. The one reader of the
//! environment; everything is checked once, at the start.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use url::Url;

use crate::db::is_postgres;
use crate::support::token::SecretKey;

/// What can be set from outside; every field may be missing. Flags and environment are read by clap, the file by serde.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outside {
    /// Address and port to listen on; port 0 takes any free one
    #[arg(long = "bind", env = "TRADEPOST_BIND", global = true)]
    pub bind: Option<String>,
    /// Folder of the database, the pictures and the key
    #[arg(long = "data", env = "TRADEPOST_DATA", global = true)]
    pub data: Option<PathBuf>,
    /// sqlite://PATH or postgres://USER@HOST/NAME
    #[arg(long = "database-url", env = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// The public origin: https://shop.example
    #[arg(long = "base-url", env = "TRADEPOST_BASE_URL", global = true)]
    pub base_url: Option<String>,
    /// The site's secret, 64 hex digits; made at the first start
    #[arg(long = "secret-key", env = "TRADEPOST_SECRET_KEY", global = true, hide_env_values = true)]
    pub secret_key: Option<String>,
    /// smtp://USER:PASSWORD@HOST:PORT or smtps://…; without it mail is kept in Admin → Outbox
    #[arg(long = "smtp-url", env = "SMTP_URL", global = true, hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// Networks whose X-Forwarded-For is believed: 10.0.0.0/8,127.0.0.1
    #[arg(long = "trusted-proxies", env = "TRADEPOST_TRUSTED_PROXIES", global = true)]
    pub trusted_proxies: Option<String>,
    /// What is logged: error, warn, info, debug, or a tracing filter
    #[arg(long = "log", env = "TRADEPOST_LOG", global = true)]
    pub log: Option<String>,
    /// text or json
    #[arg(long = "log-format", env = "TRADEPOST_LOG_FORMAT", global = true)]
    pub log_format: Option<String>,
    /// The built-in test card page: on or off; on in the sample shop
    #[arg(long = "test-payments", env = "TRADEPOST_TEST_PAYMENTS", global = true)]
    pub test_payments: Option<String>,
    /// Stripe's secret key, sk_…; turns card payments on
    #[arg(long = "stripe-secret-key", env = "STRIPE_SECRET_KEY", global = true, hide_env_values = true)]
    pub stripe_secret_key: Option<String>,
    /// The signing secret of Stripe's webhook endpoint, whsec_…
    #[arg(long = "stripe-webhook-secret", env = "STRIPE_WEBHOOK_SECRET", global = true, hide_env_values = true)]
    pub stripe_webhook_secret: Option<String>,
    /// Another address of Stripe's API, for tests
    #[arg(long = "stripe-api-base", env = "STRIPE_API_BASE", global = true)]
    pub stripe_api_base: Option<String>,
}

/// The settings, complete and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Somebody asked for this address: no other port will do.
    pub bind_was_asked: bool,
    /// The data folder.
    pub data: PathBuf,
    /// The database's address.
    pub database_url: String,
    /// The public origin, if it was set; else it follows `bind`.
    pub base_url: Option<Url>,
    /// The site's secret.
    pub key: SecretKey,
    /// The mail server.
    pub smtp_url: Option<String>,
    /// Networks whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// A tracing filter.
    pub log: String,
    /// Log lines as JSON.
    pub log_json: bool,
    /// Whether the test card page was turned on or off.
    pub test_payments: Option<bool>,
    /// Card payments by Stripe.
    pub stripe: Option<StripeConfig>,
}

/// What Stripe needs.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// The API's key.
    pub secret_key: String,
    /// What webhooks are signed with.
    pub webhook_secret: String,
    /// Where the API is, without a slash at the end.
    pub api_base: Url,
}

/// A network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads `10.0.0.0/8` or a single address.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.parse().ok()?, Some(prefix.parse().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let most = if matches!(address, IpAddr::V4(_)) { 32 } else { 128 };
        let prefix = prefix.unwrap_or(most);
        (prefix <= most).then_some(Network { address, prefix })
    }

    /// Whether an address lies inside.
    pub fn contains(self, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32),
            IpAddr::V6(v6) => (u128::from(v6), 128),
        };
        let ((mine, width), (other, other_width)) = (bits(self.address), bits(address.to_canonical()));
        width == other_width && (self.prefix == 0 || mine >> (width - self.prefix) == other >> (width - self.prefix))
    }
}

type Outcome<T> = Result<T, String>;

impl Outside {
    /// Fills gaps from `tradepost.toml`, if there is one, and from `NAME_FILE` variables.
    fn complete(mut self) -> Outcome<Outside> {
        for (value, name) in [
            (&mut self.database_url, "DATABASE_URL_FILE"),
            (&mut self.secret_key, "TRADEPOST_SECRET_KEY_FILE"),
            (&mut self.smtp_url, "SMTP_URL_FILE"),
            (&mut self.stripe_secret_key, "STRIPE_SECRET_KEY_FILE"),
            (&mut self.stripe_webhook_secret, "STRIPE_WEBHOOK_SECRET_FILE"),
        ] {
            if value.is_none()
                && let Ok(path) = std::env::var(name)
            {
                let text =
                    std::fs::read_to_string(&path).map_err(|error| format!("{name}: cannot read {path}: {error}"))?;
                *value = Some(text.trim().to_owned());
            }
        }
        let file = Path::new("tradepost.toml");
        if !file.exists() {
            return Ok(self);
        }
        let text = std::fs::read_to_string(file).map_err(|error| format!("tradepost.toml: {error}"))?;
        let file = read_file(&text).map_err(|fault| format!("tradepost.toml: {fault}"))?;
        Ok(Outside {
            bind: self.bind.or(file.bind),
            data: self.data.or(file.data),
            database_url: self.database_url.or(file.database_url),
            base_url: self.base_url.or(file.base_url),
            secret_key: self.secret_key.or(file.secret_key),
            smtp_url: self.smtp_url.or(file.smtp_url),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            test_payments: self.test_payments.or(file.test_payments),
            stripe_secret_key: self.stripe_secret_key.or(file.stripe_secret_key),
            stripe_webhook_secret: self.stripe_webhook_secret.or(file.stripe_webhook_secret),
            stripe_api_base: self.stripe_api_base.or(file.stripe_api_base),
        })
    }
}

/// What `tradepost.toml` says; a key nobody knows is refused, with the nearest known one.
fn read_file(text: &str) -> Outcome<Outside> {
    let table: toml::Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let known = Outside::augment_args(clap::Command::new("tradepost"));
    let known: Vec<&str> = known.get_arguments().map(|argument| argument.get_id().as_str()).collect();
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        let nearness = |name: &str| strsim::jaro_winkler(name, key);
        let nearest = known.iter().max_by(|a, b| nearness(a).total_cmp(&nearness(b))).unwrap_or(&"bind");
        return Err(format!("unknown setting `{key}`; did you mean `{nearest}`?"));
    }
    table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())
}

impl Config {
    /// Checks everything, makes the data folder and the key if they are missing.
    ///
    /// # Errors
    /// One line that says what is wrong and how to mend it.
    pub fn load(outside: Outside) -> Outcome<Config> {
        let outside = outside.complete()?;
        let bind_was_asked = outside.bind.is_some();
        let bind = outside.bind.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let bind = if bind.starts_with(':') { format!("127.0.0.1{bind}") } else { bind };
        let bind: SocketAddr =
            bind.parse().map_err(|_| format!("TRADEPOST_BIND={bind} is not an address such as 127.0.0.1:8080"))?;
        let data = outside.data.unwrap_or_else(|| PathBuf::from("data"));
        prepare(&data).map_err(|error| format!("cannot use the data folder {}: {error}", data.display()))?;
        let database_url =
            outside.database_url.unwrap_or_else(|| format!("sqlite://{}", data.join("tradepost.db").display()));
        check_database_url(&database_url)?;
        let base_url = match outside.base_url {
            None => None,
            Some(text) => Some(
                Url::parse(&text)
                    .ok()
                    .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
                    .ok_or_else(|| {
                        format!("TRADEPOST_BASE_URL={text} is not an origin such as https://shop.example")
                    })?,
            ),
        };
        let key = match outside.secret_key {
            Some(text) => key_of(&text).ok_or("TRADEPOST_SECRET_KEY must be 64 hex digits")?,
            None => stored_key(&data.join("secret.key"))?,
        };
        let mut trusted_proxies = Vec::new();
        for text in
            outside.trusted_proxies.iter().flat_map(|list| list.split(',')).filter(|text| !text.trim().is_empty())
        {
            let network = Network::parse(text.trim());
            trusted_proxies.push(network.ok_or_else(|| format!("TRADEPOST_TRUSTED_PROXIES: {text} is not a network"))?);
        }
        let test_payments = match outside.test_payments.as_deref() {
            None => None,
            Some("on" | "1" | "true" | "yes") => Some(true),
            Some("off" | "0" | "false" | "no") => Some(false),
            Some(other) => return Err(format!("TRADEPOST_TEST_PAYMENTS={other} must be on or off")),
        };
        let log_json = match outside.log_format.as_deref() {
            None | Some("text") => false,
            Some("json") => true,
            Some(other) => return Err(format!("TRADEPOST_LOG_FORMAT={other} must be text or json")),
        };
        Ok(Config {
            bind,
            bind_was_asked,
            data,
            database_url,
            base_url,
            key,
            smtp_url: outside.smtp_url,
            trusted_proxies,
            log: outside.log.unwrap_or_else(|| "info".to_owned()),
            log_json,
            test_payments,
            stripe: stripe(outside.stripe_secret_key, outside.stripe_webhook_secret, outside.stripe_api_base)?,
        })
    }
}

/// The listening socket that whoever started us has opened already (sd_listen_fds(3)): systemd, or the process before.
///
/// # Errors
/// One line when what was handed over is not one socket to listen on.
pub fn inherited_socket() -> Outcome<Option<TcpListener>> {
    // The protocol means one process, and its children may still see the names.
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

fn stripe(key: Option<String>, webhook: Option<String>, base: Option<String>) -> Outcome<Option<StripeConfig>> {
    let Some(secret_key) = key.filter(|key| !key.is_empty()) else { return Ok(None) };
    let Some(webhook_secret) = webhook.filter(|secret| !secret.is_empty()) else {
        return Err("STRIPE_WEBHOOK_SECRET is missing: Stripe shows it where you add the webhook endpoint".to_owned());
    };
    let base = base.unwrap_or_else(|| "https://api.stripe.com".to_owned());
    let api_base = Url::parse(&base).map_err(|_| format!("STRIPE_API_BASE={base} is not an address"))?;
    Ok(Some(StripeConfig { secret_key, webhook_secret, api_base }))
}

fn check_database_url(url: &str) -> Outcome<()> {
    if url.starts_with("sqlite://") {
        return Ok(());
    }
    if !is_postgres(url) {
        return Err("DATABASE_URL must begin with sqlite:// or postgres://".to_owned());
    }
    let parsed = Url::parse(url).map_err(|error| format!("DATABASE_URL cannot be read: {error}"))?;
    let host = parsed.host_str().unwrap_or("");
    let local =
        host.is_empty() || host == "localhost" || host.starts_with('%') || host == "[::1]" || host.starts_with("127.");
    let plain = parsed.query_pairs().any(|(name, value)| name == "sslmode" && value == "disable");
    if cfg!(not(feature = "postgres-tls")) && !local && !plain {
        return Err(format!(
            "DATABASE_URL: {host} is another machine and this build has no TLS. Build with --features postgres-tls, or \
             add ?sslmode=disable if the network is private"
        ));
    }
    Ok(())
}

fn prepare(data: &Path) -> std::io::Result<()> {
    for folder in [data.to_owned(), data.join("media"), data.join("tmp")] {
        std::fs::create_dir_all(&folder)?;
    }
    private(data, 0o700)
}

/// Only the owner of the process may read it.
fn private(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

fn key_of(hex: &str) -> Option<SecretKey> {
    let hex = hex.trim();
    if hex.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(SecretKey::new(bytes))
}

fn stored_key(path: &Path) -> Outcome<SecretKey> {
    let fault = |error: std::io::Error| format!("cannot use {}: {error}", path.display());
    if !path.exists() {
        let bytes = crate::support::token::Random::System.bytes().map_err(|error| format!("no randomness: {error}"))?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(path, hex).map_err(fault)?;
        private(path, 0o600).map_err(fault)?;
    }
    let text = std::fs::read_to_string(path).map_err(fault)?;
    key_of(&text).ok_or_else(|| format!("{} must hold 64 hex digits", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let inside = |network: &str, address: &str| Network::parse(network).unwrap().contains(address.parse().unwrap());
        assert!(inside("10.0.0.0/8", "10.1.2.3") && !inside("10.0.0.0/8", "11.1.2.3"));
        assert!(inside("127.0.0.1", "127.0.0.1") && !inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("fd00::/8", "fd12::1") && inside("0.0.0.0/0", "1.2.3.4"));
        assert_eq!(Network::parse("10.0.0.0/33"), None);
    }

    #[test]
    fn another_machine_needs_tls() {
        assert!(check_database_url("postgres://u@db.example/shop").is_err());
        assert!(check_database_url("postgres://u@db.example/shop?sslmode=disable").is_ok());
        assert!(check_database_url("postgres://u@127.0.0.1/shop").is_ok());
        assert!(check_database_url("mysql://x").is_err());
    }
}
