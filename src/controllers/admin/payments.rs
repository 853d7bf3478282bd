//! Money that has come for orders.

use actix_web::web::Path;

use super::orders::too_late;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::Order;
use crate::paths;

/// Staff have seen the money: the order is paid.
///
/// # Errors
/// `NotFound`.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Order::mark_paid(tx, &wanted, &actor)?;
        Ok(Reply::see(paths::admin::order(&wanted)).notice(format!("Order {wanted} is paid.")))
    });
    match done.await {
        Err(Error::Conflict) => Ok(too_late(&number)),
        answered => answered,
    }
}
