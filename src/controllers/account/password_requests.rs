//! Forgotten passwords: asks for the address to send a reset link to. Known and unknown addresses get the same answer.

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::EmailForm;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor};
use crate::models::people::email_request::EmailRequest;
use crate::models::platform::job::JobKind;
use crate::paths;
use crate::support::i18n::Message;
use crate::views::account::email_requests::EmailRequestPage;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    render_form(&visitor, Fields::default()).await
}

pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let (token, mut typed, network) = (form.token.clone(), form.fields.clone(), visitor.network());
    let email = match form.check::<EmailForm>() {
        Ok(email) => email,
        Err(fields) => return Ok(render_form(&visitor, fields).await?.unprocessable()),
    };
    let requested = visitor.write_once(&token, move |tx| {
        EmailRequest::new(tx, &email)?.submit(tx, JobKind::PasswordResetEmail, network)?;
        Ok(Reply::redirect(paths::login()).notice(Message::ResetLinkSent))
    });
    match requested.await {
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "password request", seconds });
            typed.add_error("email", Message::too_many_attempts(seconds));
            Ok(render_form(&visitor, typed).await?.too_many_requests(seconds))
        }
        Err(Error::AlreadySubmitted) => {
            typed.add_error("", Message::AlreadySubmitted);
            Ok(render_form(&visitor, typed).await?.unprocessable())
        }
        reply => reply,
    }
}

async fn render_form(visitor: &Visitor, form: Fields) -> Result<Reply> {
    let page = visitor.render_page(Layout::Plain, move |_, cx| {
        let t = cx.locale();
        Ok(EmailRequestPage {
            t,
            form,
            title: t.account_page_forgot_password(),
            note: t.account_page_forgot_password_note(),
            button: t.account_page_send_me_link(),
            action: paths::account::password_forgot(),
        })
    });
    page.await
}
