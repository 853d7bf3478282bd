//! Log-in with an identity provider. The browser is sent to the provider's page, and comes back with a code.

use actix_web::cookie::time::Duration;
use actix_web::http::header::HeaderName;

use super::sessions::{begin_session, is_own_path};
use crate::adapters::identity_provider::{ClientRegistration, IdentityError};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::resource_path::IdentityProviderPath;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor, cookies};
use crate::models::people::account::Account;
use crate::models::people::identity_provider::IdentityProvider;
use crate::models::people::identity_provider::account_identity::AccountIdentity;
use crate::models::people::identity_provider::pending_login::{NewIdentityLogin, PendingIdentityLogin};
use crate::models::people::second_factor::SecondFactor;
use crate::models::people::session::SessionKind;
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::paths;
use crate::support::i18n::Message;
use crate::support::identity::{IdentityClaims, LoginSecrets};
use crate::support::ids::AccountId;
use crate::views::account::identity_logins::New;

const COOKIE_LIFETIME: Duration = Duration::minutes(10);
/// Log-ins that one network begins within ten minutes, which many people may share.
const STARTS_OF_NETWORK: i64 = 30;
/// Log-ins that a private or loopback address begins within ten minutes, which a proxy may give to all clients.
const STARTS_OF_ALL: i64 = 300;
const STARTS_WINDOW_SECONDS: i64 = 600;

/// Sends a visitor to the provider's page.
pub async fn create(visitor: Visitor, path: IdentityProviderPath, form: Form) -> Result<Reply> {
    let next = form.fields.value("next");
    let return_path = if is_own_path(next) { next } else { "" };
    begin_login(&visitor, path, None, return_path).await
}

/// Stores a pending log-in and renders the page that redirects to the provider. With an account, the callback links the
/// identity to it.
pub(super) async fn begin_login(
    visitor: &Visitor,
    path: IdentityProviderPath,
    account: Option<AccountId>,
    return_path: &str,
) -> Result<Reply> {
    let context = visitor.app().db.context();
    let state = context.random.generate_secret()?;
    let browser_secret = match visitor.identity_login_cookie() {
        Some(secret) => secret,
        None => context.random.generate_secret()?,
    };
    let secrets = LoginSecrets::derive(&context.secret_key, &state, &browser_secret);
    let network = visitor.network();
    let limit = if network.is_public() { STARTS_OF_NETWORK } else { STARTS_OF_ALL };
    let policy = ThrottlePolicy::FixedWindow(limit, STARTS_WINDOW_SECONDS);
    let starts = [AttemptCounter::new("identity log-in", &network.to_string(), policy)];
    let (return_path, stored_secret) = (return_path.to_owned(), browser_secret.clone());
    let stored = visitor.write(move |tx| {
        throttle::record_attempt(tx, &starts)?;
        let provider = IdentityProvider::find_active(tx.conn(), &path.id)?;
        let login = NewIdentityLogin {
            provider: provider.id,
            account,
            state: state.clone(),
            browser_secret: stored_secret.clone(),
            return_path: return_path.clone(),
        };
        PendingIdentityLogin::create(tx, &login)?;
        Ok(provider)
    });
    let provider = match stored.await {
        Ok(provider) => provider,
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "identity log-in", seconds });
            return Ok(leave(account, Message::too_many_attempts(seconds)));
        }
        Err(error) => return Err(error),
    };
    let registration = find_registration(visitor.app(), &provider)?;
    let url = match visitor.app().identity_client.find_login_url(&registration, &secrets).await {
        Ok(url) => url,
        Err(error) => return Ok(leave(account, describe_failure(visitor, &provider, error))),
    };
    // A page and not a redirect: browsers apply `form-action` to redirects after a form, and a provider may redirect to
    // anywhere.
    let refresh = format!("0; url={url}");
    let (name, href) = (provider.name, url.to_string());
    let page = visitor.render_page(Layout::Plain, move |_, cx| Ok(New { t: cx.locale(), provider: name, href }));
    let https = visitor.app().is_https();
    let name = cookies::identity_login_name(https);
    let cookie = cookies::build_cookie(name, browser_secret, https, COOKIE_LIFETIME);
    Ok(page.await?.header(HeaderName::from_static("refresh"), refresh).cookie(cookie))
}

/// The callback of the provider. It is accepted once, in the browser that began the log-in.
pub async fn show(visitor: Visitor) -> Result<Reply> {
    let (state, secret) = (visitor.query_param("state"), visitor.identity_login_cookie());
    let (Some(state), Some(secret)) = (state, secret) else { return refuse_answer(&visitor) };
    let secrets = LoginSecrets::derive(&visitor.app().db.context().secret_key, &state, &secret);
    let used = visitor.write(move |tx| PendingIdentityLogin::use_up(tx, &state, &secret));
    let (login, provider) = match used.await {
        Err(Error::LinkExpired) => return refuse_answer(&visitor),
        used => used?,
    };
    let claims = match read_answer(&visitor, &provider, &secrets).await? {
        Ok(claims) => claims,
        Err(message) => return Ok(leave(login.account_id, message)),
    };
    let reply = match login.account_id {
        Some(account) => link(&visitor, account, provider, claims).await?,
        None => log_in(&visitor, login, provider, claims).await?,
    };
    let https = visitor.app().is_https();
    let name = cookies::identity_login_name(https);
    Ok(reply.cookie(cookies::build_cookie(name, String::new(), https, Duration::ZERO)))
}

