//! Log-in and log-out.

use actix_web::http::header::HeaderName;

use crate::app::{HashQueue, PasswordCheck};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::LogInForm;
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor, device_cookie};
use crate::models::people::account::Account;
use crate::models::people::account::roles::Permission;
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::paths;
use crate::support::client_network::ClientNetwork;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::views::account::sessions::New;

/// Wrong passwords per account and network, or per known device, before the backoff begins.
const FREE: i64 = 5;
/// Attempts per minute from one network, which many people may share.
const OF_NETWORK: i64 = 30;
/// Attempts per minute from a private or loopback address, which a proxy may give to all clients.
const OF_ALL: i64 = 300;
/// Attempts per hour for one account from all networks (NIST SP 800-63B, 3.2.2). Beyond that, only known devices may
/// try, or the owner resets the password by link.
const OF_ACCOUNT: i64 = 100;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    let next = visitor.query_param("next").unwrap_or_default();
    form_page(&visitor, Fields::default(), next).await
}

/// Logs in with a new session token. An attempt is counted before the password is checked. Unknown addresses get the
/// same answer after the same time as known ones.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let next = form.fields.value("next").to_owned();
    let mut typed = form.fields.clone();
    typed.set("password", String::new());
    let (email, password) = match form.check::<LogInForm>() {
        Ok(wanted) => wanted,
        Err(fields) => return Ok(form_page(&visitor, fields, next).await?.unprocessable()),
    };
    let means = visitor.app().db.context();
    let (now, key, network) = (means.clock.now(), means.secret_key.clone(), visitor.network());
    let shorthand: String = key.token("log-in", &email.normal).chars().take(12).collect();
    let cookie = visitor.device_cookie().map(str::to_owned);
    let (found, counters, is_known, wait) = visitor
        .read(move |conn| {
            let found = Account::find_credentials(conn, &email)?;
            let device =
                found.as_ref().and_then(|(account, _)| device_cookie::verify(cookie.as_deref()?, account, &key, now));
            let counters = counters(&email, network, device.as_deref());
            let wait = throttle::retry_after(conn, &counters, now)?;
            Ok((found, counters, device.is_some(), wait))
        })
        .await?;
    if let Some((what, seconds)) = wait {
        visitor.record_security_event(SecurityEvent::Throttled { what, seconds });
        return wait_page(&visitor, typed, next, seconds).await;
    }
    // Acquire the hashing slot first: a request refused with `Busy` must not count as an attempt.
    let turn =
        visitor.app().hash_limiter.acquire(if is_known { HashQueue::Trusted } else { HashQueue::Public }).await?;
    let taken = counters.clone();
    match visitor.write(move |tx| throttle::record_attempt(tx, &taken)).await {
        Ok(()) => {}
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "log-in", seconds });
            return wait_page(&visitor, typed, next, seconds).await;
        }
        Err(error) => return Err(error),
    }
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
    let opened = visitor.app().verify_password(turn, password, hash.clone()).await?;
    let (Some(account), PasswordCheck::Correct { new_hash: renewed }) = (account, opened) else {
        visitor.record_security_event(SecurityEvent::LoginFailed { account: &shorthand });
        typed.add_error("email", Message::LoginIncorrect);
        return Ok(form_page(&visitor, typed, next).await?.unprocessable());
    };
    let id = account.id;
    visitor
        .write(move |tx| {
            for (at, counter) in counters.iter().enumerate() {
                // The first counter is this client's own. The others are shared, so they lose only this attempt.
                if at == 0 { counter.reset(tx)? } else { counter.cancel_attempt(tx)? }
            }
            if let (Some(old), Some(new)) = (&hash, &renewed) {
                Account::upgrade_password_hash(tx, id, old, new)?;
            }
            Account::record_sign_in(tx, id)
        })
        .await?;
    visitor.sign_in(&account)?;
    visitor.record_security_event(SecurityEvent::LoggedIn { account: id });
    let epoch = account.auth_epoch;
    let member = visitor.read(move |conn| Account::find_member(conn, id, epoch)).await?;
    let home = match member {
        Some(member) if member.has_permission(Permission::Admin) => paths::admin::dashboard(),
        _ => paths::home(),
    };
    let to = if is_ours(&next) { next } else { home.to_owned() };
    Ok(Reply::redirect(to).cookie(device_cookie::issue_cookie(visitor.app(), &account)?))
}

/// Throttle counters for an attempt, the client's own first. A known device is counted alone, so that attempts from
/// elsewhere cannot lock its user out.
fn counters(email: &EmailAddress, network: ClientNetwork, device: Option<&str>) -> Vec<AttemptCounter> {
    if let Some(device) = device {
        return vec![AttemptCounter::new("log-in device", device, ThrottlePolicy::Backoff(FREE))];
    }
    let of_network = if network.is_public() { OF_NETWORK } else { OF_ALL };
    vec![
        AttemptCounter::new("log-in", &format!("{} {network}", email.normal), ThrottlePolicy::Backoff(FREE)),
        AttemptCounter::new("log-in network", &network.to_string(), ThrottlePolicy::FixedWindow(of_network, 60)),
        AttemptCounter::new("log-in account", &email.normal, ThrottlePolicy::FixedWindow(OF_ACCOUNT, 3_600)),
    ]
}

/// Logs out and ends the session on the server too.
pub async fn destroy(visitor: Visitor) -> Result<Reply> {
    visitor.sign_out();
    let clear = HeaderName::from_static("clear-site-data");
    Ok(Reply::redirect(paths::home()).header(clear, "\"cache\", \"storage\""))
}

/// Whether `next` is a path on this site that no browser reads as another origin (SECURITY.md S2).
fn is_ours(next: &str) -> bool {
    let mut letters = next.chars();
    letters.next() == Some('/')
        && !matches!(letters.next(), Some('/' | '\\'))
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
}

async fn wait_page(visitor: &Visitor, mut typed: Fields, next: String, seconds: u64) -> Result<Reply> {
    typed.add_error("email", Message::too_many_attempts(seconds));
    Ok(form_page(visitor, typed, next).await?.too_many_requests(seconds))
}

async fn form_page(visitor: &Visitor, form: Fields, next: String) -> Result<Reply> {
    visitor.render_page(Layout::Plain, move |_, cx| Ok(New { t: cx.locale(), form, next })).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_our_own() {
        assert!(is_ours("/admin/orders?q=1") && is_ours("/"));
        for foreign in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "javascript:1"] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }
}
