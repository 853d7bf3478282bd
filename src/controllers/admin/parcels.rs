//! Parcels after they have left.

use actix_web::web::Path;

use super::orders::{Typed, shown, too_late};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::orders::AgainForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::Parcel;
use crate::paths;

/// It has arrived.
///
/// # Errors
/// `NotFound`.
pub async fn deliver(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Parcel::deliver(tx, &wanted, id, &actor)?;
        Ok(told(&wanted, "Noted. The customer sees it."))
    });
    unless_late(&number, done.await)
}

/// It did not arrive.
///
/// # Errors
/// `NotFound`.
pub async fn fail(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Parcel::fail(tx, &wanted, id, &actor)?;
        Ok(told(&wanted, "Noted. Send it again, or pay it back and close it."))
    });
    unless_late(&number, done.await)
}

/// Nobody sends it again.
///
/// # Errors
/// `NotFound`.
pub async fn close(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Parcel::close(tx, &wanted, id, &actor)?;
        Ok(told(&wanted, "The parcel is closed."))
    });
    unless_late(&number, done.await)
}

/// It leaves another time.
///
/// # Errors
/// `NotFound`.
pub async fn send_again(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.once);
    fields.set("parcel", id.to_string());
    let Some(packing) = fields.check::<AgainForm>() else { return again(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Parcel::send_again(tx, &wanted, id, &packing, &actor)?;
        Ok(told(&wanted, "The parcel is on its way again."))
    });
    unless_late(&number, done.await)
}

async fn again(staff: &Staff<needs::Fulfil>, number: String, again: Fields) -> Result<Reply> {
    Ok(shown(staff, number, Typed { again, ..Typed::default() }).await?.retry())
}

fn told(number: &str, words: &'static str) -> Reply {
    Reply::see(paths::admin::order(number)).notice(words)
}

fn unless_late(number: &str, done: Result<Reply>) -> Result<Reply> {
    match done {
        Err(Error::Conflict | Error::SentBefore) => Ok(too_late(number)),
        answered => answered,
    }
}
