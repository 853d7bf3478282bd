//! Logging in and out.

use actix_web::http::header::HeaderName;

use crate::app::{Line, Opened};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::LogIn;
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor, device};
use crate::models::account::Account;
use crate::models::account::roles::Permission;
use crate::models::throttle::{self, Counter, Pace};
use crate::paths;
use crate::support::client_network::ClientNetwork;
use crate::support::clock::waiting_time;
use crate::support::email_address::EmailAddress;
use crate::views::account::sessions::New;

/// Wrong passwords for an account from a network, or from a browser that has been here, before waits begin.
const FREE: i64 = 5;
/// Wrong passwords from one network within a minute: many people may share it.
const OF_NETWORK: i64 = 30;
/// The same for an address behind which everybody may be.
const OF_ALL: i64 = 300;
/// Wrong passwords for one account within an hour, from wherever (NIST SP 800-63B, 3.2.2). Then only browsers that have
/// been here may try, or whoever has a reset link.
const OF_ACCOUNT: i64 = 100;

/// Shows the form.
pub async fn new(visitor: Visitor) -> Result<Reply> {
    let next = visitor.parameter("next").unwrap_or_default();
    form_page(&visitor, Fields::default(), next).await
}

/// Logs in: the session gets a new token. A try is counted before it is judged. Nothing that an unknown address is
/// answered differs from what a known one is answered, nor how long that takes.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let next = form.fields.value("next").to_owned();
    let mut typed = form.fields.clone();
    typed.set("password", String::new());
    let (email, password) = match form.check::<LogIn>() {
        Ok(wanted) => wanted,
        Err(fields) => return Ok(form_page(&visitor, fields, next).await?.retry()),
    };
    let means = visitor.app().db.means();
    let (now, key, network) = (means.clock.now(), means.key.clone(), visitor.network());
    let shorthand: String = key.token("log-in", &email.normal).chars().take(12).collect();
    let cookie = visitor.device_cookie().map(str::to_owned);
    let (found, counters, is_known, wait) = visitor
        .read(move |conn| {
            let found = Account::credentials(conn, &email)?;
            let device = found.as_ref().and_then(|(account, _)| device::of(cookie.as_deref()?, account, &key, now));
            let counters = counters(&email, network, device.as_deref());
            let wait = throttle::wait(conn, &counters, now)?;
            Ok((found, counters, device.is_some(), wait))
        })
        .await?;
    if let Some((what, seconds)) = wait {
        visitor.note(SecurityEvent::Throttled { what, seconds });
        return wait_page(&visitor, typed, next, seconds).await;
    }
    // First the turn: whoever finds the house full has not tried.
    let turn = visitor.app().hashing.turn(if is_known { Line::Known } else { Line::Anyone }).await?;
    let taken = counters.clone();
    match visitor.write(move |tx| throttle::take(tx, &taken)).await {
        Ok(()) => {}
        Err(Error::TooMany(seconds)) => {
            visitor.note(SecurityEvent::Throttled { what: "log-in", seconds });
            return wait_page(&visitor, typed, next, seconds).await;
        }
        Err(error) => return Err(error),
    }
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
    let opened = visitor.app().verify_password(turn, password, hash.clone()).await?;
    let (Some(account), Opened::Yes { renewed }) = (account, opened) else {
        visitor.note(SecurityEvent::LoginFailed { account: &shorthand });
        typed.refuse("email", "This address and password do not belong together. Please check both.");
        return Ok(form_page(&visitor, typed, next).await?.retry());
    };
    let id = account.id;
    visitor
        .write(move |tx| {
            for (at, counter) in counters.iter().enumerate() {
                // What many share is not forgotten because one of them got in.
                if at == 0 { counter.forgive(tx)? } else { counter.give_back(tx)? }
            }
            if let (Some(old), Some(new)) = (&hash, &renewed) {
                Account::renew_hash(tx, id, old, new)?;
            }
            Account::signed_in(tx, id)
        })
        .await?;
    visitor.sign_in(&account)?;
    visitor.note(SecurityEvent::LoggedIn { account: id });
    let epoch = account.auth_epoch;
    let member = visitor.read(move |conn| Account::member(conn, id, epoch)).await?;
    let home = match member {
        Some(member) if member.may(Permission::Admin) => paths::admin::dashboard(),
        _ => paths::home(),
    };
    let to = if is_ours(&next) { next } else { home.to_owned() };
    Ok(Reply::see(to).cookie(device::remember(visitor.app(), &account)?))
}

/// What a try counts against, always in this order. Who has logged in with a browser before is counted by it alone:
/// what others try does not keep them out.
fn counters(email: &EmailAddress, network: ClientNetwork, device: Option<&str>) -> Vec<Counter> {
    if let Some(device) = device {
        return vec![Counter::new("log-in device", device, Pace::Doubling(FREE))];
    }
    let of_network = if network.is_public() { OF_NETWORK } else { OF_ALL };
    vec![
        Counter::new("log-in", &format!("{} {network}", email.normal), Pace::Doubling(FREE)),
        Counter::new("log-in network", &network.to_string(), Pace::Within(of_network, 60)),
        Counter::new("log-in account", &email.normal, Pace::Within(OF_ACCOUNT, 3_600)),
    ]
}

/// Logs out: the session ends on the server too.
pub async fn destroy(visitor: Visitor) -> Result<Reply> {
    visitor.sign_out();
    let clear = HeaderName::from_static("clear-site-data");
    Ok(Reply::see(paths::home()).header(clear, "\"cache\", \"storage\""))
}

/// A path on this site, and nothing that a browser could take for another (R7).
fn is_ours(next: &str) -> bool {
    let mut letters = next.chars();
    letters.next() == Some('/')
        && !matches!(letters.next(), Some('/' | '\\'))
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
}

async fn wait_page(visitor: &Visitor, mut typed: Fields, next: String, seconds: u64) -> Result<Reply> {
    typed.refuse("email", format!("Too many tries. Wait {}, then try again.", waiting_time(seconds)));
    Ok(form_page(visitor, typed, next).await?.patience(seconds))
}

async fn form_page(visitor: &Visitor, form: Fields, next: String) -> Result<Reply> {
    visitor.page_in(Layout::Plain, move |_, _| Ok(New { form, next })).await
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
