//! What is done again and again by the clock, whatever waits in the queues: each sweep has a task of its own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use tokio::sync::watch;

use super::{payments, unpaid};
use crate::app::App;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::job::QueuedJob;
use crate::models::order::Order;
use crate::models::retention::{self, RULES};
use crate::models::search;
use crate::support::clock::Utc;
use crate::text_enum;

/// How often a sweep asks the clock whether its time has come.
const TICK: Duration = Duration::from_secs(1);
/// Orders that are given up at once: each may have to wait for its provider.
const AT_ONCE: usize = 8;
/// A pause between two bites of [`forget`], in which others write.
const PAUSE: Duration = Duration::from_millis(20);

text_enum! {
    /// Something that is done by the clock.
    Sweep {
        /// Gives up pending orders whose time is up.
        ExpireOrders = "expire_orders",
        /// Closes orders whose transfer has not come.
        ExpireUnpaidTransfers = "expire_unpaid_transfers",
        /// Reminds buyers of transfers that have not come.
        RemindUnpaidTransfers = "remind_unpaid_transfers",
        /// Puts right what a clock that was ahead has left.
        MendFuture = "mend_future",
        /// Says in the log when work is late.
        WarnOfLateWork = "warn_of_late_work",
        /// Compares the provider's books with ours.
        ReconcilePayments = "reconcile_payments",
        /// Forgets what nobody needs any more.
        Forget = "forget",
        /// Gathers what searches go through.
        GatherSearch = "gather_search",
    }
}

impl Sweep {
    /// How often.
    pub fn every(self) -> SignedDuration {
        match self {
            Sweep::MendFuture => SignedDuration::from_secs(10),
            // Also how often the log says so.
            Sweep::WarnOfLateWork => SignedDuration::from_mins(1),
            Sweep::ExpireOrders | Sweep::ExpireUnpaidTransfers => SignedDuration::from_secs(20),
            Sweep::RemindUnpaidTransfers | Sweep::ReconcilePayments | Sweep::Forget | Sweep::GatherSearch => {
                SignedDuration::from_hours(1)
            }
        }
    }

    /// How long one run may take; what is left is done by the next.
    fn limit(self) -> Duration {
        match self {
            Sweep::MendFuture | Sweep::WarnOfLateWork => Duration::from_secs(60),
            Sweep::ExpireOrders
            | Sweep::ExpireUnpaidTransfers
            | Sweep::RemindUnpaidTransfers
            | Sweep::ReconcilePayments
            | Sweep::GatherSearch => Duration::from_secs(600),
            Sweep::Forget => Duration::from_secs(3000),
        }
    }

    /// Does it once.
    ///
    /// # Errors
    /// When the database or the payment provider does not answer.
    pub async fn run(self, app: &App) -> Result<()> {
        match self {
            Sweep::ExpireOrders => expire_orders(app).await,
            Sweep::ExpireUnpaidTransfers => unpaid::expire_unpaid_transfers(app).await,
            Sweep::RemindUnpaidTransfers => unpaid::remind_unpaid_transfers(app).await,
            Sweep::MendFuture => mend_future(app).await,
            Sweep::WarnOfLateWork => warn_of_late_work(app).await,
            Sweep::ReconcilePayments => payments::reconcile(app).await,
            Sweep::Forget => forget(app).await,
            Sweep::GatherSearch => app.db.write(search::gather).await,
        }
    }
}

/// When a sweep is due: at the start, then each time so long after its last run. A clock that was put back does not
/// make it wait.
#[derive(Clone, Copy, Debug, Default)]
pub struct Schedule {
    last: Option<Utc>,
}

impl Schedule {
    /// Whether it is due now; if so it counts as run.
    pub fn is_due(&mut self, every: SignedDuration, now: Utc) -> bool {
        let due = self.last.is_none_or(|last| now < last || now.since(last) >= every);
        if due {
            self.last = Some(now);
        }
        due
    }
}

