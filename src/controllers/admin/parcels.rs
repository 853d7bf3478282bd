//! Parcels after they have left.

use actix_web::web::Path;

use super::orders::{Typed, shown, too_late};
use crate::error::{Error, Result};
use crate::forms::admin::orders::AgainForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::Parcel;
use crate::paths;

/// It has arrived.
///
/// # Errors
/// `NotFound`.
pub async fn deliver(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write(move |tx| Parcel::deliver(tx, &wanted, id, &actor)).await;
    told(&number, done, "Noted. The customer sees it.")
}

/// It did not arrive.
///
/// # Errors
/// `NotFound`.
pub async fn fail(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write(move |tx| Parcel::fail(tx, &wanted, id, &actor)).await;
    told(&number, done, "Noted. Send it again, or pay it back and close it.")
}

/// Nobody sends it again.
///
/// # Errors
/// `NotFound`.
pub async fn close(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write(move |tx| Parcel::close(tx, &wanted, id, &actor)).await;
    told(&number, done, "The parcel is closed.")
}

/// It leaves another time.
///
/// # Errors
/// `NotFound`.
pub async fn send_again(staff: Staff<needs::Fulfil>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields) = (path.into_inner(), form.fields);
    fields.set("parcel", id.to_string());
    let Some(packing) = fields.check::<AgainForm>() else {
        return Ok(shown(&staff, number, Typed { again: fields, ..Typed::default() }).await?.retry());
    };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write(move |tx| Parcel::send_again(tx, &wanted, id, &packing, &actor)).await;
    told(&number, done, "The parcel is on its way again.")
}

fn told(number: &str, done: Result<()>, words: &'static str) -> Result<Reply> {
    match done {
        Ok(()) => Ok(Reply::see(paths::admin::order(number)).notice(words)),
        Err(Error::Conflict) => Ok(too_late(number)),
        Err(error) => Err(error),
    }
}
