//! Manual payments.

use super::orders::conflict_redirect;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::resource_path::OrderPath;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

/// Marks an order as paid. If its transfer had expired and the items are sold by now, staff must refund the payment.
pub async fn create(staff: Staff<needs::ManageOrders>, path: OrderPath, form: Form) -> Result<Reply> {
    let (actor, number) = (staff.actor(), path.number.clone());
    let paid = staff.write_once(&form.token, move |tx| {
        let order = Order::mark_paid(tx, &number, &actor)?;
        let reply = Reply::redirect(paths::admin::order(&number));
        Ok(if order.state.is_cancelled_or_expired() {
            reply.alert(Message::PaidItemsSold)
        } else {
            reply.notice(Message::OrderPaid { number: number.clone() })
        })
    });
    match paid.await {
        Err(Error::Conflict) => Ok(conflict_redirect(&path)),
        reply => reply,
    }
}