/// Does a sweep by the clock until told to stop.
pub async fn keep(app: Arc<App>, sweep: Sweep, mut stop: watch::Receiver<bool>) {
    let mut schedule = Schedule::default();
    while !*stop.borrow() {
        if schedule.is_due(sweep.every(), app.clock().now()) {
            tokio::select! {
                done = tokio::time::timeout(sweep.limit(), sweep.run(&app)) => tell(sweep, done),
                told = stop.changed() => {
                    if told.is_err() {
                        return;
                    }
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            told = stop.changed() => {
                if told.is_err() {
                    return;
                }
            }
        }
    }
}

fn tell(sweep: Sweep, done: std::result::Result<Result<()>, tokio::time::error::Elapsed>) {
    match done {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(sweep = sweep.as_str(), %error, "a sweep failed; it is tried again"),
        Err(_) => {
            let seconds = sweep.limit().as_secs();
            tracing::error!(sweep = sweep.as_str(), seconds, "a sweep took too long; the next one goes on");
        }
    }
}

/// Gives up pending orders whose time is up.
///
/// # Errors
/// When the database does not answer. An order that cannot be given up now is tried again at the next sweep.
pub async fn expire_orders(app: &App) -> Result<()> {
    let now = app.clock().now();
    let mut after = 0;
    // Orders that cannot be given up now must not stand before those that can.
    loop {
        let overdue = app.db.read(move |conn| Order::overdue(conn, now, after)).await?;
        let Some(last) = overdue.last() else { return Ok(()) };
        after = *last;
        // A provider that does not answer holds up its own orders only.
        stream::iter(overdue).for_each_concurrent(AT_ONCE, |order| expire_order(app, order)).await;
    }
}

async fn expire_order(app: &App, order: i64) {
    match payments::give_up(app, order).await {
        Ok(()) | Err(Error::Busy) => {}
        Err(error) => tracing::warn!(order, %error, "an order could not be given up"),
    }
}

/// Puts right what a clock that was ahead has left: what lies further in the future than it can would wait until then.
///
/// # Errors
/// When the database does not answer.
pub async fn mend_future(app: &App) -> Result<()> {
    let now = app.clock().now();
    let look = move |conn: &mut Conn| Ok(QueuedJob::any_in_future(conn, now)? || retention::any_in_future(conn, now)?);
    if !app.db.read(look).await? {
        return Ok(());
    }
    tracing::warn!("some rows are dated in the future: the clock was ahead. They are put right");
    let mend = |tx: &mut Tx<'_>| {
        QueuedJob::mend_future(tx)?;
        retention::mend_future(tx)
    };
    app.db.write(mend).await
}

/// Says in the log which work is late.
///
/// # Errors
/// When the database does not answer.
pub async fn warn_of_late_work(app: &App) -> Result<()> {
    let now = app.clock().now();
    for late in app.db.read(move |conn| QueuedJob::overdue(conn, now)).await? {
        tracing::warn!(queue = late.queue.as_str(), jobs = late.count, since = %late.since, "work is late");
    }
    Ok(())
}

/// Forgets what nobody needs any more, and gathers what searches go through.
///
/// # Errors
/// When the database does not answer.
pub async fn tidy(app: &App) -> Result<()> {
    Sweep::Forget.run(app).await?;
    Sweep::GatherSearch.run(app).await
}

/// Forgets what nobody needs any more, in bites so small that nobody waits for them, until all of it is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(app: &App) -> Result<()> {
    for rule in RULES {
        loop {
            let before = app.clock().now().minus(rule.age);
            // In its own time: some of these look at many rows.
            let found = app.db.study(move |conn| (rule.find)(conn, before)).await?;
            let more = found.more;
            if !found.rows.is_empty() {
                app.db.write(move |tx| (rule.forget)(tx, before, &found.rows)).await?;
            }
            if !more {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}
