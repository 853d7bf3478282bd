//! Parcels of orders.

use actix_web::web::Path;

use super::orders::{Typed, shown, too_late};
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
use crate::forms::admin::orders::ParcelForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::Order;
use crate::paths;

/// Sends a parcel.
///
/// # Errors
/// `NotFound`.
pub async fn create(staff: Staff<needs::Fulfil>, number: Path<String>, form: Form) -> Result<Reply> {
    let (number, mut fields, once) = (number.into_inner(), form.fields, form.once);
    let wanted = number.clone();
    let lines = staff.read(move |conn| Order::by_number(conn, &wanted)?.lines(conn)).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    let Some(packing) = fields.check::<ParcelForm>() else { return again(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let sent = staff.write_once(&once, move |tx| {
        Order::ship(tx, &wanted, &packing, &actor)?;
        Ok(Reply::see(paths::admin::order(&wanted)).notice("The parcel is on its way."))
    });
    match sent.await {
        Ok(reply) => Ok(reply),
        Err(Error::SentBefore) if lines.iter().any(|line| line.left_to_send() > 0) => {
            fields.refuse("", SENT_BEFORE);
            again(&staff, number, fields).await
        }
        Err(Error::Conflict | Error::SentBefore) => Ok(too_late(&number)),
        Err(Error::Invalid { message, .. }) => {
            let open = lines.iter().find(|line| line.left_to_send() > 0);
            let Some(open) = open else { return Ok(too_late(&number)) };
            fields.refuse(&format!("quantity_{}", open.id), message);
            again(&staff, number, fields).await
        }
        Err(error) => Err(error),
    }
}

async fn again(staff: &Staff<needs::Fulfil>, number: String, parcel: Fields) -> Result<Reply> {
    Ok(shown(staff, number, Typed { parcel, ..Typed::default() }).await?.retry())
}
