//! Recurring tasks that run by the clock, independent of the queues; each has its own tokio task.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use tokio::sync::watch;

use super::{bank_transfers, payments};
use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::maintenance::retention::{self, RULES};
use crate::models::platform::job::QueuedJob;
use crate::models::platform::search;
use crate::models::sales::order::Order;
use crate::support::clock::Utc;
use crate::support::ids::OrderId;
use crate::text_enum;

const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Orders expired concurrently, because each may wait for its payment provider.
const CONCURRENCY: usize = 8;
/// Pause between batches of [`purge_expired`], so that other writes get through.
const BATCH_PAUSE: Duration = Duration::from_millis(20);

text_enum! {
    RecurringTask {
        ExpireOrders = "expire_orders",
        ExpireUnpaidTransfers = "expire_unpaid_transfers",
        RemindUnpaidTransfers = "remind_unpaid_transfers",
        RepairFutureDates = "repair_future_dates",
        WarnOfLateJobs = "warn_of_late_jobs",
        ReconcilePayments = "reconcile_payments",
        PurgeExpired = "purge_expired",
        /// Merges the segments of the FTS5 index (SQLite).
        OptimiseSearchIndex = "optimise_search_index",
    }
}

impl RecurringTask {
    pub fn interval(self) -> SignedDuration {
        match self {
            RecurringTask::RepairFutureDates => SignedDuration::from_secs(10),
            // Also the interval of the log lines.
            RecurringTask::WarnOfLateJobs => SignedDuration::from_mins(1),
            RecurringTask::ExpireOrders | RecurringTask::ExpireUnpaidTransfers => SignedDuration::from_secs(20),
            RecurringTask::RemindUnpaidTransfers
            | RecurringTask::ReconcilePayments
            | RecurringTask::PurgeExpired
            | RecurringTask::OptimiseSearchIndex => SignedDuration::from_hours(1),
        }
    }

    /// Timeout of one run; the next run continues.
    fn limit(self) -> Duration {
        match self {
            RecurringTask::RepairFutureDates | RecurringTask::WarnOfLateJobs => Duration::from_secs(60),
            RecurringTask::ExpireOrders
            | RecurringTask::ExpireUnpaidTransfers
            | RecurringTask::RemindUnpaidTransfers
            | RecurringTask::ReconcilePayments
            | RecurringTask::OptimiseSearchIndex => Duration::from_secs(600),
            RecurringTask::PurgeExpired => Duration::from_secs(3000),
        }
    }

    pub async fn run(self, app: &App) -> Result<()> {
        match self {
            RecurringTask::ExpireOrders => expire_orders(app).await,
            RecurringTask::ExpireUnpaidTransfers => bank_transfers::expire_unpaid_transfers(app).await,
            RecurringTask::RemindUnpaidTransfers => bank_transfers::remind_unpaid_transfers(app).await,
            RecurringTask::RepairFutureDates => repair_future_dates(app).await,
            RecurringTask::WarnOfLateJobs => warn_of_late_jobs(app).await,
            RecurringTask::ReconcilePayments => payments::reconcile(app).await,
            RecurringTask::PurgeExpired => purge_expired(app).await,
            RecurringTask::OptimiseSearchIndex => app.db.write(search::optimise_index).await,
        }
    }
}

/// Decides when a task is due: at the start, then after each interval. Setting the clock back does not delay it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Schedule {
    last: Option<Utc>,
}

impl Schedule {
    /// Whether the task is due; if so, `now` counts as its last run.
    pub fn is_due(&mut self, every: SignedDuration, now: Utc) -> bool {
        let due = self.last.is_none_or(|last| now < last || now.since(last) >= every);
        if due {
            self.last = Some(now);
        }
        due
    }
}

pub async fn run_until_stopped(app: Arc<App>, task: RecurringTask, mut stop: watch::Receiver<bool>) {
    let mut schedule = Schedule::default();
    while !*stop.borrow() {
        if schedule.is_due(task.interval(), app.clock().now()) {
            tokio::select! {
                done = tokio::time::timeout(task.limit(), task.run(&app)) => log_outcome(task, done),
                changed = stop.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(CHECK_INTERVAL) => {}
            changed = stop.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

fn log_outcome(task: RecurringTask, done: std::result::Result<Result<()>, tokio::time::error::Elapsed>) {
    match done {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(task = task.as_str(), %error, "recurring task failed; it will be retried"),
        Err(_) => {
            let seconds = task.limit().as_secs();
            tracing::error!(task = task.as_str(), seconds, "recurring task timed out; the next run continues");
        }
    }
}

/// Expires pending orders after their hold; one that fails is tried again in the next run.
pub async fn expire_orders(app: &App) -> Result<()> {
    let now = app.clock().now();
    let mut after = OrderId::from(0);
    // Pages by row id, so that orders that fail do not block those behind them.
    loop {
        let overdue = app.db.read(move |conn| Order::list_overdue(conn, now, after)).await?;
        let Some(last) = overdue.last() else { return Ok(()) };
        after = *last;
        // An unresponsive provider delays only its own orders.
        stream::iter(overdue).for_each_concurrent(CONCURRENCY, |order| expire_order(app, order)).await;
    }
}

async fn expire_order(app: &App, order: OrderId) {
    match payments::expire_order(app, order).await {
        Ok(()) | Err(Error::Busy) => {}
        Err(error) => tracing::warn!(order = i64::from(order), %error, "cannot expire order"),
    }
}

/// Corrects timestamps further in the future than any valid one, which would otherwise block jobs and locks until then.
pub async fn repair_future_dates(app: &App) -> Result<()> {
    let now = app.clock().now();
    let has_future_dates = move |conn: &mut Conn| {
        Ok(QueuedJob::has_future_timestamps(conn, now)? || retention::has_future_timestamps(conn, now)?)
    };
    if !app.db.read(has_future_dates).await? {
        return Ok(());
    }
    tracing::warn!("some rows are dated in the future: the clock was ahead. Correcting them");
    let repair = |tx: &mut Tx<'_>| {
        QueuedJob::repair_future_timestamps(tx)?;
        retention::repair_future_timestamps(tx)
    };
    app.db.write(repair).await
}

pub async fn warn_of_late_jobs(app: &App) -> Result<()> {
    let now = app.clock().now();
    for late in app.db.read(move |conn| QueuedJob::list_overdue(conn, now)).await? {
        tracing::warn!(queue = late.queue.as_str(), jobs = late.count, since = %late.since, "background jobs are late");
    }
    Ok(())
}

pub async fn clean_up(app: &App) -> Result<()> {
    RecurringTask::PurgeExpired.run(app).await?;
    RecurringTask::OptimiseSearchIndex.run(app).await
}

/// Deletes data past its retention period in small batches.
pub async fn purge_expired(app: &App) -> Result<()> {
    for rule in RULES {
        loop {
            let before = app.clock().now().minus(rule.max_age);
            // Without the query timeout: some rules scan many rows.
            let found = app.db.read_unbounded(move |conn| (rule.find_expired)(conn, before)).await?;
            let has_more = found.has_more;
            if !found.rows.is_empty() {
                app.db.write(move |tx| (rule.purge)(tx, before, &found.rows)).await?;
            }
            if !has_more {
                break;
            }
            tokio::time::sleep(BATCH_PAUSE).await;
        }
    }
    Ok(())
}
