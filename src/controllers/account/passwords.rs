//! Password reset with an emailed link. Opening the link does not use it up; its token moves from the URL to a cookie.

use actix_web::cookie::time::Duration;
use actix_web::http::header::{HeaderName, REFERRER_POLICY};

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{MIN_STAFF_PASSWORD_LENGTH, NewPasswordForm};
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor, cookies, device_cookie};
use crate::models::people::account::Account;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::{password, token};
use crate::views::account::passwords::Edit;

/// Lifetime of the cookie with the token, equal to that of the reset link.
const LASTS: Duration = Duration::minutes(15);

pub async fn edit(visitor: Visitor) -> Result<Reply> {
    let in_address = visitor.query_param("token").filter(|token| !token.is_empty());
    let token = in_address.clone().or_else(|| visitor.reset_cookie()).unwrap_or_default();
    find(&visitor, &token).await?;
    match in_address {
        Some(token) => Ok(unlisted(kept(&visitor, Reply::redirect(paths::password_reset_form()), token, LASTS))),
        None => form_page(&visitor, Fields::default(), String::new()).await,
    }
}

/// Sets the password and ends every session of the account; this browser becomes a known device.
pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let (sent, once) = (form.fields.value("token").to_owned(), form.token.clone());
    let secret = if sent.is_empty() { visitor.reset_cookie().unwrap_or_default() } else { sent.clone() };
    // The link is used up now, but a repeated form with the same token gets the first answer again (idempotency).
    if let Some(set) = visitor.find_kept_result::<(AccountId, i64)>(&once, String::new()).await? {
        return password_set(&visitor, set).await;
    }
    let account = find(&visitor, &secret).await?;
    let mut typed = form.fields.clone();
    if let Err(Error::TooManyRequests(seconds)) =
        visitor.app().rate_limits.check_new_password(token::sha256_hex(&secret), visitor.app().clock())
    {
        visitor.record_security_event(SecurityEvent::Throttled { what: "new password", seconds });
        typed.add_error("password", Message::too_many_attempts(seconds));
        return Ok(form_page(&visitor, typed, sent).await?.too_many_requests(seconds));
    }
    let password = match form.check::<NewPasswordForm>() {
        Ok(password) => password,
        Err(fields) => return Ok(form_page(&visitor, fields, sent).await?.unprocessable()),
    };
    let settings = visitor.read(Settings::load).await?;
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&settings.site_name, host, &account.name, &account.email]);
    let hash = match visitor.app().hash_new_password(password, MIN_STAFF_PASSWORD_LENGTH, context).await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            typed.add_error(&field, message);
            return Ok(form_page(&visitor, typed, sent).await?.unprocessable());
        }
        Err(error) => return Err(error),
    };
    let reset = visitor.keep_once(&once, String::new(), move |tx| {
        let account = Account::reset_password(tx, &secret, &hash)?;
        Ok((account.id, account.auth_epoch))
    });
    password_set(&visitor, reset.await?).await
}

/// `LinkExpired` if the account's password was changed again since `epoch`.
async fn password_set(visitor: &Visitor, (id, epoch): (AccountId, i64)) -> Result<Reply> {
    let member = visitor.read(move |conn| Account::find_member(conn, id, epoch)).await?;
    let account = member.ok_or(Error::LinkExpired)?.account;
    visitor.record_security_event(SecurityEvent::PasswordReset { account: account.id });
    let done = Reply::redirect(paths::login()).notice(Message::PasswordChanged);
    let known = device_cookie::issue_cookie(visitor.app(), &account)?;
    Ok(kept(visitor, done, String::new(), Duration::ZERO).cookie(known))
}

async fn find(visitor: &Visitor, secret: &str) -> Result<Account> {
    if secret.is_empty() {
        return Err(Error::LinkExpired);
    }
    let (secret, now) = (secret.to_owned(), visitor.app().clock().now());
    let found = visitor.read(move |conn| Account::find_by_reset_token(conn, &secret, now)).await?;
    found.ok_or_else(|| visitor.limit_link_attempts(Error::LinkExpired))
}

fn kept(visitor: &Visitor, reply: Reply, token: String, lasts: Duration) -> Reply {
    let https = visitor.app().is_https();
    reply.cookie(cookies::build_cookie(cookies::password_reset_name(https), token, https, lasts))
}

/// Keeps the token in the URL out of `Referer` headers and search engines.
fn unlisted(reply: Reply) -> Reply {
    reply.header(REFERRER_POLICY, "no-referrer").header(HeaderName::from_static("x-robots-tag"), "noindex")
}

async fn form_page(visitor: &Visitor, mut form: Fields, token: String) -> Result<Reply> {
    form.set("password", String::new());
    Ok(unlisted(visitor.render_page(Layout::Plain, move |_, cx| Ok(Edit { t: cx.locale(), form, token })).await?))
}
