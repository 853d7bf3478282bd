//! What the site is to the world outside: its origin, proxies, payments and mail.

use std::time::Duration;

use super::Finding::{self, Fine, Note, Wrong};
use crate::adapters::smtp_check;
use crate::config::test_payments::TestPayments;
use crate::config::{Config, is_loopback};

/// How long the mail server may take to greet.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where links lead, and whether what visitors send is safe on its way.
pub fn origin(config: &Config) -> Finding {
    match &config.base_url {
        None if config.bind.ip().is_loopback() => Note(
            "not set; links lead to the listening address. Set TRADEPOST_BASE_URL before others visit, and before \
             a proxy passes them on: until the site has an owner, whoever seems to be at this machine can become it"
                .to_owned(),
        ),
        None => Wrong(format!(
            "not set, so links in mail lead to http://{}. Set TRADEPOST_BASE_URL to the address visitors use",
            config.bind
        )),
        Some(url) if is_loopback(url) => Fine(format!("{url} is reached from this machine only")),
        Some(url) if url.scheme() == "http" => Wrong(format!(
            "{url} is not encrypted: passwords and cookies can be read on their way. Let a proxy do TLS and set an \
             https:// address"
        )),
        Some(url) => Fine(url.to_string()),
    }
}

/// Whether visitors can be told apart behind the proxy that does TLS.
pub fn proxies(config: &Config) -> Finding {
    let is_https = config.base_url.as_ref().is_some_and(|url| url.scheme() == "https" && !is_loopback(url));
    if config.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        return Wrong(
            "TRADEPOST_TRUSTED_PROXIES believes everybody: visitors can pretend to come from anywhere. Name the \
             addresses of your proxies only"
                .to_owned(),
        );
    }
    match (is_https, config.trusted_proxies.len()) {
        (true, 0) => Wrong(
            "TRADEPOST_TRUSTED_PROXIES is not set, but a proxy must be doing TLS: all visitors seem to come from its \
             address and slow each other down. Set it to the proxy's address, such as 127.0.0.1"
                .to_owned(),
        ),
        (false, 0) => Fine("none".to_owned()),
        (_, count) => Fine(format!("{count} trusted")),
    }
}

/// Whether buyers pay with money.
pub fn payments(config: &Config) -> Finding {
    let here = || format!("http://{}", config.bind).parse().ok();
    let Some(origin) = config.base_url.clone().or_else(here) else {
        return Wrong(format!("TRADEPOST_BIND={} is no address", config.bind));
    };
    let is_sample = config.sample_mark().exists();
    let key = config.stripe.as_ref().map(|stripe| stripe.secret_key.as_str());
    let tests = TestPayments::policy(config.test_payments, is_sample, &origin, key);
    if let Some(warning) = tests.warning() {
        return Wrong(warning.to_owned());
    }
    let elsewhere = config.stripe.as_ref().map(|stripe| &stripe.api_base);
    let elsewhere = elsewhere.filter(|base| base.host_str() != Some("api.stripe.com") && !is_loopback(&origin));
    if let Some(base) = elsewhere {
        return Wrong(format!("STRIPE_API_BASE={base} is not Stripe. Take it away on a site that sells"));
    }
    match (tests, &config.stripe) {
        (TestPayments::On, _) => Note("the test card page is on, on this machine: nobody really pays".to_owned()),
        (TestPayments::SampleOnly, None) => Note(
            "no cards: the sample shop's test card page is off, because others can reach this site. Set \
             STRIPE_SECRET_KEY, or TRADEPOST_TEST_PAYMENTS=on to try it"
                .to_owned(),
        ),
        (_, Some(_)) => Fine("cards by Stripe".to_owned()),
        (_, None) => Note("no cards: bank transfer and cash only. Set STRIPE_SECRET_KEY to take cards".to_owned()),
    }
}

/// Whether letters leave.
pub async fn mail(config: &Config) -> Finding {
    let Some(url) = &config.smtp_url else {
        return Note("kept in Admin → Outbox. Set SMTP_URL to send it".to_owned());
    };
    let server = match smtp_check::Server::of(url) {
        Ok(server) => server,
        Err(wrong) => return Wrong(wrong),
    };
    if server.tells_its_password() {
        return Wrong(format!(
            "{} gets its password unencrypted. Begin SMTP_URL with smtps://, or add ?tls=required",
            server.name()
        ));
    }
    match tokio::time::timeout(PATIENCE, server.greet()).await {
        Ok(Ok(())) => Fine(format!("{} answers", server.name())),
        Ok(Err(error)) => Wrong(format!("{} does not take mail: {error}. Check SMTP_URL", server.name())),
        Err(_) => Wrong(format!(
            "{} does not answer within {} seconds. Check SMTP_URL and the firewall",
            server.name(),
            PATIENCE.as_secs()
        )),
    }
}
