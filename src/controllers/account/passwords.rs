//! A new password with a reset link. Looking at the link does not use it up.

use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::account::NewPassword;
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::models::account::Account;
use crate::paths;
use crate::views::account::passwords::Edit;

/// Shows the form, if the link still works.
pub async fn edit(visitor: Visitor) -> Result<Reply> {
    let token = visitor.parameter("token").unwrap_or_default();
    let now = visitor.app().clock().now();
    let looked_at = token.clone();
    if !visitor.read(move |conn| Account::reset_works(conn, &looked_at, now)).await? {
        return Err(Error::Void);
    }
    form_page(&visitor, Fields::default(), token).await
}

/// Sets the password; every session of the person ends.
pub async fn update(visitor: Visitor, form: Form) -> Result<Reply> {
    let (token, once) = (form.fields.value("token").to_owned(), form.once.clone());
    let password = match form.check::<NewPassword>() {
        Ok(password) => password,
        Err(fields) => return Ok(form_page(&visitor, fields, token).await?.retry()),
    };
    let hash = visitor.app().hash_password(password).await?;
    let reset = visitor.write_once(&once, move |tx| {
        Account::reset_password(tx, &token, &hash)?;
        Ok(Reply::see(paths::login()).notice("Your new password is set. Please log in with it."))
    });
    reset.await
}

async fn form_page(visitor: &Visitor, form: Fields, token: String) -> Result<Reply> {
    visitor.page_in(Layout::Plain, move |_, _| Ok(Edit { form, token })).await
}
