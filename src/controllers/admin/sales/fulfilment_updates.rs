//! Updates to fulfilments after shipping: delivered, failed, cancelled, sent again.

use actix_web::web::Path;

use super::orders::{OrderPageForms, conflict_redirect, render_order};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::ResendFulfilmentForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Fulfilment;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::FulfilmentId;

pub async fn mark_delivered(
    staff: Staff<needs::Fulfil>,
    path: Path<(String, FulfilmentId)>,
    form: Form,
) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Fulfilment::mark_delivered(tx, &wanted, id, &actor)?;
        Ok(respond(&wanted, Message::ShipmentDelivered))
    });
    unless_late(&number, done.await)
}

pub async fn mark_failed(staff: Staff<needs::Fulfil>, path: Path<(String, FulfilmentId)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Fulfilment::mark_failed(tx, &wanted, id, &actor)?;
        Ok(respond(&wanted, Message::ShipmentFailed))
    });
    unless_late(&number, done.await)
}

/// Closes a failed fulfilment that will not be sent again.
pub async fn cancel(staff: Staff<needs::Fulfil>, path: Path<(String, FulfilmentId)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Fulfilment::cancel(tx, &wanted, id, &actor)?;
        Ok(respond(&wanted, Message::ShipmentClosed))
    });
    unless_late(&number, done.await)
}

/// Ships a failed fulfilment again. The form's fields end with the fulfilment's id.
pub async fn resend(staff: Staff<needs::Fulfil>, path: Path<(String, FulfilmentId)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.token);
    fields.set("parcel", id.to_string());
    let Some(packing) = fields.check::<ResendFulfilmentForm>() else {
        return render_form(&staff, number, fields).await;
    };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Fulfilment::resend(tx, &wanted, id, &packing, &actor)?;
        Ok(respond(&wanted, Message::ShipmentResent))
    });
    unless_late(&number, done.await)
}

async fn render_form(staff: &Staff<needs::Fulfil>, number: String, again: Fields) -> Result<Reply> {
    Ok(render_order(staff, number, OrderPageForms { resend: again, ..OrderPageForms::default() })
        .await?
        .unprocessable())
}

fn respond(number: &str, notice: Message) -> Reply {
    Reply::redirect(paths::admin::order(number)).notice(notice)
}

fn unless_late(number: &str, done: Result<Reply>) -> Result<Reply> {
    match done {
        Err(Error::Conflict | Error::AlreadySubmitted) => Ok(conflict_redirect(number)),
        answered => answered,
    }
}
