//! The worker: takes jobs that are due, runs them, gives up orders whose time is up, and tidies up.

use std::time::Duration;

use tokio::sync::watch;

use super::{payments, unpaid};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::cart::Cart;
use crate::models::form_submission;
use crate::models::gate;
use crate::models::job::{Queue, QueuedJob};
use crate::models::order::Order;
use crate::models::search;

/// How long a worker rests when nothing is due.
const REST: Duration = Duration::from_millis(500);
/// After so many rests it looks for orders whose time is up.
const SWEEP: u32 = 40;

/// After so many of them, about an hour, it tidies up and compares the provider's books with ours.
const RECONCILE: u32 = 180;

/// Works on the jobs of a queue until told to stop. The worker of the quick ones also sweeps and tidies.
pub async fn work(app: &App, queue: Queue, mut stop: watch::Receiver<bool>) {
    let mut rests = 0;
    while !*stop.borrow() {
        match next(app, queue).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the queue does not answer"),
        }
        if queue == Queue::Quick {
            look_around(app, rests).await;
        }
        rests += 1;
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            _ = stop.changed() => {}
        }
    }
}

/// What is to be done after so many rests.
async fn look_around(app: &App, rests: u32) {
    if rests.is_multiple_of(SWEEP)
        && let Err(error) = sweep(app).await
    {
        tracing::error!(%error, "orders whose time is up were not looked at");
    }
    if rests.is_multiple_of(SWEEP)
        && let Err(error) = unpaid::expire_unpaid_transfers(app).await
    {
        tracing::error!(%error, "transfers that have not come were not looked at");
    }
    if rests.is_multiple_of(SWEEP * RECONCILE)
        && let Err(error) = unpaid::remind_unpaid_transfers(app).await
    {
        tracing::error!(%error, "nobody was reminded of a transfer");
    }
    if rests.is_multiple_of(SWEEP * RECONCILE)
        && let Err(error) = tidy(app).await
    {
        tracing::error!(%error, "what nobody needs any more was not forgotten");
    }
    if rests.is_multiple_of(SWEEP * RECONCILE)
        && let Err(error) = payments::reconcile(app).await
    {
        tracing::error!(%error, "the payment provider's books were not compared");
    }
}

/// Runs the next due job of a queue, if there is one.
///
/// # Errors
/// When the database does not answer. A job that fails is not an error: it waits for its next try.
pub async fn next(app: &App, queue: Queue) -> Result<bool> {
    let now = app.clock().now();
    if !app.db.read(move |conn| QueuedJob::any_due(conn, queue, now)).await? {
        return Ok(false);
    }
    let Some(job) = app.db.write(move |tx| QueuedJob::claim(tx, queue)).await? else { return Ok(false) };
    let done = super::run(app, &job).await;
    let id = job.id;
    match done {
        Ok(()) => app.db.write(move |tx| QueuedJob::finish(tx, id)).await?,
        Err(error) => {
            tracing::warn!(job = job.kind, id, attempts = job.attempts, %error, "a job failed");
            let text = error.to_string();
            let fail = move |tx: &mut Tx<'_>| {
                if QueuedJob::fail(tx, &job, &text)? { super::given_up(tx, &job) } else { Ok(()) }
            };
            app.db.write(fail).await?;
        }
    }
    Ok(true)
}

/// Forgets what nobody needs any more, what the gate has counted and carts that were left, and gathers what searches go
/// through.
///
/// # Errors
/// When the database does not answer.
pub async fn tidy(app: &App) -> Result<()> {
    app.db.write(gate::forget).await?;
    app.db.write(search::gather).await?;
    app.db.write(|tx| form_submission::delete_older_than(tx, tx.now().minus(form_submission::KEPT))).await?;
    app.db.write(Cart::expire_idle).await
}

/// Gives up pending orders whose time is up.
///
/// # Errors
/// When the database does not answer. An order that cannot be given up now is tried again at the next sweep.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.clock().now();
    let mut after = 0;
    // Orders that cannot be given up now must not stand before those that can.
    loop {
        let overdue = app.db.read(move |conn| Order::overdue(conn, now, after)).await?;
        let Some(last) = overdue.last() else { return Ok(()) };
        after = *last;
        for order in overdue {
            match payments::give_up(app, order).await {
                Ok(()) | Err(Error::Busy) => {}
                Err(error) => tracing::warn!(order, %error, "an order could not be given up"),
            }
        }
    }
}
