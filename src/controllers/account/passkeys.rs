//! Passkeys of the signed-in account.

use actix_web::web::Path;
use uuid::Uuid;

use super::recovery_codes;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::PasskeyForm;
use crate::http::form_token::FormSender;
use crate::http::passkey_challenge::{self, ChallengePurpose};
use crate::http::security_log::SecurityEvent;
use crate::http::{Confirmed, Form, Reply, SignedIn};
use crate::models::people::second_factor::passkey::{Passkey, PasskeyInput};
use crate::models::people::second_factor::recovery_code::RecoveryCode;
use crate::paths;
use crate::presenters::people::second_factor::passkey_row;
use crate::support::i18n::Message;
use crate::support::ids::PasskeyId;
use crate::support::webauthn::{PasskeyCredential, PasskeyRegistration, PasskeyUser};
use crate::views::account::passkeys::{Edit, Index};

pub async fn index(user: SignedIn) -> Result<Reply> {
    render_list(&user, Fields::default()).await
}

/// The challenge for a new passkey, as JSON.
pub async fn challenge(user: SignedIn) -> Result<Reply> {
    let app = user.visitor.app();
    let party = app.relying_party().ok_or(Error::NotFound)?;
    let account = user.member.account.clone();
    let (id, known) = (account.id, user.visitor.read(move |conn| Passkey::list(conn, account.id)).await?);
    let known = known.iter().map(Passkey::to_credential).collect::<Result<Vec<PasskeyCredential>>>()?;
    let public_id = Uuid::parse_str(&account.public_id).map_err(Error::internal)?;
    let person = PasskeyUser { id: public_id, email: account.email, name: account.name };
    passkey_challenge::reply(app, ChallengePurpose::Register, Some(id), party.start_registration(&person, &known))
}

/// Adds a passkey. All other sessions end. A form that is sent twice finds it there.
pub async fn create(user: Confirmed<SignedIn>, mut form: Form) -> Result<Reply> {
    if let Some(reply) = user.challenge(&form.fields, &form.token).await? {
        return Ok(reply);
    }
    if user.visitor.app().relying_party().is_none() {
        return Err(Error::NotFound);
    }
    let (account, session) = (user.member.account.clone(), user.session_id().to_owned());
    let answer = form.fields.remove("credential").unwrap_or_default();
    let challenge = form.fields.remove("state").unwrap_or_default();
    let name = form.fields.check::<PasskeyForm>();
    let credential = verify_registration(&user, &answer, &challenge);
    let (Some(name), Some(credential)) = (name, credential) else {
        if form.fields.is_valid() {
            let is_missing = answer.is_empty();
            form.fields.add_error("", if is_missing { Message::PasskeyMissing } else { Message::PasskeyRefused });
        }
        return Ok(render_list(&user, form.fields).await?.unprocessable());
    };
    let codes = recovery_codes::generate(&user, &form.token)?;
    let (new, stored) = (PasskeyInput { name, credential, challenge }, codes.clone());
    let added = user.visitor.write(move |tx| {
        Passkey::add(tx, &account, &session, &new, &stored)?;
        RecoveryCode::are_stored(tx.conn(), account.id, &stored)
    });
    match added.await {
        Ok(has_new_codes) => {
            user.visitor.record_second_factor()?;
            let notice = |path| Reply::redirect(path).notice(Message::PasskeyAdded);
            Ok(match has_new_codes {
                true => recovery_codes::attach(&user, notice(paths::recovery_codes()), &codes),
                false => notice(paths::passkeys()),
            })
        }
        Err(Error::Invalid { field, message }) => {
            form.fields.add_error(&field, message);
            Ok(render_list(&user, form.fields).await?.unprocessable())
        }
        Err(Error::LinkExpired) => {
            form.fields.add_error("", Message::PasskeyRefused);
            Ok(render_list(&user, form.fields).await?.unprocessable())
        }
        Err(error) => Err(error),
    }
}

/// The new passkey; `None` if the response is missing or invalid.
fn verify_registration(user: &SignedIn, answer: &str, signed: &str) -> Option<PasskeyCredential> {
    let (app, account) = (user.visitor.app(), user.member.account.id);
    let state: PasskeyRegistration = passkey_challenge::verify(app, ChallengePurpose::Register, Some(account), signed)?;
    let credential = app.relying_party()?.finish_registration(answer, &state);
    if credential.is_none() {
        user.visitor.record_security_event(SecurityEvent::SecondFactorFailed { account: Some(account) });
    }
    credential
}

pub async fn edit(user: SignedIn, id: Path<PasskeyId>) -> Result<Reply> {
    render_form(&user, *id, None).await
}

pub async fn update(user: SignedIn, id: Path<PasskeyId>, mut form: Form) -> Result<Reply> {
    let (id, account) = (*id, user.member.account.clone());
    let Some(name) = form.fields.check::<PasskeyForm>() else {
        return Ok(render_form(&user, id, Some(form.fields)).await?.unprocessable());
    };
    let renamed = user.write_once(&form.token, move |tx| {
        Passkey::find(tx.conn(), account.id, id)?.rename(tx, &account, &name)?;
        Ok(Reply::redirect(paths::passkeys()).notice(Message::PasskeySaved))
    });
    renamed.await
}

/// Removes a passkey. All other sessions end.
pub async fn destroy(user: Confirmed<SignedIn>, id: Path<PasskeyId>, form: Form) -> Result<Reply> {
    let (id, account, session) = (*id, user.member.account.clone(), user.session_id().to_owned());
    let removed = user.write_once(&form.token, move |tx| {
        Passkey::find(tx.conn(), account.id, id)?.remove(tx, &account, &session)?;
        Ok(Reply::redirect(paths::passkeys()).notice(Message::PasskeyRemoved))
    });
    removed.await
}

async fn render_list(user: &SignedIn, form: Fields) -> Result<Reply> {
    let (account, is_available) = (user.member.account.id, user.visitor.app().relying_party().is_some());
    user.render_page(move |conn, cx| {
        let passkeys = Passkey::list(conn, account)?;
        let rows = passkeys.iter().map(|passkey| passkey_row(passkey, cx.format())).collect();
        Ok(Index { t: cx.locale(), passkeys: rows, is_available, form })
    })
    .await
}

async fn render_form(user: &SignedIn, id: PasskeyId, typed: Option<Fields>) -> Result<Reply> {
    let account = user.member.account.id;
    user.render_page(move |conn, cx| {
        let passkey = Passkey::find(conn, account, id)?;
        let form = typed.unwrap_or_else(|| Fields::from_pairs([("name", passkey.name.clone())]));
        Ok(Edit { t: cx.locale(), passkey: passkey_row(&passkey, cx.format()), form })
    })
    .await
}
