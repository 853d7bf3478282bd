//! Log-in by an emailed code or link, for customers. The browser gets a secret with the page, and only this browser can
//! use what is sent.

use actix_web::cookie::time::Duration;

use super::links;
use super::sessions::begin_session;
use crate::controllers::email_requests;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::EmailForm;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor, cookies};
use crate::models::people::account::Account;
use crate::models::people::email_request::EmailRequest;
use crate::models::people::second_factor::SecondFactor;
use crate::models::people::session::SessionKind;
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::models::platform::job::JobKind;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::token;
use crate::views::account::email_requests::EmailRequestPage;
use crate::views::account::login_codes::Edit;

const BROWSER_LIFETIME: Duration = Duration::hours(1);
/// Codes and links tried by one network within ten minutes, which many people may share.
const TRIES_OF_NETWORK: i64 = 30;
/// Codes and links tried by a private or loopback address within ten minutes, which a proxy may give to all clients.
const TRIES_OF_ALL: i64 = 300;
const TRIES_WINDOW_SECONDS: i64 = 600;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    let reply = render_request(&visitor, Fields::default()).await?;
    match visitor.login_code_cookie() {
        Some(_) => Ok(reply),
        None => Ok(set_browser_secret(&visitor, reply, visitor.app().db.context().random.generate_secret()?)),
    }
}

pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let (token, typed, network) = (form.token.clone(), form.fields.clone(), visitor.network());
    let email = match form.check::<EmailForm>() {
        Ok(email) => email,
        Err(fields) => return Ok(render_request(&visitor, fields).await?.unprocessable()),
    };
    let secret = match visitor.login_code_cookie() {
        Some(secret) => secret,
        None => visitor.app().db.context().random.generate_secret()?,
    };
    let browser_hash = token::sha256_hex(&secret);
    let requested = visitor.write_once(&token, move |tx| {
        let request = EmailRequest { browser_hash: browser_hash.clone(), ..EmailRequest::new(tx, &email)? };
        request.submit(tx, JobKind::LoginCodeEmail, network)?;
        Ok(Reply::redirect(paths::account::login_code_entry()).notice(Message::LoginCodeSent))
    });
    let render = async |typed| render_request(&visitor, typed).await;
    email_requests::reply(
        &visitor,
        requested.await.map(|reply| set_browser_secret(&visitor, reply, secret)),
        "log-in code request",
        typed,
        render,
    )
    .await
}

/// Where the code is typed. A link that was opened in the browser that asked has a button.
pub async fn edit(visitor: Visitor) -> Result<Reply> {
    match links::token_param(&visitor) {
        Some(token) => Ok(links::CONFIRMATION.move_token(&visitor, token, paths::account::login_code_entry())),
        None => render_entry(&visitor, Fields::default()).await,
    }
}

pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let mut typed = form.fields;
    let browser_hash = token::sha256_hex(visitor.login_code_cookie().unwrap_or_default());
    let link = visitor.link_cookie().filter(|_| typed.has_value("link", "1"));
    let (code, network) = (typed.value("code").to_owned(), visitor.network());
    let limit = if network.is_public() { TRIES_OF_NETWORK } else { TRIES_OF_ALL };
    let policy = ThrottlePolicy::FixedWindow(limit, TRIES_WINDOW_SECONDS);
    let tries = [AttemptCounter::new("log-in code", &network.to_string(), policy)];
    let used = visitor.write(move |tx| {
        throttle::record_attempt(tx, &tries)?;
        let account = match &link {
            Some(secret) => Some(Account::use_login_link(tx, secret, &browser_hash)?),
            None => Account::use_login_code(tx, &code, &browser_hash)?,
        };
        let Some(account) = account else { return Ok(None) };
        let member = Account::find_member(tx.conn(), account.id, account.auth_epoch)?;
        let has_second_factor = SecondFactor::is_enrolled(tx.conn(), account.id)?;
        Ok(member.map(|member| (member, has_second_factor)))
    });
    let member = match used.await {
        Ok(member) => member,
        Err(Error::LinkExpired) => None,
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "log-in code", seconds });
            typed.add_error("code", Message::too_many_attempts(seconds));
            return Ok(render_entry(&visitor, typed).await?.too_many_requests(seconds));
        }
        Err(error) => return Err(error),
    };
    // Codes are for customers; staff log in with a password.
    let Some((member, has_second_factor)) = member.filter(|(member, _)| !member.is_staff()) else {
        visitor.record_security_event(SecurityEvent::WrongLink);
        typed.add_error("code", Message::LoginCodeWrong);
        return Ok(render_entry(&visitor, typed).await?.unprocessable());
    };
    let kind = if typed.has_value("remember", "1") { SessionKind::Remembered } else { SessionKind::Customer };
    let reply = begin_session(&visitor, &member, kind, has_second_factor, "").await?;
    Ok(links::CONFIRMATION.clear(&visitor, reply))
}

fn set_browser_secret(visitor: &Visitor, reply: Reply, secret: String) -> Reply {
    let https = visitor.app().is_https();
    reply.cookie(cookies::build_cookie(cookies::login_code_name(https), secret, https, BROWSER_LIFETIME))
}

async fn render_request(visitor: &Visitor, form: Fields) -> Result<Reply> {
    let page = visitor.render_page(Layout::Plain, move |_, cx| {
        let t = cx.locale();
        Ok(EmailRequestPage {
            t,
            form,
            title: t.account_page_login_code(),
            note: t.account_page_login_code_note(),
            button: t.account_page_send_code(),
            action: paths::account::login_code(),
        })
    });
    page.await
}

async fn render_entry(visitor: &Visitor, form: Fields) -> Result<Reply> {
    let (link, browser) = (visitor.link_cookie(), visitor.login_code_cookie());
    let page = visitor.render_page(Layout::Plain, move |conn, cx| {
        let has_link = match (&link, &browser) {
            (Some(link), Some(browser)) => Account::has_login_link(conn, link, &token::sha256_hex(browser), cx.now)?,
            _ => false,
        };
        Ok(Edit { t: cx.locale(), form, has_link })
    });
    page.await.map(links::hide_address)
}
