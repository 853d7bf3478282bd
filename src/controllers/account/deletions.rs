//! Deletes a customer's account.

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::AccountDeletionForm;
use crate::http::security_log::SecurityEvent;
use crate::http::step_up::check_password;
use crate::http::{AccountRequest, Context, Form, Reply, SignedIn};
use crate::models::maintenance::erasure;
use crate::models::people::account::Account;
use crate::models::people::customer::Customer;
use crate::models::platform::event::Actor;
use crate::paths;
use crate::support::i18n::Message;
use crate::views::account::deletions::New;

pub async fn new(request: AccountRequest) -> Result<Reply> {
    request.render_page(|conn, cx| build_page(conn, cx, Fields::default())).await
}

pub async fn create(signed_in: SignedIn, form: Form) -> Result<Reply> {
    let (token, mut typed) = (form.token.clone(), form.fields.clone());
    let password = match form.check::<AccountDeletionForm>() {
        Ok(password) => password,
        Err(fields) => return Ok(render_form(&signed_in, fields).await?.unprocessable()),
    };
    let (visitor, account) = (&signed_in.visitor, signed_in.member.account.clone());
    match check_password(visitor, &account, password).await {
        Ok(true) => {}
        Ok(false) => {
            visitor.record_security_event(SecurityEvent::StepUpFailed { account: account.id });
            typed.add_error("password", Message::PasswordIncorrect);
            return Ok(render_form(&signed_in, typed).await?.unprocessable());
        }
        Err(Error::TooManyRequests(seconds)) => {
            visitor.record_security_event(SecurityEvent::Throttled { what: "account deletion", seconds });
            typed.add_error("password", Message::too_many_attempts(seconds));
            return Ok(render_form(&signed_in, typed).await?.too_many_requests(seconds));
        }
        // Another request has deleted it.
        Err(Error::NotFound) => return Ok(Reply::redirect(paths::login())),
        Err(error) => return Err(error),
    }
    let erased = visitor.write_once(&token, move |tx| {
        let customer = Customer::find_for_account(tx.conn(), account.id)?;
        erasure::erase_customer(tx, &customer, &Actor::Customer)?;
        Ok(Reply::redirect(paths::login()))
    });
    match erased.await {
        Ok(reply) => {
            visitor.sign_out();
            Ok(reply)
        }
        Err(Error::Invalid { field, message }) => {
            typed.add_error(&field, message);
            Ok(render_form(&signed_in, typed).await?.unprocessable())
        }
        Err(error) => Err(error),
    }
}

async fn render_form(signed_in: &SignedIn, mut form: Fields) -> Result<Reply> {
    form.set("password", String::new());
    signed_in.render_page(move |conn, cx| build_page(conn, cx, form)).await
}

fn build_page(conn: &mut Conn, cx: &Context, mut form: Fields) -> Result<New> {
    let has_password = Account::has_password(conn, cx.require_member()?.account.id)?;
    form.detach_hidden_errors(|_| has_password);
    Ok(New { t: cx.locale(), form, has_password })
}
