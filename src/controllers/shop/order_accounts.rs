//! An account for the buyer of an order, made by one password field. As with every registration, it exists once the
//! link that is sent to the order's address is confirmed.

use super::orders::{add_secret_url_headers, build_page};
use crate::app::HashQueue;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::{MIN_CUSTOMER_PASSWORD_LENGTH, NewPasswordForm};
use crate::http::resource_path::BuyerOrderPath;
use crate::http::{Form, Layout, Reply, Visitor};
use crate::models::people::account::registration::{NewRegistration, PendingRegistration};
use crate::models::people::email_request;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::password;

pub async fn create(visitor: Visitor, path: BuyerOrderPath, form: Form) -> Result<Reply> {
    let (token, mut typed, order_path) = (form.token.clone(), form.fields.clone(), path.clone());
    let read = visitor.read(move |conn| {
        let details = order_path.load(conn)?.load_details(conn)?;
        Ok((details, Settings::load(conn)?.site_name))
    });
    let (details, site_name) = read.await.map_err(|error| visitor.limit_link_attempts(error))?;
    let order_page = paths::order(&path.token);
    let email = EmailAddress::parse(&details.order.email);
    let Some(email) = email.filter(|_| details.order.account_id.is_none()) else {
        return Ok(Reply::redirect(order_page));
    };
    let password = match form.check::<NewPasswordForm>() {
        Ok(password) => password,
        Err(fields) => return render_error(&visitor, path, fields).await,
    };
    let host = visitor.app().base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&site_name, host, &details.address.name, &email.mailbox]);
    let hashed = visitor.app().hash_password_in(HashQueue::Public, password, MIN_CUSTOMER_PASSWORD_LENGTH, context);
    let password_hash = match hashed.await {
        Ok(hash) => hash,
        Err(Error::Invalid { field, message }) => {
            typed.add_error(&field, message);
            return render_error(&visitor, path, typed).await;
        }
        Err(error) => return Err(error),
    };
    let name = details.address.name.clone();
    let new = NewRegistration { email, name, password_hash, return_path: paths::account::orders().to_owned() };
    let network = visitor.network();
    let registered = visitor.write_once(&token, move |tx| {
        if email_request::count_request(tx, &new.email.mailbox, network)? {
            PendingRegistration::create(tx, &new)?;
        }
        Ok(Reply::redirect(order_page.clone()).notice(Message::RegistrationSent))
    });
    match registered.await {
        Err(Error::TooManyRequests(seconds)) => {
            typed.add_error("password", Message::too_many_attempts(seconds));
            Ok(render_error(&visitor, path, typed).await?.too_many_requests(seconds))
        }
        Err(Error::AlreadySubmitted) => {
            typed.add_error("", Message::AlreadySubmitted);
            render_error(&visitor, path, typed).await
        }
        reply => reply,
    }
}

async fn render_error(visitor: &Visitor, path: BuyerOrderPath, mut form: Fields) -> Result<Reply> {
    form.set("password", String::new());
    let page = visitor.render_page(Layout::Private, move |conn, cx| build_page(conn, cx, &path, form));
    Ok(add_secret_url_headers(page.await?).unprocessable())
}
