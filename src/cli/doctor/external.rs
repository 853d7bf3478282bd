//! Checks of origin, proxies, payment providers and mail server.

use std::time::Duration;

use super::CheckResult::{self, Fail, Note, Pass};
use crate::adapters::smtp_check;
use crate::config::test_payments::TestPayments;
use crate::config::{Config, is_loopback};

const GREETING_TIMEOUT: Duration = Duration::from_secs(5);

pub fn check_origin(config: &Config) -> CheckResult {
    match &config.base_url {
        None if config.bind.ip().is_loopback() => Note(
            "not set; links lead to the listening address. Set TRADEPOST_BASE_URL before others visit, and before \
             a proxy forwards them: until the site has an owner, anyone who seems to be on this machine can claim it"
                .to_owned(),
        ),
        None => Fail(format!(
            "not set, so links in mail lead to http://{}. Set TRADEPOST_BASE_URL to the address visitors use",
            config.bind
        )),
        Some(url) if is_loopback(url) => Pass(format!("{url} can be reached from this machine only")),
        Some(url) if url.scheme() == "http" => Fail(format!(
            "{url} is not encrypted: passwords and cookies can be read in transit. Terminate TLS at a proxy and set an \
             https:// address"
        )),
        Some(url) => Pass(format!("{url} with HSTS")),
    }
}

pub fn check_proxies(config: &Config) -> CheckResult {
    let is_https = config.base_url.as_ref().is_some_and(|url| url.scheme() == "https" && !is_loopback(url));
    if config.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        return Fail(
            "TRADEPOST_TRUSTED_PROXIES trusts everyone: visitors can fake their address. List only the \
             addresses of your proxies"
                .to_owned(),
        );
    }
    match (is_https, config.trusted_proxies.len()) {
        (true, 0) => Fail(
            "TRADEPOST_TRUSTED_PROXIES is not set, but a proxy must be terminating TLS: all visitors seem to come from its \
             address and share its rate limits. Set it to the proxy's address, such as 127.0.0.1"
                .to_owned(),
        ),
        (false, 0) => Pass("none".to_owned()),
        (_, count) => Pass(format!("{count} trusted")),
    }
}

pub fn check_payments(config: &Config) -> CheckResult {
    let here = || format!("http://{}", config.bind).parse().ok();
    let Some(origin) = config.base_url.clone().or_else(here) else {
        return Fail(format!("TRADEPOST_BIND={} is not an address", config.bind));
    };
    let is_sample = config.demo_marker().exists();
    let key = config.stripe.as_ref().map(|stripe| stripe.secret_key.as_str());
    let tests = TestPayments::from_settings(config.test_payments, is_sample, &origin, key);
    if let Some(warning) = tests.warning() {
        return Fail(warning.to_string());
    }
    let elsewhere = config.stripe.as_ref().map(|stripe| &stripe.api_base);
    let elsewhere = elsewhere.filter(|base| base.host_str() != Some("api.stripe.com") && !is_loopback(&origin));
    if let Some(base) = elsewhere {
        return Fail(format!("STRIPE_API_BASE={base} is not Stripe. Remove it on a live site"));
    }
    match (tests, &config.stripe) {
        (TestPayments::On, _) => {
            Note("the test card page is on, on this machine: no real payments are made".to_owned())
        }
        (TestPayments::DisabledInDemo, None) => Note(
            "no cards: the sample shop's test card page is off, because others can reach this site. Set \
             STRIPE_SECRET_KEY, or TRADEPOST_TEST_PAYMENTS=on to try it"
                .to_owned(),
        ),
        (_, Some(_)) => Pass("cards by Stripe".to_owned()),
        (_, None) => {
            Note("no card payments: bank transfer and cash only. Set STRIPE_SECRET_KEY to accept cards".to_owned())
        }
    }
}

pub async fn check_mail(config: &Config) -> CheckResult {
    let Some(url) = &config.smtp_url else {
        return Note("kept in Admin → Outbox. Set SMTP_URL to send it".to_owned());
    };
    let server = match smtp_check::SmtpProbe::from_url(url) {
        Ok(server) => server,
        Err(problem) => return Fail(problem),
    };
    if server.has_plaintext_password() {
        return Fail(format!(
            "The password for {} is sent unencrypted. Start SMTP_URL with smtps://, or add ?tls=required",
            server.host_and_port()
        ));
    }
    match tokio::time::timeout(GREETING_TIMEOUT, server.test_connection()).await {
        Ok(Ok(())) => Pass(format!("{} answers", server.host_and_port())),
        Ok(Err(error)) => Fail(format!("{} does not accept mail: {error}. Check SMTP_URL", server.host_and_port())),
        Err(_) => Fail(format!(
            "{} did not respond within {} seconds. Check SMTP_URL and the firewall",
            server.host_and_port(),
            GREETING_TIMEOUT.as_secs()
        )),
    }
}
