//! Log-in and log-out.

use actix_web::cookie::time::Duration;
use actix_web::http::header::HeaderName;

use crate::app::{HashQueue, PasswordCheck};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{LogInForm, LogInFormData};
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor, cookies, device_cookie};
use crate::models::people::account::{Account, Member};
use crate::models::people::identity_provider::IdentityProvider;
use crate::models::people::second_factor::SecondFactor;
use crate::models::people::session::{AuthLevel, PendingLogin, SessionKind};
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::models::sales::sign_in::{self, SignInClient};
use crate::paths;
use crate::presenters::people::identity::login_buttons;
use crate::support::client_network::ClientNetwork;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::views::account::sessions::New;

/// Wrong passwords per account and network, or per known device, before the backoff begins.
const FREE_ATTEMPTS: i64 = 5;
/// Attempts per minute from one network, which many people may share.
const ATTEMPTS_OF_NETWORK: i64 = 30;
/// Attempts per minute from a private or loopback address, which a proxy may give to all clients.
const ATTEMPTS_OF_ALL: i64 = 300;
/// Attempts per hour for one account from all networks (NIST SP 800-63B, 3.2.2). Beyond that, only known devices may
/// try, or the owner resets the password by link.
const ATTEMPTS_OF_ACCOUNT: i64 = 100;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    let next = visitor.query_param("next").unwrap_or_default();
    render_form(&visitor, Fields::default(), next).await
}

/// Logs in with a new session token. An attempt is counted before the password is checked. Unknown addresses get the
/// same answer after the same time as known ones.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let next = form.fields.value("next").to_owned();
    let mut typed = form.fields.clone();
    typed.set("password", String::new());
    let LogInFormData { email, password, remember } = match form.check::<LogInForm>() {
        Ok(data) => data,
        Err(fields) => return Ok(render_form(&visitor, fields, next).await?.unprocessable()),
    };
    let context = visitor.app().db.context();
    let (now, key, network) = (context.clock.now(), context.secret_key.clone(), visitor.network());
    let account_hash: String = key.token("log-in", &email.normal).chars().take(12).collect();
    let cookie = visitor.device_cookie().map(str::to_owned);
    let (credentials, counters, is_known_device, wait) = visitor
        .read(move |conn| {
            let credentials = Account::find_credentials(conn, &email)?;
            let account = credentials.as_ref().map(|(account, _)| account);
            let device = account.and_then(|account| device_cookie::verify(cookie.as_deref()?, account, &key, now));
            let counters = build_counters(&email, network, device.as_deref());
            let wait = throttle::retry_after(conn, &counters, now)?;
            Ok((credentials, counters, device.is_some(), wait))
        })
        .await?;
    if let Some((what, seconds)) = wait {
        visitor.record_security_event(SecurityEvent::Throttled { what, seconds });
        return render_throttled(&visitor, typed, next, seconds).await;
    }
    // Acquire the hashing slot first: a request refused with `Busy` must not count as an attempt.
    let queue = if is_known_device { HashQueue::Trusted } else { HashQueue::Public };
    let permit = visitor.app().hash_limiter.acquire(queue).await?;
    let attempt = counters.clone();
    match visitor.write(move |tx| throttle::record_attempt(tx, &attempt)).await {
        Ok(()) => {}
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "log-in", seconds });
            return render_throttled(&visitor, typed, next, seconds).await;
        }
        Err(error) => return Err(error),
    }
    let (account, hash) = credentials.map_or((None, None), |(account, hash)| (Some(account), hash));
    let check = visitor.app().verify_password(permit, password, hash.clone()).await?;
    let (Some(account), PasswordCheck::Correct { new_hash }) = (account, check) else {
        visitor.record_security_event(SecurityEvent::LoginFailed { account: &account_hash });
        typed.add_error("email", Message::LoginIncorrect);
        return Ok(render_form(&visitor, typed, next).await?.unprocessable());
    };
    let (id, epoch) = (account.id, account.auth_epoch);
    let (member, has_second_factor) = visitor
        .write(move |tx| {
            for (index, counter) in counters.iter().enumerate() {
                // The first counter is this client's own. The others are shared, so they lose only this attempt.
                if index == 0 { counter.reset(tx)? } else { counter.cancel_attempt(tx)? }
            }
            if let (Some(old), Some(new)) = (&hash, &new_hash) {
                Account::upgrade_password_hash(tx, id, old, new)?;
            }
            let has_second_factor = SecondFactor::is_enrolled(tx.conn(), id)?;
            Ok((Account::find_member(tx.conn(), id, epoch)?, has_second_factor))
        })
        .await?;
    let member = member.ok_or_else(|| Error::LoginRequired(next.clone()))?;
    let kind = match (member.is_staff(), remember) {
        (true, _) => SessionKind::Staff,
        (false, true) => SessionKind::Remembered,
        (false, false) => SessionKind::Customer,
    };
    begin_session(&visitor, &member, kind, has_second_factor, &next).await
}

