//! Cancelling orders.

use actix_web::web::Path;

use super::orders::conflict_redirect;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

/// Cancels an order and releases its stock.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Order::cancel(tx, &wanted, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&wanted)).notice(Message::OrderCancelled { number: wanted.clone() }))
    });
    match done.await {
        Err(Error::Conflict) => Ok(conflict_redirect(&number)),
        answered => answered,
    }
}
