//! The second step of the log-in: a one-time code, a recovery code or a passkey.

use super::sessions::finish_login;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::CodeForm;
use crate::http::passkey_challenge::{self, ChallengePurpose};
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor};
use crate::models::people::account::{Account, Member};
use crate::models::people::second_factor::SecondFactor;
use crate::models::people::second_factor::passkey::Passkey;
use crate::models::people::session::{AuthLevel, PendingLogin};
use crate::paths;
use crate::support::i18n::Message;
use crate::support::webauthn::{PasskeyAuthentication, PasskeyCredential, credential_id};
use crate::views::account::two_step_logins::New;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    match find_pending(&visitor).await? {
        Some((member, _)) => render_form(&visitor, &member.account, Fields::default()).await,
        None => Ok(begin_again()),
    }
}

/// Logs in with a one-time code or a recovery code. Too many wrong ones end the pending log-in.
pub async fn create(visitor: Visitor, mut form: Form) -> Result<Reply> {
    let Some((member, login)) = find_pending(&visitor).await? else { return Ok(begin_again()) };
    let account = member.account.clone();
    let Some(code) = form.fields.check::<CodeForm>() else {
        return Ok(render_form(&visitor, &account, form.fields).await?.unprocessable());
    };
    let (owner, origin) = (account.clone(), visitor.sign_in_origin());
    let verified = visitor.write(move |tx| {
        tx.set_origin(origin.clone());
        SecondFactor::verify_code(tx, &owner, &code)
    });
    match verified.await {
        Ok(true) => finish_login(&visitor, &member, login.kind, AuthLevel::Two, &login.next).await,
        Ok(false) => {
            visitor.record_security_event(SecurityEvent::SecondFactorFailed { account: Some(account.id) });
            form.fields.add_error("code", Message::LoginCodeIncorrect);
            Ok(render_form(&visitor, &account, form.fields).await?.unprocessable())
        }
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "second factor", seconds });
            visitor.cancel_pending_login();
            Ok(Reply::redirect(paths::login()).alert(Message::too_many_attempts(seconds)))
        }
        Err(error) => Err(error),
    }
}

/// The challenge for a passkey of the account, as JSON.
pub async fn challenge(visitor: Visitor) -> Result<Reply> {
    let app = visitor.app();
    let party = app.relying_party().ok_or(Error::NotFound)?;
    let (member, _) = find_pending(&visitor).await?.ok_or(Error::NotFound)?;
    let account = member.account.id;
    let known = visitor.read(move |conn| Passkey::list(conn, account)).await?;
    if known.is_empty() {
        return Err(Error::NotFound);
    }
    let known = known.iter().map(Passkey::to_credential).collect::<Result<Vec<PasskeyCredential>>>()?;
    let challenge = party.start_authentication(&known);
    passkey_challenge::reply(app, ChallengePurpose::SecondStep, Some(account), challenge)
}

/// Logs in with the answer of a passkey.
pub async fn create_with_passkey(visitor: Visitor, mut form: Form) -> Result<Reply> {
    let Some((member, login)) = find_pending(&visitor).await? else { return Ok(begin_again()) };
    let answer = form.fields.remove("credential").unwrap_or_default();
    let signed = form.fields.remove("state").unwrap_or_default();
    let account = member.account.id;
    let known = visitor.read(move |conn| Passkey::list(conn, account)).await?;
    if let Some((passkey, answered)) = verify(&visitor, &member.account, &known, &answer, &signed)? {
        match visitor.write(move |tx| passkey.record_use(tx, &signed, &answered)).await {
            Ok(()) => return finish_login(&visitor, &member, login.kind, AuthLevel::Two, &login.next).await,
            Err(Error::LinkExpired) => {}
            Err(error) => return Err(error),
        }
    }
    visitor.record_security_event(SecurityEvent::SecondFactorFailed { account: Some(account) });
    let mut fields = Fields::default();
    fields.add_error("", Message::PasskeyRefused);
    Ok(render_form(&visitor, &member.account, fields).await?.unprocessable())
}

/// The passkey that signed the challenge, with its new state; `None` if the response is invalid.
fn verify(
    visitor: &Visitor,
    account: &Account,
    known: &[Passkey],
    answer: &str,
    signed: &str,
) -> Result<Option<(Passkey, PasskeyCredential)>> {
    let app = visitor.app();
    let state: Option<PasskeyAuthentication> =
        passkey_challenge::verify(app, ChallengePurpose::SecondStep, Some(account.id), signed);
    let (Some(party), Some(state)) = (app.relying_party(), state) else { return Ok(None) };
    let Some(claimed) = party.claimed_credential_id(answer) else { return Ok(None) };
    for passkey in known {
        let credential = passkey.to_credential()?;
        if credential_id(&credential) == claimed {
            let answered = party.finish_authentication(answer, &state, credential);
            return Ok(answered.map(|answered| (passkey.clone(), answered)));
        }
    }
    Ok(None)
}

/// The account of the pending log-in; `None` if there is none, or it has expired.
async fn find_pending(visitor: &Visitor) -> Result<Option<(Member, PendingLogin)>> {
    let Some(login) = visitor.pending_login() else { return Ok(None) };
    let (account, epoch) = (login.account, login.auth_epoch);
    let member = visitor.read(move |conn| Account::find_member(conn, account, epoch)).await?;
    Ok(member.map(|member| (member, login)))
}

fn begin_again() -> Reply {
    Reply::redirect(paths::login()).alert(Message::LogInAgain)
}

async fn render_form(visitor: &Visitor, account: &Account, mut form: Fields) -> Result<Reply> {
    form.set("code", String::new());
    let (account, allows_passkeys) = (account.id, visitor.app().relying_party().is_some());
    visitor
        .render_page(Layout::Plain, move |conn, cx| {
            let status = SecondFactor::load_status(conn, account)?;
            let has_passkey = allows_passkeys && status.passkeys > 0;
            Ok(New { t: cx.locale(), has_app: status.totp_since.is_some(), has_passkey, form })
        })
        .await
}
