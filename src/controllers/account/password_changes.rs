//! Changes the password of a signed-in account. Other sessions, known browsers and links end.

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{MIN_CUSTOMER_PASSWORD_LENGTH, MIN_STAFF_PASSWORD_LENGTH, PasswordChangeForm};
use crate::http::security_log::SecurityEvent;
use crate::http::step_up::check_password;
use crate::http::{AccountRequest, Context, Form, Reply, SignedIn, device_cookie};
use crate::models::people::account::{Account, Member};
use crate::models::people::credentials;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::password;
use crate::views::account::password_changes::New;

pub async fn new(request: AccountRequest) -> Result<Reply> {
    request.render_page(|conn, cx| build_page(conn, cx, Fields::default())).await
}

pub async fn create(signed_in: SignedIn, form: Form) -> Result<Reply> {
    let (token, mut typed) = (form.token.clone(), form.fields.clone());
    // The current password is another one now, but a repeated form gets the first answer again.
    if let Some(epoch) = signed_in.find_kept_result::<i64>(&token).await? {
        return keep_signed_in(&signed_in, epoch);
    }
    let (current, new_password) = match form.check::<PasswordChangeForm>() {
        Ok(passwords) => passwords,
        Err(fields) => return Ok(render_form(&signed_in, fields).await?.unprocessable()),
    };
    let (visitor, account) = (&signed_in.visitor, &signed_in.member.account);
    match check_password(visitor, account, current).await {
        Ok(true) => {}
        Ok(false) => {
            visitor.record_security_event(SecurityEvent::StepUpFailed { account: account.id });
            typed.add_error("current_password", Message::PasswordIncorrect);
            return Ok(render_form(&signed_in, typed).await?.unprocessable());
        }
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "password change", seconds });
            typed.add_error("current_password", Message::too_many_attempts(seconds));
            return Ok(render_form(&signed_in, typed).await?.too_many_requests(seconds));
        }
        Err(error) => return Err(error),
    }
    let site_name = visitor.read(|conn| Ok(Settings::load(conn)?.site_name)).await?;
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&site_name, host, &account.name, &account.email]);
    let hash = match visitor.app().hash_new_password(new_password, min_length(&signed_in.member), context).await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            typed.add_error(&field, message);
            return Ok(render_form(&signed_in, typed).await?.unprocessable());
        }
        Err(error) => return Err(error),
    };
    let kept = visitor.unchecked_sign_in().map(|sign_in| sign_in.session.clone()).unwrap_or_default();
    let id = account.id;
    let changed = signed_in.keep_once(&token, move |tx| {
        let account = credentials::change_password(tx, id, &hash, &kept)?;
        Ok(account.auth_epoch)
    });
    keep_signed_in(&signed_in, changed.await?)
}

/// This session and this browser continue with the account's new `auth_epoch`.
fn keep_signed_in(signed_in: &SignedIn, auth_epoch: i64) -> Result<Reply> {
    let visitor = &signed_in.visitor;
    let account = Account { auth_epoch, ..signed_in.member.account.clone() };
    visitor.renew_sign_in(&account)?;
    let device = device_cookie::issue_cookie(visitor.app(), &account)?;
    Ok(Reply::redirect(paths::account::security()).notice(Message::PasswordUpdated).cookie(device))
}

/// Of a new password, in characters.
fn min_length(member: &Member) -> usize {
    if member.is_staff() { MIN_STAFF_PASSWORD_LENGTH } else { MIN_CUSTOMER_PASSWORD_LENGTH }
}

async fn render_form(signed_in: &SignedIn, mut form: Fields) -> Result<Reply> {
    form.set("current_password", String::new());
    form.set("password", String::new());
    signed_in.render_page(move |conn, cx| build_page(conn, cx, form)).await
}

fn build_page(conn: &mut Conn, cx: &Context, mut form: Fields) -> Result<New> {
    let member = cx.require_member()?;
    let has_password = Account::has_password(conn, member.account.id)?;
    form.detach_hidden_errors(|_| has_password);
    Ok(New { t: cx.locale(), form, has_password, min_length: min_length(member) })
}
