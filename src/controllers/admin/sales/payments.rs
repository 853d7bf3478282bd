//! Manual payments.

use actix_web::web::Path;

use super::orders::conflict_redirect;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

/// Marks an order as paid. If its transfer had expired and the items are sold by now, staff must refund the payment.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        let order = Order::mark_paid(tx, &wanted, &actor)?;
        let reply = Reply::redirect(paths::admin::order(&wanted));
        Ok(if order.state.is_cancelled_or_expired() {
            reply.alert(Message::PaidItemsSold)
        } else {
            reply.notice(Message::OrderPaid { number: wanted.clone() })
        })
    });
    match done.await {
        Err(Error::Conflict) => Ok(conflict_redirect(&number)),
        answered => answered,
    }
}
