//! A new email address. The link that is sent to it confirms it, and until then the old one counts.

use super::links;
use crate::controllers::email_requests;
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::account::EmailForm;
use crate::http::{AccountRequest, Confirmed, Form, Reply, SignedIn, Visitor};
use crate::models::people::account::Account;
use crate::models::people::account::tokens::TokenPurpose;
use crate::models::people::email_request::EmailRequest;
use crate::models::platform::job::JobKind;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::i18n::{Locale, Message};
use crate::views::account::email_changes::New;
use crate::views::account::link_confirmations::LinkConfirmation;

pub async fn new(request: AccountRequest) -> Result<Reply> {
    request
        .render_page(|_, cx| {
            let current = cx.require_member()?.account.email.clone();
            Ok(New { t: cx.locale(), form: Fields::default(), current })
        })
        .await
}

pub async fn create(signed_in: Confirmed<SignedIn>, form: Form) -> Result<Reply> {
    let (token, typed) = (form.token.clone(), form.fields.clone());
    let email = match form.check::<EmailForm>() {
        Ok(email) => email,
        Err(fields) => return Ok(render_form(&signed_in, fields).await?.unprocessable()),
    };
    let (account, network) = (signed_in.member.account.id, signed_in.visitor.network());
    let requested = signed_in.write_once(&token, move |tx| {
        let request = EmailRequest { account: Some(account), ..EmailRequest::new(tx, &email)? };
        request.submit(tx, JobKind::EmailChangeEmail, network)?;
        Ok(Reply::redirect(paths::account::profile()).notice(Message::EmailChangeSent))
    });
    let render = async |typed| render_form(&signed_in, typed).await;
    email_requests::reply(&signed_in.visitor, requested.await, "email change", typed, render).await
}

pub async fn edit(visitor: Visitor) -> Result<Reply> {
    links::open(visitor, paths::account::email_change(), find_new_email, confirmation_page).await
}

fn find_new_email(conn: &mut Conn, secret: &str, now: Utc) -> Result<Option<String>> {
    Account::find_email_of_link(conn, TokenPurpose::ChangeEmail, secret, now)
}

fn confirmation_page(t: Locale, email: String) -> LinkConfirmation {
    LinkConfirmation {
        t,
        title: t.account_page_confirm_email(),
        note: t.account_page_confirm_email_note(email),
        button: t.account_page_confirm_email_button(),
        action: paths::account::email_change(),
    }
}

pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let secret = visitor.link_cookie().unwrap_or_default();
    let changed = visitor.write_once(&form.token, move |tx| {
        Account::confirm_email_change(tx, &secret)?;
        Ok(Reply::redirect(paths::account::profile()).notice(Message::AccountEmailChanged))
    });
    let reply = changed.await.map_err(|error| visitor.limit_link_attempts(error))?;
    Ok(links::CONFIRMATION.clear(&visitor, reply))
}

async fn render_form(signed_in: &SignedIn, form: Fields) -> Result<Reply> {
    let current = signed_in.member.account.email.clone();
    signed_in.render_page(move |_, cx| Ok(New { t: cx.locale(), form, current })).await
}
