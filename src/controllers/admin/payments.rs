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
        let order = Order::mark_paid(tx, &wanted, &actor)?;
        let reply = Reply::see(paths::admin::order(&wanted));
        Ok(if order.state.is_off() {
            reply.alert("The goods are sold to others meanwhile: please pay the money back, as the order says.")
        } else {
            reply.notice(format!("Order {wanted} is paid."))
        })
    });
    match done.await {
        Err(Error::Conflict) => Ok(too_late(&number)),
        answered => answered,
    }
}