/// Signs an account in whose first factor was checked, or asks for its second factor.
pub(super) async fn begin_session(
    visitor: &Visitor,
    member: &Member,
    kind: SessionKind,
    has_second_factor: bool,
    next: &str,
) -> Result<Reply> {
    if !has_second_factor {
        return finish_login(visitor, member, kind, AuthLevel::One, next).await;
    }
    visitor.begin_second_step(&PendingLogin {
        account: member.account.id,
        auth_epoch: member.account.auth_epoch,
        kind,
        next: next.to_owned(),
        begun_at: visitor.app().clock().now().seconds(),
    })?;
    Ok(Reply::redirect(paths::two_step_login()))
}

/// Signs an account in whose factors were checked, and makes this browser one of its known devices. What a guest has
/// put into the cart moves to the account's.
pub(super) async fn finish_login(
    visitor: &Visitor,
    member: &Member,
    kind: SessionKind,
    level: AuthLevel,
    next: &str,
) -> Result<Reply> {
    let (id, context) = (member.account.id, visitor.app().db.context());
    let device = visitor.device_cookie();
    let is_known = device.is_some_and(|cookie| {
        device_cookie::verify(cookie, &member.account, &context.secret_key, context.clock.now()).is_some()
    });
    let client =
        SignInClient { is_known, user_agent: visitor.user_agent().to_owned(), guest_cart: visitor.guest_cart_token() };
    let (signed_in, origin) = (member.clone(), visitor.sign_in_origin());
    let recorded = visitor.write(move |tx| {
        tx.set_origin(origin.clone());
        sign_in::record_sign_in(tx, &signed_in, &client)
    });
    let reduced = recorded.await?;
    visitor.sign_in(&member.account, kind, level)?;
    visitor.record_security_event(SecurityEvent::LoggedIn { account: id });
    let home = match member.is_staff() {
        true => paths::admin::dashboard(),
        false => paths::account::overview(),
    };
    let target = if is_own_path(next) { next } else { home };
    let mut reply = Reply::redirect(target).cookie(device_cookie::issue_cookie(visitor.app(), &member.account)?);
    if !member.is_staff() && visitor.guest_cart_token().is_some() {
        let https = visitor.app().is_https();
        reply = reply.cookie(cookies::build_cookie(cookies::cart_name(https), String::new(), https, Duration::ZERO));
    }
    Ok(match reduced.is_empty() {
        true => reply,
        false => reply.notice(Message::CartItemsReduced { items: reduced.join(", ") }),
    })
}

/// Throttle counters for an attempt, the client's own first. A known device is counted alone, so that attempts from
/// elsewhere cannot lock its user out.
fn build_counters(email: &EmailAddress, network: ClientNetwork, device: Option<&str>) -> Vec<AttemptCounter> {
    if let Some(device) = device {
        return vec![AttemptCounter::new("log-in device", device, ThrottlePolicy::Backoff(FREE_ATTEMPTS))];
    }
    let network_limit = if network.is_public() { ATTEMPTS_OF_NETWORK } else { ATTEMPTS_OF_ALL };
    vec![
        AttemptCounter::new("log-in", &format!("{} {network}", email.normal), ThrottlePolicy::Backoff(FREE_ATTEMPTS)),
        AttemptCounter::new("log-in network", &network.to_string(), ThrottlePolicy::FixedWindow(network_limit, 60)),
        AttemptCounter::new("log-in account", &email.normal, ThrottlePolicy::FixedWindow(ATTEMPTS_OF_ACCOUNT, 3_600)),
    ]
}

/// Logs out and ends the session on the server too.
pub async fn destroy(visitor: Visitor) -> Result<Reply> {
    visitor.sign_out();
    let clear_site_data = HeaderName::from_static("clear-site-data");
    Ok(Reply::redirect(paths::home()).header(clear_site_data, "\"cache\", \"storage\""))
}

/// Whether `next` is a path on this site that no browser reads as another origin (SECURITY.md S2).
pub(super) fn is_own_path(next: &str) -> bool {
    let mut characters = next.chars();
    characters.next() == Some('/')
        && !matches!(characters.next(), Some('/' | '\\'))
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
}

async fn render_throttled(visitor: &Visitor, mut typed: Fields, next: String, seconds: u64) -> Result<Reply> {
    typed.add_error("email", Message::too_many_attempts(seconds));
    Ok(render_form(visitor, typed, next).await?.too_many_requests(seconds))
}

pub(super) async fn render_form(visitor: &Visitor, form: Fields, next: String) -> Result<Reply> {
    let has_passkeys = visitor.app().relying_party().is_some();
    let page = visitor.render_page(Layout::Plain, move |conn, cx| {
        let providers = login_buttons(cx.locale(), &IdentityProvider::list_active(conn)?);
        Ok(New { t: cx.locale(), form, next, has_passkeys, providers })
    });
    page.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_our_own() {
        assert!(is_own_path("/admin/orders?q=1") && is_own_path("/"));
        for foreign in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "javascript:1"] {
            assert!(!is_own_path(foreign), "{foreign}");
        }
    }
}
