//! Reminders and expiry of unpaid bank transfers. Each order has its own transaction, so several processes may run this
//! at once.

use crate::app::App;
use crate::error::{Error, Result};
use crate::models::sales::order::Order;
use crate::support::ids::OrderId;

/// Expires orders whose transfer has not arrived in time. An order that fails is tried again in the next run.
pub async fn expire_unpaid_transfers(app: &App) -> Result<()> {
    let now = app.clock().now();
    let mut after = OrderId::from(0);
    loop {
        let overdue = app.db.read(move |conn| Order::list_overdue_transfers(conn, now, after)).await?;
        let Some(last) = overdue.last() else { return Ok(()) };
        after = *last;
        for order in overdue {
            log_failure(order, app.db.write(move |tx| Order::expire_transfer(tx, order)).await);
        }
    }
}

/// Reminds buyers of unpaid transfers some days before their orders expire; failed reminders are tried again.
pub async fn remind_unpaid_transfers(app: &App) -> Result<()> {
    let now = app.clock().now();
    let mut after = OrderId::from(0);
    loop {
        let Some((due, last)) = app.db.read(move |conn| Order::list_transfers_to_remind(conn, now, after)).await?
        else {
            return Ok(());
        };
        after = last;
        for order in due {
            log_failure(order, app.db.write(move |tx| Order::remind_of_transfer(tx, order)).await);
        }
    }
}

fn log_failure(order: OrderId, result: Result<()>) {
    match result {
        Ok(()) | Err(Error::Busy) => {}
        Err(error) => tracing::warn!(order = i64::from(order), %error, "cannot process an unpaid order"),
    }
}
