//! Registration of customers. The account exists once the link that is sent to its address is confirmed; an address
//! that has an account already gets the same answer and another email.

use super::links;
use super::sessions::is_own_path;
use crate::app::HashQueue;
use crate::controllers::email_requests;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{MIN_CUSTOMER_PASSWORD_LENGTH, RegistrationForm, RegistrationFormData};
use crate::http::{Form, Layout, Reply, Visitor};
use crate::models::people::account::registration::{NewRegistration, PendingRegistration};
use crate::models::people::email_request;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::i18n::{Locale, Message};
use crate::support::password;
use crate::views::account::link_confirmations::LinkConfirmation;
use crate::views::account::registrations::New;

pub async fn new(visitor: Visitor) -> Result<Reply> {
    let next = visitor.query_param("next").unwrap_or_default();
    render_form(&visitor, Fields::default(), next).await
}

pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let (token, mut typed) = (form.token.clone(), form.fields.clone());
    let next = form.fields.value("next").to_owned();
    let RegistrationFormData { name, email, password } = match form.check::<RegistrationForm>() {
        Ok(data) => data,
        Err(fields) => return Ok(render_form(&visitor, fields, next).await?.unprocessable()),
    };
    let site_name = visitor.read(|conn| Ok(Settings::load(conn)?.site_name)).await?;
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&site_name, host, &name, &email.mailbox]);
    let hashed = visitor.app().hash_password_in(HashQueue::Public, password, MIN_CUSTOMER_PASSWORD_LENGTH, context);
    let password_hash = match hashed.await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            typed.add_error(&field, message);
            return Ok(render_form(&visitor, typed, next).await?.unprocessable());
        }
        Err(error) => return Err(error),
    };
    let return_path = if is_own_path(&next) { next.clone() } else { String::new() };
    let (new, network) = (NewRegistration { email, name, password_hash, return_path }, visitor.network());
    let registered = visitor.write_once(&token, move |tx| {
        if email_request::count_request(tx, &new.email.mailbox, network)? {
            PendingRegistration::create(tx, &new)?;
        }
        Ok(Reply::redirect(paths::login()).notice(Message::RegistrationSent))
    });
    let render = async |typed| render_form(&visitor, typed, next).await;
    email_requests::reply(&visitor, registered.await, "registration", typed, render).await
}

pub async fn edit(visitor: Visitor) -> Result<Reply> {
    links::open(visitor, paths::account::registration(), PendingRegistration::find_by_secret, confirmation_page).await
}

fn confirmation_page(t: Locale, registration: PendingRegistration) -> LinkConfirmation {
    LinkConfirmation {
        t,
        title: t.account_page_confirm_registration(),
        note: t.account_page_confirm_registration_note(&registration.email),
        button: t.account_page_confirm_registration(),
        action: paths::account::registration(),
    }
}

/// Creates the account. The person logs in with the password of the registration, so somebody who confirms a link that
/// another person asked for does not use that person's password unknowingly.
pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let secret = visitor.link_cookie().unwrap_or_default();
    let confirmed = visitor.write_once(&form.token, move |tx| {
        let registration = PendingRegistration::confirm(tx, &secret)?;
        let login = match registration.return_path.as_str() {
            "" => paths::login().to_owned(),
            next => paths::with_query_param(paths::login(), "next", next),
        };
        Ok(Reply::redirect(login).notice(Message::AccountReady))
    });
    let reply = confirmed.await.map_err(|error| visitor.limit_link_attempts(error))?;
    Ok(links::CONFIRMATION.clear(&visitor, reply))
}

async fn render_form(visitor: &Visitor, mut form: Fields, next: String) -> Result<Reply> {
    form.set("password", String::new());
    visitor.render_page(Layout::Plain, move |_, cx| Ok(New { t: cx.locale(), form, next })).await
}