/// The claims about the person, or the message to show instead.
async fn read_answer(
    visitor: &Visitor,
    provider: &IdentityProvider,
    secrets: &LoginSecrets,
) -> Result<Result<IdentityClaims, Message>> {
    // RFC 9207: an answer of another provider.
    if visitor.query_param("iss").is_some_and(|issuer| issuer != provider.issuer) {
        return Ok(Err(describe_failure(visitor, provider, IdentityError::OtherIssuer)));
    }
    if visitor.query_param("error").is_some_and(|error| error == "access_denied") {
        return Ok(Err(Message::IdentityLoginCancelled { provider: provider.name.clone() }));
    }
    let Some(code) = visitor.query_param("code") else {
        return Ok(Err(describe_failure(visitor, provider, IdentityError::CodeRefused)));
    };
    let (registration, now) = (find_registration(visitor.app(), provider)?, visitor.app().clock().now());
    let claims = visitor.app().identity_client.exchange_code(&registration, secrets, code, now).await;
    Ok(claims.map_err(|error| describe_failure(visitor, provider, error)))
}

async fn log_in(
    visitor: &Visitor,
    login: PendingIdentityLogin,
    provider: IdentityProvider,
    claims: IdentityClaims,
) -> Result<Reply> {
    let found = visitor.write(move |tx| {
        let account = AccountIdentity::find_or_create_account(tx, &provider, &claims)?;
        let member = Account::find_member(tx.conn(), account.id, account.auth_epoch)?.ok_or(Error::NotFound)?;
        Ok((member, SecondFactor::is_enrolled(tx.conn(), account.id)?))
    });
    match found.await {
        Ok((member, has_second_factor)) => {
            let kind = if member.is_staff() { SessionKind::Staff } else { SessionKind::Customer };
            begin_session(visitor, &member, kind, has_second_factor, &login.return_path).await
        }
        Err(Error::Invalid { message, .. }) => {
            visitor.record_security_event(SecurityEvent::IdentityRefused { reason: "no account" });
            Ok(leave(None, message))
        }
        Err(error) => Err(error),
    }
}

/// Links the identity to the account that began the log-in, if it is still signed in in this browser.
async fn link(
    visitor: &Visitor,
    account: AccountId,
    provider: IdentityProvider,
    claims: IdentityClaims,
) -> Result<Reply> {
    let sign_in = visitor.unchecked_sign_in().filter(|sign_in| sign_in.account == account).cloned();
    let Some(sign_in) = sign_in else { return refuse_answer(visitor) };
    let name = provider.name.clone();
    let linked = visitor.write(move |tx| {
        let member = Account::find_member(tx.conn(), account, sign_in.auth_epoch)?.ok_or(Error::LinkExpired)?;
        AccountIdentity::link(tx, &member.account, &provider, &claims, &sign_in.session)
    });
    match linked.await {
        Ok(()) => Ok(Reply::redirect(paths::account::security()).notice(Message::IdentityLinked { provider: name })),
        Err(Error::LinkExpired) => refuse_answer(visitor),
        Err(Error::Invalid { message, .. }) => Ok(leave(Some(account), message)),
        Err(error) => Err(error),
    }
}

fn find_registration(app: &App, provider: &IdentityProvider) -> Result<ClientRegistration> {
    Ok(ClientRegistration {
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        client_secret: provider.unseal_client_secret(&app.db.context().secret_key)?,
        redirect_url: format!("{}{}", app.origin(), paths::identity_callback()),
    })
}

/// Logs the failure and returns the message for the person.
fn describe_failure(visitor: &Visitor, provider: &IdentityProvider, error: IdentityError) -> Message {
    let reason = error.to_string();
    visitor.record_security_event(SecurityEvent::IdentityRefused { reason: &reason });
    let provider = provider.name.clone();
    match error {
        IdentityError::Busy | IdentityError::Unreachable => Message::IdentityProviderUnreachable { provider },
        _ => Message::IdentityLoginFailed { provider },
    }
}

/// The reply to a callback that matches no pending log-in of this browser.
fn refuse_answer(visitor: &Visitor) -> Result<Reply> {
    match visitor.limit_link_attempts(Error::LinkExpired) {
        Error::LinkExpired => Ok(leave(None, Message::IdentityLoginExpired)),
        throttled => Err(throttled),
    }
}

/// Redirects to the page on which the log-in began.
fn leave(account: Option<AccountId>, message: Message) -> Reply {
    let path = if account.is_some() { paths::account::security() } else { paths::login() };
    Reply::redirect(path).alert(message)
}
