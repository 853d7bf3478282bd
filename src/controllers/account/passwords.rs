//! A new password with a reset link. Looking at the link does not use it up, and moves its token out of the address.

use actix_web::cookie::time::Duration;
use actix_web::http::header::{HeaderName, REFERRER_POLICY};

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{NewPassword, STAFF_PASSWORD};
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor, cookies, device};
use crate::models::account::Account;
use crate::models::setting::Settings;
use crate::paths;
use crate::support::clock::waiting_time;
use crate::support::{password, token};
use crate::views::account::passwords::Edit;

/// How long the page keeps the token: as long as the link works.
const LASTS: Duration = Duration::minutes(15);

/// Shows the form, if the link still works.
pub async fn edit(visitor: Visitor) -> Result<Reply> {
    let in_address = visitor.parameter("token").filter(|token| !token.is_empty());
    let token = in_address.clone().or_else(|| visitor.reset_cookie()).unwrap_or_default();
    find(&visitor, &token).await?;
    match in_address {
        Some(token) => Ok(unlisted(kept(&visitor, Reply::see(paths::password_reset_form()), token, LASTS))),
        None => form_page(&visitor, Fields::default(), String::new()).await,
    }
}

/// Sets the password; every session of the person ends, and this browser is known from now on.
pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let (sent, once) = (form.fields.value("token").to_owned(), form.once.clone());
    let secret = if sent.is_empty() { visitor.reset_cookie().unwrap_or_default() } else { sent.clone() };
    // The link is used up by then, but the form with the same mark and password is answered as the first time.
    if let Some(set) = visitor.kept::<(i64, i64)>(&once, String::new()).await? {
        return password_set(&visitor, set).await;
    }
    let account = find(&visitor, &secret).await?;
    let mut typed = form.fields.clone();
    if let Err(Error::TooMany(seconds)) =
        visitor.app().limits.take_new_password(token::hash(&secret), visitor.app().clock())
    {
        visitor.note(SecurityEvent::Throttled { what: "new password", seconds });
        typed.refuse("password", format!("You have tried many. Wait {}, then try again.", waiting_time(seconds)));
        return Ok(form_page(&visitor, typed, sent).await?.patience(seconds));
    }
    let password = match form.check::<NewPassword>() {
        Ok(password) => password,
        Err(fields) => return Ok(form_page(&visitor, fields, sent).await?.retry()),
    };
    let settings = visitor.read(Settings::load).await?;
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&settings.site_name, host, &account.name, &account.email]);
    let hash = match visitor.app().hash_new_password(password, STAFF_PASSWORD, context).await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            typed.refuse(&field, message);
            return Ok(form_page(&visitor, typed, sent).await?.retry());
        }
        Err(error) => return Err(error),
    };
    let reset = visitor.keep_once(&once, String::new(), move |tx| {
        let account = Account::reset_password(tx, &secret, &hash)?;
        Ok((account.id, account.auth_epoch))
    });
    password_set(&visitor, reset.await?).await
}

/// The password of an account is set, by row and epoch: this browser is known from now on, unless it was changed again.
async fn password_set(visitor: &Visitor, (id, epoch): (i64, i64)) -> Result<Reply> {
    let member = visitor.read(move |conn| Account::member(conn, id, epoch)).await?;
    let account = member.ok_or(Error::Void)?.account;
    visitor.note(SecurityEvent::PasswordReset { account: account.id });
    let done = Reply::see(paths::login()).notice("Your new password is set. Please log in with it.");
    let known = device::remember(visitor.app(), &account)?;
    Ok(kept(visitor, done, String::new(), Duration::ZERO).cookie(known))
}

/// Whose link it is.
async fn find(visitor: &Visitor, secret: &str) -> Result<Account> {
    if secret.is_empty() {
        return Err(Error::Void);
    }
    let (secret, now) = (secret.to_owned(), visitor.app().clock().now());
    let found = visitor.read(move |conn| Account::by_reset_token(conn, &secret, now)).await?;
    found.ok_or_else(|| visitor.wrong_link(Error::Void))
}

/// With the token in a cookie for a while.
fn kept(visitor: &Visitor, reply: Reply, token: String, lasts: Duration) -> Reply {
    let https = visitor.app().is_https();
    reply.cookie(cookies::cookie(cookies::reset(https), token, https, lasts))
}

/// Nobody is told the address, which may have the token in it.
fn unlisted(reply: Reply) -> Reply {
    reply.header(REFERRER_POLICY, "no-referrer").header(HeaderName::from_static("x-robots-tag"), "noindex")
}

async fn form_page(visitor: &Visitor, mut form: Fields, token: String) -> Result<Reply> {
    form.set("password", String::new());
    Ok(unlisted(visitor.page_in(Layout::Plain, move |_, _| Ok(Edit { form, token })).await?))
}
