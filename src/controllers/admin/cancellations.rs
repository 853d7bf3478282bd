//! Orders that are called off.

use actix_web::web::Path;

use super::orders::too_late;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::order::Order;
use crate::paths;

/// Calls an order off; its goods go back on sale.
///
/// # Errors
/// `NotFound`.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Order::cancel(tx, &wanted, &actor)?;
        Ok(Reply::see(paths::admin::order(&wanted)).notice(format!("Order {wanted} is cancelled.")))
    });
    match done.await {
        Err(Error::Conflict) => Ok(too_late(&number)),
        answered => answered,
    }
}
