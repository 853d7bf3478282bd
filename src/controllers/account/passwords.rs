//! Password reset with an emailed link. Opening the link does not use it up; its token moves from the URL to a cookie.

use super::links::{PASSWORD_RESET, hide_address, token_param};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{MIN_CUSTOMER_PASSWORD_LENGTH, MIN_STAFF_PASSWORD_LENGTH, NewPasswordForm};
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor, device_cookie};
use crate::models::people::account::Account;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::AccountId;
use crate::support::{password, token};
use crate::views::account::passwords::Edit;

pub async fn edit(visitor: Visitor) -> Result<Reply> {
    if let Some(token) = token_param(&visitor) {
        let (secret, now) = (token.clone(), visitor.app().clock().now());
        let account = visitor.read(move |conn| find_account(conn, &secret, now)).await;
        account.map_err(|error| visitor.limit_link_attempts(error))?;
        return Ok(PASSWORD_RESET.move_token(&visitor, token, paths::password_reset_form()));
    }
    let secret = visitor.reset_cookie().unwrap_or_default();
    let page = visitor.render_page(Layout::Plain, move |conn, cx| {
        let account = find_account(conn, &secret, cx.now)?;
        let min_length = min_length(conn, &account)?;
        Ok(Edit { t: cx.locale(), form: Fields::default(), token: String::new(), min_length })
    });
    page.await.map(hide_address).map_err(|error| visitor.limit_link_attempts(error))
}

/// Sets the password and ends every session of the account; this browser becomes a known device.
pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let (sent_token, form_token) = (form.fields.value("token").to_owned(), form.token.clone());
    let secret = if sent_token.is_empty() { visitor.reset_cookie().unwrap_or_default() } else { sent_token.clone() };
    // The link is used up now, but a repeated form with the same token gets the first answer again (idempotency).
    if let Some(account) = visitor.find_kept_result::<(AccountId, i64)>(&form_token, String::new()).await? {
        return redirect_to_login(&visitor, account).await;
    }
    let (link_secret, now) = (secret.clone(), visitor.app().clock().now());
    let read = visitor.read(move |conn| {
        let account = find_account(conn, &link_secret, now)?;
        let min_length = min_length(conn, &account)?;
        Ok((account, min_length, Settings::load(conn)?.site_name))
    });
    let (account, min_length, site_name) = read.await.map_err(|error| visitor.limit_link_attempts(error))?;
    let mut typed = form.fields.clone();
    if let Err(Error::TooManyRequests(seconds)) =
        visitor.app().rate_limits.check_new_password(token::sha256_hex(&secret), visitor.app().clock())
    {
        visitor.record_security_event(SecurityEvent::Throttled { what: "new password", seconds });
        typed.add_error("password", Message::too_many_attempts(seconds));
        return Ok(render_form(&visitor, typed, sent_token, min_length).await?.too_many_requests(seconds));
    }
    let password = match form.check::<NewPasswordForm>() {
        Ok(password) => password,
        Err(fields) => return Ok(render_form(&visitor, fields, sent_token, min_length).await?.unprocessable()),
    };
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&site_name, host, &account.name, &account.email]);
    let hash = match visitor.app().hash_new_password(password, min_length, context).await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            typed.add_error(&field, message);
            return Ok(render_form(&visitor, typed, sent_token, min_length).await?.unprocessable());
        }
        Err(error) => return Err(error),
    };
    let origin = visitor.sign_in_origin();
    let reset = visitor.keep_once(&form_token, String::new(), move |tx| {
        tx.set_origin(origin.clone());
        let account = Account::reset_password(tx, &secret, &hash)?;
        Ok((account.id, account.auth_epoch))
    });
    redirect_to_login(&visitor, reset.await?).await
}

/// Redirects after the password was set; `LinkExpired` if the account's password was changed again since `epoch`.
async fn redirect_to_login(visitor: &Visitor, (id, epoch): (AccountId, i64)) -> Result<Reply> {
    let member = visitor.read(move |conn| Account::find_member(conn, id, epoch)).await?;
    let account = member.ok_or(Error::LinkExpired)?.account;
    visitor.record_security_event(SecurityEvent::PasswordReset { account: account.id });
    let redirect = Reply::redirect(paths::login()).notice(Message::PasswordChanged);
    let device = device_cookie::issue_cookie(visitor.app(), &account)?;
    Ok(PASSWORD_RESET.clear(visitor, redirect).cookie(device))
}

/// The account of a reset link, or `LinkExpired`.
fn find_account(conn: &mut Conn, secret: &str, now: Utc) -> Result<Account> {
    if secret.is_empty() {
        return Err(Error::LinkExpired);
    }
    Account::find_by_reset_token(conn, secret, now)?.ok_or(Error::LinkExpired)
}

/// Characters of a new password of the account.
fn min_length(conn: &mut Conn, account: &Account) -> Result<usize> {
    Ok(if account.is_staff(conn)? { MIN_STAFF_PASSWORD_LENGTH } else { MIN_CUSTOMER_PASSWORD_LENGTH })
}

async fn render_form(visitor: &Visitor, mut form: Fields, token: String, min_length: usize) -> Result<Reply> {
    form.set("password", String::new());
    let page = visitor.render_page(Layout::Plain, move |_, cx| Ok(Edit { t: cx.locale(), form, token, min_length }));
    page.await.map(hide_address)
}
