//! Cancelling orders.

use super::orders::conflict_redirect;
use super::refunds::confirm_large_refund;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::resource_path::OrderPath;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

pub async fn create(staff: Staff<needs::ManageOrders>, path: OrderPath, form: Form) -> Result<Reply> {
    let amount = |_: &mut Conn, order: &Order| Ok(order.net_payment_minor());
    if let Some(question) = confirm_large_refund(&staff, path.clone(), &form.fields, &form.token, amount).await? {
        return Ok(question);
    }
    let (actor, number) = (staff.actor(), path.number.clone());
    let cancelled = staff.write_once(&form.token, move |tx| {
        Order::cancel(tx, &number, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&number)).notice(Message::OrderCancelled { number: number.clone() }))
    });
    match cancelled.await {
        Err(Error::Conflict) => Ok(conflict_redirect(&path)),
        reply => reply,
    }
}
