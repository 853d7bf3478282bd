//! Forgotten passwords: asks for the address to send a reset link to. Known and unknown addresses get the same answer.

use crate::controllers::email_requests;
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::account::EmailForm;
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
    let (token, typed, network) = (form.token.clone(), form.fields.clone(), visitor.network());
    let email = match form.check::<EmailForm>() {
        Ok(email) => email,
        Err(fields) => return Ok(render_form(&visitor, fields).await?.unprocessable()),
    };
    let requested = visitor.write_once(&token, move |tx| {
        EmailRequest::new(tx, &email)?.submit(tx, JobKind::PasswordResetEmail, network)?;
        Ok(Reply::redirect(paths::login()).notice(Message::ResetLinkSent))
    });
    let render = async |typed| render_form(&visitor, typed).await;
    email_requests::reply(&visitor, requested.await, "password request", typed, render).await
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
