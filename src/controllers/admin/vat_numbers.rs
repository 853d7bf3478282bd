//! VAT numbers that took the tax off an order, as staff have found them in the register.

use actix_web::web::Path;

use super::orders::too_late;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::Order;
use crate::paths;

/// Writes down whether the number is valid: `result` is `valid` or `invalid`.
///
/// # Errors
/// `NotFound`.
pub async fn update(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let is_valid = match form.fields.value("result") {
        "valid" => true,
        "invalid" => false,
        _ => return Err(Error::BadRequest("The number is valid or it is not.")),
    };
    let (actor, wanted) = (staff.actor(), number.clone());
    let recorded = staff.write_once(&form.once, move |tx| {
        let order = Order::by_number(tx.conn(), &wanted)?.id;
        Order::record_vat_check(tx, order, is_valid, "", &actor)?;
        Ok(Reply::see(paths::admin::order(&wanted)).notice("Noted in the order’s timeline."))
    });
    match recorded.await {
        Err(Error::Conflict) => Ok(too_late(&number)),
        answered => answered,
    }
}
