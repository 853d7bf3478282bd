//! Orders whose bank transfer has not come: reminded of, and closed when their time is up. Both go by the clock and may
//! run in several processes at once: each order is decided on in a transaction of its own.

use crate::app::App;
use crate::error::{Error, Result};
use crate::models::order::Order;

/// Closes the orders whose transfer has not come in time.
///
/// # Errors
/// When the database does not answer. An order that cannot be closed now is tried again the next time.
pub async fn expire_unpaid_transfers(app: &App) -> Result<()> {
    let now = app.clock().now();
    let mut after = 0;
    loop {
        let overdue = app.db.read(move |conn| Order::overdue_transfers(conn, now, after)).await?;
        let Some(last) = overdue.last() else { return Ok(()) };
        after = *last;
        for order in overdue {
            done(order, app.db.write(move |tx| Order::expire_transfer(tx, order)).await);
        }
    }
}

/// Reminds buyers of transfers that have not come, some days before their orders are closed.
///
/// # Errors
/// When the database does not answer. A reminder that cannot be written now is tried again the next time.
pub async fn remind_unpaid_transfers(app: &App) -> Result<()> {
    let now = app.clock().now();
    let mut after = 0;
    loop {
        let Some((due, last)) = app.db.read(move |conn| Order::transfers_to_remind(conn, now, after)).await? else {
            return Ok(());
        };
        after = last;
        for order in due {
            done(order, app.db.write(move |tx| Order::remind_of_transfer(tx, order)).await);
        }
    }
}

fn done(order: i64, result: Result<()>) {
    match result {
        Ok(()) | Err(Error::Busy) => {}
        Err(error) => tracing::warn!(order, %error, "an unpaid order could not be looked at"),
    }
}
