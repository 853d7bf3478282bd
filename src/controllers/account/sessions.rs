//! Logging in and out.

use actix_web::http::header::HeaderName;

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::LogIn;
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::models::account::Account;
use crate::models::account::roles::Permission;
use crate::models::throttle;
use crate::paths;
use crate::views::account::sessions::New;

/// Tries for one account from one network are slowed down.
const ACCOUNT: &str = "log-in";
/// Tries from one network for any account are slowed down.
const NETWORK: &str = "log-in network";

/// Shows the form.
pub async fn new(visitor: Visitor) -> Result<Reply> {
    let next = visitor.parameter("next").unwrap_or_default();
    form_page(&visitor, Fields::default(), next).await
}

/// Logs in: the session gets a new token.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let next = form.fields.value("next").to_owned();
    let mut typed = form.fields.clone();
    let (email, password) = match form.check::<LogIn>() {
        Ok(wanted) => wanted,
        Err(fields) => return Ok(form_page(&visitor, fields, next).await?.retry()),
    };
    let (key, network) = (format!("{} {}", email.normal, visitor.network()), visitor.network());
    let now = visitor.app().clock().now();
    let (waits, looked_up) = ((key.clone(), network.clone()), email.clone());
    let (wait, found) = visitor
        .read(move |conn| {
            let wait = throttle::wait(conn, ACCOUNT, &waits.0, now)?.max(throttle::wait(conn, NETWORK, &waits.1, now)?);
            Ok((wait, Account::credentials(conn, &looked_up)?))
        })
        .await?;
    if let Some(seconds) = wait {
        return Err(Error::TooMany(seconds));
    }
    let (account, hash) = found.map_or((None, None), |(account, hash)| (Some(account), hash));
    let opens = visitor.app().verify_password(password, hash).await?;
    let Some(account) = account.filter(|_| opens) else {
        visitor
            .write(move |tx| {
                throttle::failed(tx, ACCOUNT, &key, 5)?;
                // Many people may share a network.
                throttle::failed(tx, NETWORK, &network, 30)
            })
            .await?;
        typed.set("password", String::new());
        typed.refuse("email", "This address and password do not belong together. Please check both.");
        return Ok(form_page(&visitor, typed, next).await?.retry());
    };
    let id = account.id;
    visitor
        .write(move |tx| {
            throttle::forgive(tx, ACCOUNT, &key)?;
            Account::signed_in(tx, id)
        })
        .await?;
    visitor.sign_in(&account)?;
    let epoch = account.auth_epoch;
    let member = visitor.read(move |conn| Account::member(conn, id, epoch)).await?;
    let home = match member {
        Some(member) if member.may(Permission::Admin) => paths::admin::dashboard(),
        _ => paths::home(),
    };
    Ok(Reply::see(if is_ours(&next) { next } else { home.to_owned() }))
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
