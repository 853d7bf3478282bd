//! Begins to use the site as a customer.

use super::customers::{CustomerForms, render_form};
use crate::controllers::admin::add_model_error;
use crate::error::{Error, Result};
use crate::forms::admin::people::customers::ImpersonationForm;
use crate::http::form_token::FormSender;
use crate::http::guards::needs;
use crate::http::resource_path::CustomerPath;
use crate::http::{Confirmed, Form, Reply, Staff};
use crate::models::people::account::Account;
use crate::paths;

pub async fn create(staff: Confirmed<Staff<needs::Impersonate>>, path: CustomerPath, form: Form) -> Result<Reply> {
    if let Some(reply) = staff.challenge(&form.fields, &form.token).await? {
        return Ok(reply);
    }
    let mut fields = form.fields;
    if let Some(reason) = fields.check::<ImpersonationForm>() {
        let (by, customer_path) = (staff.member.clone(), path.clone());
        let begun = staff.write(move |tx| {
            let account = customer_path.load(tx.conn())?.account_id.ok_or(Error::NotFound)?;
            Account::begin_impersonation(tx, account, &reason, &by)
        });
        match begun.await {
            Ok(account) => {
                staff.visitor.impersonate(&account, &staff.member, &path.id)?;
                return Ok(Reply::redirect(paths::home()));
            }
            Err(Error::Forbidden(message)) => fields.add_error("", message),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    render_form(&staff, path, CustomerForms { impersonation: fields, ..CustomerForms::default() }).await
}
