//! Reverts a change of an account's email address, by the link that was sent to the former address.

use super::links;
use crate::db::Conn;
use crate::error::Result;
use crate::http::{Form, Reply, Visitor};
use crate::models::people::account::Account;
use crate::models::people::account::tokens::TokenPurpose;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::i18n::{Locale, Message};
use crate::views::account::link_confirmations::LinkConfirmation;

pub async fn edit(visitor: Visitor) -> Result<Reply> {
    links::open(visitor, paths::account::email_revert(), find_former_email, confirmation_page).await
}

fn find_former_email(conn: &mut Conn, secret: &str, now: Utc) -> Result<Option<String>> {
    Account::find_email_of_link(conn, TokenPurpose::RevertEmail, secret, now)
}

fn confirmation_page(t: Locale, email: String) -> LinkConfirmation {
    LinkConfirmation {
        t,
        title: t.account_page_revert_email(),
        note: t.account_page_revert_email_note(email),
        button: t.account_page_revert_email_button(),
        action: paths::account::email_revert(),
    }
}

/// Restores the former address and redirects to the form for a new password.
pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let secret = visitor.link_cookie().unwrap_or_default();
    let reverted = visitor.write_once(&form.token, move |tx| {
        Account::revert_email_change(tx, &secret)?;
        Ok(Reply::redirect(paths::account::password_forgot()).notice(Message::AccountEmailReverted))
    });
    let reply = reverted.await.map_err(|error| visitor.limit_link_attempts(error))?;
    Ok(links::CONFIRMATION.clear(&visitor, reply))
}
