//! Two-factor authentication of the signed-in account: an authenticator app is set up, or turned off.

use super::recovery_codes;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::CodeForm;
use crate::http::{Confirmed, Form, Reply, SignedIn};
use crate::models::people::second_factor::SecondFactor;
use crate::models::people::second_factor::totp::TotpFactor;
use crate::paths;
use crate::presenters::people::second_factor::app_setup;
use crate::support::i18n::Message;
use crate::views::account::second_factors::{AuthenticatorApp, Show};

pub async fn show(user: SignedIn) -> Result<Reply> {
    render_form(&user, Fields::default()).await
}

/// Makes the secret of an authenticator app, which the page shows until its first code is entered.
pub async fn begin_setup(user: Confirmed<SignedIn>, form: Form) -> Result<Reply> {
    let account = user.member.account.id;
    let begun = user.write_once(&form.token, move |tx| match TotpFactor::begin_setup(tx, account) {
        Ok(()) | Err(Error::Conflict) => Ok(Reply::redirect(paths::two_factor())),
        Err(error) => Err(error),
    });
    begun.await
}

/// Turns one-time codes on with the first code. All other sessions end.
pub async fn create(user: Confirmed<SignedIn>, mut form: Form) -> Result<Reply> {
    let Some(code) = form.fields.check::<CodeForm>() else { return render_code_error(&user, form.fields).await };
    let (account, session) = (user.member.account.clone(), user.session_id().to_owned());
    let codes = recovery_codes::generate(&user, &form.token)?;
    let stored = codes.clone();
    let confirmed = user.write_once(&form.token, move |tx| {
        TotpFactor::confirm(tx, &account, &session, &code, &stored)?;
        Ok(Reply::redirect(paths::recovery_codes()).notice(Message::TwoFactorOn))
    });
    match confirmed.await {
        Ok(reply) => {
            user.visitor.record_second_factor()?;
            Ok(recovery_codes::attach(&user, reply, &codes))
        }
        Err(Error::Conflict) => Ok(Reply::redirect(paths::two_factor())),
        Err(Error::Gone) => Ok(setup_expired()),
        Err(Error::Invalid { field, message }) => {
            form.fields.add_error(&field, message);
            render_code_error(&user, form.fields).await
        }
        Err(error) => Err(error),
    }
}

/// Turns one-time codes off. All other sessions end.
pub async fn destroy(user: Confirmed<SignedIn>, form: Form) -> Result<Reply> {
    let (account, session) = (user.member.account.clone(), user.session_id().to_owned());
    let disabled = user.write_once(&form.token, move |tx| {
        TotpFactor::disable(tx, &account, &session)?;
        Ok(Reply::redirect(paths::account::security()).notice(Message::TwoFactorOff))
    });
    match disabled.await {
        Err(Error::Conflict) => Ok(Reply::redirect(paths::two_factor())),
        reply => reply,
    }
}

fn setup_expired() -> Reply {
    Reply::redirect(paths::two_factor()).alert(Message::AppSetupExpired)
}

/// The page with an error at its code, or back to the page if no setup waits for a code.
async fn render_code_error(user: &SignedIn, form: Fields) -> Result<Reply> {
    match render_form(user, form).await {
        Err(Error::Gone) => Ok(setup_expired()),
        page => Ok(page?.unprocessable()),
    }
}

/// `Gone` for a form with errors if no setup waits for a code.
async fn render_form(user: &SignedIn, mut form: Fields) -> Result<Reply> {
    form.set("code", String::new());
    let account = user.member.account.clone();
    user.render_page(move |conn, cx| {
        let status = SecondFactor::load_status(conn, account.id)?;
        let setup = TotpFactor::find_setup(conn, &cx.secret_key, &account, &cx.settings.site_name, cx.now)?;
        let app = match (status.totp_since, setup) {
            (Some(since), _) => AuthenticatorApp::On { since: cx.date(since) },
            (None, Some(setup)) => AuthenticatorApp::Pending(app_setup(&setup)),
            (None, None) => AuthenticatorApp::Off,
        };
        if !form.errors().is_empty() && !matches!(app, AuthenticatorApp::Pending(_)) {
            return Err(Error::Gone);
        }
        let codes_left = status.is_enrolled().then_some(status.codes_left);
        Ok(Show { t: cx.locale(), app, passkeys: status.passkeys, codes_left, form })
    })
    .await
}
