//! Updates to fulfilments after shipping: delivered, failed, cancelled, sent again.

use super::orders::{OrderPageForms, conflict_redirect, render_order_form};
use crate::error::{Error, Result};
use crate::forms::admin::sales::orders::ResendFulfilmentForm;
use crate::http::guards::needs;
use crate::http::resource_path::{FulfilmentPath, OrderPath};
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Fulfilment;
use crate::paths;
use crate::support::i18n::Message;

pub async fn mark_delivered(staff: Staff<needs::Fulfil>, path: FulfilmentPath, form: Form) -> Result<Reply> {
    let (actor, FulfilmentPath { number, id }) = (staff.actor(), path.clone());
    let updated = staff.write_once(&form.token, move |tx| {
        Fulfilment::mark_delivered(tx, &number, id, &actor)?;
        Ok(respond(&number, Message::ShipmentDelivered))
    });
    redirect_on_conflict(path, updated.await)
}

pub async fn mark_failed(staff: Staff<needs::Fulfil>, path: FulfilmentPath, form: Form) -> Result<Reply> {
    let (actor, FulfilmentPath { number, id }) = (staff.actor(), path.clone());
    let updated = staff.write_once(&form.token, move |tx| {
        Fulfilment::mark_failed(tx, &number, id, &actor)?;
        Ok(respond(&number, Message::ShipmentFailed))
    });
    redirect_on_conflict(path, updated.await)
}

/// Closes a failed fulfilment that will not be sent again.
pub async fn cancel(staff: Staff<needs::Fulfil>, path: FulfilmentPath, form: Form) -> Result<Reply> {
    let (actor, FulfilmentPath { number, id }) = (staff.actor(), path.clone());
    let updated = staff.write_once(&form.token, move |tx| {
        Fulfilment::cancel(tx, &number, id, &actor)?;
        Ok(respond(&number, Message::ShipmentClosed))
    });
    redirect_on_conflict(path, updated.await)
}

/// Ships a failed fulfilment again. The form's fields end with the fulfilment's id.
pub async fn resend(staff: Staff<needs::Fulfil>, path: FulfilmentPath, form: Form) -> Result<Reply> {
    let mut fields = form.fields;
    fields.set("parcel", path.id.to_string());
    let Some(request) = fields.check::<ResendFulfilmentForm>() else {
        let order = OrderPath { number: path.number };
        return render_order_form(&staff, order, OrderPageForms { resend: fields, ..OrderPageForms::default() }).await;
    };
    let (actor, FulfilmentPath { number, id }) = (staff.actor(), path.clone());
    let updated = staff.write_once(&form.token, move |tx| {
        Fulfilment::resend(tx, &number, id, &request, &actor)?;
        Ok(respond(&number, Message::ShipmentResent))
    });
    redirect_on_conflict(path, updated.await)
}

fn respond(number: &str, notice: Message) -> Reply {
    Reply::redirect(paths::admin::order(number)).notice(notice)
}

fn redirect_on_conflict(path: FulfilmentPath, reply: Result<Reply>) -> Result<Reply> {
    match reply {
        Err(Error::Conflict | Error::AlreadySubmitted) => Ok(conflict_redirect(&OrderPath { number: path.number })),
        reply => reply,
    }
}
