//! Emails about accounts. A job that sends a link makes its secret, and stores it in the transaction that writes the
//! email; a repeated job writes neither.

use serde::{Deserialize, Serialize};

use super::{delivery_policy_for, message_id_domain, write_email};
use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::mailers::EmailTemplate;
use crate::models::people::account::registration::PendingRegistration;
use crate::models::people::account::{Account, login_code as code};
use crate::models::people::email_request::EmailRequest;
use crate::models::platform::email::{Email, NewEmail};
use crate::models::platform::event::Actor;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::presenters::people::account_email::{self, AccountEmailSource};
use crate::support::email_address::{EmailAddress, normalise};
use crate::support::ids::{AccountId, RegistrationId};

/// A change of an account's email address, for the notice to the former one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EmailChange {
    pub account: AccountId,
    pub former_email: String,
    /// Microseconds since the Unix epoch.
    pub at: i64,
}

impl EmailChange {
    /// The same for the same change.
    pub fn dedupe_key(&self) -> String {
        Email::dedupe_key("email-changed", format!("{}:{}", self.account, self.at))
    }
}

/// Stores an email once per deduplication key, and with it what `store` writes.
async fn write_email_with(
    app: &App,
    dedupe_key: String,
    recipient: String,
    email: &impl EmailTemplate,
    mut store: impl FnMut(&mut Tx<'_>) -> Result<()> + Send + 'static,
) -> Result<()> {
    let new = NewEmail {
        dedupe_key,
        subject: email.subject(),
        html: email.html()?,
        text: email.text()?,
        order: None,
        reply_to: email.reply_to(),
        recipient,
    };
    let (policy, host) = (delivery_policy_for(app, &new.recipient), message_id_domain(app));
    let written = app.db.write(move |tx| match Email::create(tx, &new, &host, policy)? {
        Some(_) => store(tx),
        None => Ok(()),
    });
    written.await
}

/// Loads settings and what an email is about, in one transaction.
async fn load<T: Send + 'static>(
    app: &App,
    find: impl FnOnce(&mut Conn) -> Result<Option<T>> + Send + 'static,
) -> Result<Option<(Settings, T)>> {
    app.db.read(move |conn| find(conn)?.map(|found| Ok((Settings::load(conn)?, found))).transpose()).await
}

pub async fn registration(app: &App, id: RegistrationId) -> Result<()> {
    let found = load(app, move |conn| match PendingRegistration::find(conn, id)? {
        Some(pending) => pending.find_existing_account(conn).map(|account| Some((pending, account))),
        None => Ok(None),
    });
    let Some((settings, (pending, existing))) = found.await? else { return Ok(()) };
    let (key, recipient) = (Email::dedupe_key("registration", id), pending.email.clone());
    if let Some(account) = existing {
        let source = AccountEmailSource::for_account(settings, &account, app.origin());
        let email = account_email::existing_account(&source);
        return write_email_with(app, key, account.email, &email, move |tx| pending.delete(tx)).await;
    }
    let secret = app.db.context().random.generate_secret()?;
    let email = account_email::registration(&AccountEmailSource::for_site(settings, app.origin()), &secret);
    write_email_with(app, key, recipient, &email, move |tx| pending.set_secret(tx, &secret)).await
}

/// Does nothing for an address without an account.
pub async fn password_reset(app: &App, request: &EmailRequest) -> Result<()> {
    let address = normalise(&request.email);
    let found = load(app, move |conn| Account::find_active_by_email(conn, &address));
    let Some((settings, account)) = found.await? else { return Ok(()) };
    let secret = app.db.context().random.generate_secret()?;
    let source = AccountEmailSource::for_account(settings, &account, app.origin());
    let email = account_email::password_reset(&source, &secret);
    let key = Email::dedupe_key("password-reset", &request.id);
    write_email_with(app, key, account.email, &email, move |tx| {
        Account::add_reset_token(tx, account.id, &secret, &Actor::System)
    })
    .await
}

/// Does nothing for an address that is no customer's.
pub async fn login_code(app: &App, request: &EmailRequest) -> Result<()> {
    let address = normalise(&request.email);
    let found = load(app, move |conn| Account::find_customer(conn, &address));
    let Some((settings, account)) = found.await? else { return Ok(()) };
    let context = app.db.context();
    let secret = context.random.generate_secret()?;
    let source = AccountEmailSource::for_account(settings, &account, app.origin());
    let email = account_email::login_code(&source, &secret, code::code(&context.secret_key, &secret));
    let (key, browser) = (Email::dedupe_key("login-code", &request.id), request.browser_hash.clone());
    let (id, recipient) = (account.id, account.email.clone());
    write_email_with(app, key, recipient, &email, move |tx| {
        Account::add_login_code(tx, id, &secret, &account.email, &browser)
    })
    .await
}

/// Does nothing if number and address do not belong together.
pub async fn order_link(app: &App, request: &EmailRequest) -> Result<()> {
    let (number, typed) = (request.order_number.clone(), request.email.clone());
    let found = load(app, move |conn| match EmailAddress::parse(&typed) {
        Some(email) => Order::find_by_number_and_email(conn, &number, &email),
        None => Ok(None),
    });
    let Some((settings, order)) = found.await? else { return Ok(()) };
    let token = Order::access_token(&app.db.context().secret_key, &order.public_id);
    let source = AccountEmailSource::for_site(settings, app.origin());
    let email = account_email::order_link(&source, &request.order_number, &token);
    write_email(app, Email::dedupe_key("order-link", &request.id), order.email, &email, order.id).await
}

/// Asks the new address of an account for confirmation. An address that has an account is told so instead.
pub async fn email_change(app: &App, request: &EmailRequest) -> Result<()> {
    let (Some(id), Some(to)) = (request.account, EmailAddress::parse(&request.email)) else { return Ok(()) };
    let address = to.normal.clone();
    let found = load(app, move |conn| {
        let account = Account::get(conn, id)?;
        Ok(Some((account, Account::find_active_by_email(conn, &address)?)))
    });
    let Some((settings, (account, existing))) = found.await? else { return Ok(()) };
    let key = Email::dedupe_key("email-change", &request.id);
    if let Some(other) = existing {
        let source = AccountEmailSource::for_account(settings, &other, app.origin());
        return write_email(app, key, other.email, &account_email::existing_account(&source), None).await;
    }
    let secret = app.db.context().random.generate_secret()?;
    let source = AccountEmailSource::for_account(settings, &account, app.origin());
    let email = account_email::email_change(&source, &secret);
    write_email_with(app, key, to.mailbox.clone(), &email, move |tx| Account::add_email_change(tx, id, &to, &secret))
        .await
}

/// The notice to the former address of an account, with a link that reverts the change.
pub async fn email_changed(app: &App, change: &EmailChange) -> Result<()> {
    let id = change.account;
    let Some((settings, account)) = load(app, move |conn| Account::find(conn, id)).await? else { return Ok(()) };
    let secret = app.db.context().random.generate_secret()?;
    let source = AccountEmailSource::for_account(settings, &account, app.origin());
    let email = account_email::email_changed(&source, &account, &secret);
    let former = change.former_email.clone();
    write_email_with(app, change.dedupe_key(), former.clone(), &email, move |tx| {
        Account::add_email_revert(tx, id, &former, &secret)
    })
    .await
}
