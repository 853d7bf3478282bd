//! Log-in with a passkey alone, which verifies its user and so is both factors.

use super::sessions::{finish_login, render_form};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::passkey_challenge::{self, ChallengePurpose};
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor};
use crate::models::people::account::Member;
use crate::models::people::second_factor::passkey::Passkey;
use crate::models::people::session::{AuthLevel, SessionKind};
use crate::support::i18n::Message;
use crate::support::webauthn::{DiscoverableAuthentication, PasskeyCredential};

/// The challenge for any passkey of this site, as JSON.
pub async fn challenge(visitor: Visitor) -> Result<Reply> {
    let app = visitor.app();
    let party = app.relying_party().ok_or(Error::NotFound)?;
    passkey_challenge::reply(app, ChallengePurpose::LogIn, None, party.start_discovery())
}

/// Logs in with the answer. A passkey that is not known gets the same reply as a wrong answer.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let next = form.fields.value("next").to_owned();
    let (answer, signed) = (form.fields.value("credential").to_owned(), form.fields.value("state").to_owned());
    let mut account = None;
    if let Some((passkey, answered, member)) = verify(&visitor, &answer, &signed).await? {
        let kind = if member.is_staff() { SessionKind::Staff } else { SessionKind::Customer };
        match visitor.write(move |tx| passkey.record_use(tx, &signed, &answered)).await {
            Ok(()) => return finish_login(&visitor, &member, kind, AuthLevel::Two, &next).await,
            Err(Error::LinkExpired) => account = Some(member.account.id),
            Err(error) => return Err(error),
        }
    }
    visitor.record_security_event(SecurityEvent::SecondFactorFailed { account });
    let mut fields = Fields::default();
    fields.add_error("", Message::PasskeyRefused);
    Ok(render_form(&visitor, fields, next).await?.unprocessable())
}

/// The passkey that signed the challenge, with its new state and account; `None` if the response is invalid.
async fn verify(visitor: &Visitor, answer: &str, signed: &str) -> Result<Option<(Passkey, PasskeyCredential, Member)>> {
    let app = visitor.app();
    let state: Option<DiscoverableAuthentication> =
        passkey_challenge::verify(app, ChallengePurpose::LogIn, None, signed);
    let (Some(party), Some(state)) = (app.relying_party(), state) else { return Ok(None) };
    let Some(claimed) = party.identify(answer) else { return Ok(None) };
    let found = visitor.read(move |conn| Passkey::find_claimed(conn, &claimed)).await?;
    let Some((passkey, member)) = found else { return Ok(None) };
    let answered = party.finish_discovery(answer, state, passkey.to_credential()?);
    Ok(answered.map(|answered| (passkey, answered, member)))
}
