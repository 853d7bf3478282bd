//! Money that has come for orders.

use actix_web::web::Path;

use super::orders::too_late;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Reply, Staff};
use crate::models::order::Order;
use crate::paths;

/// Staff have seen the money: the order is paid.
///
/// # Errors
/// `NotFound`.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>) -> Result<Reply> {
    let (actor, wanted) = (staff.actor(), number.clone());
    match staff.write(move |tx| Order::mark_paid(tx, &wanted, &actor)).await {
        Ok(order) if order.state.is_off() => {
            let alert = "The goods are sold to others meanwhile: please pay the money back, as the order says.";
            Ok(Reply::see(paths::admin::order(&number)).alert(alert))
        }
        Ok(_) => Ok(Reply::see(paths::admin::order(&number)).notice(format!("Order {number} is paid."))),
        Err(Error::Conflict) => Ok(too_late(&number)),
        Err(error) => Err(error),
    }
}
