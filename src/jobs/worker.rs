//! Workers: each runs the due jobs of one queue, several at a time, with a timeout.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

use super::recurring_tasks::{self, RecurringTask};
pub use super::recurring_tasks::{clean_up, expire_orders};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::platform::job::{MAX_ATTEMPTS, Queue, QueuedJob};
use crate::support::ids::JobId;

const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Runs all queues and recurring tasks concurrently until `stop`.
pub async fn run(app: Arc<App>, stop: watch::Receiver<bool>) {
    let queues = Queue::ALL.iter().map(|queue| tokio::spawn(run_queue(app.clone(), *queue, stop.clone())));
    let tasks = RecurringTask::ALL
        .iter()
        .map(|task| tokio::spawn(recurring_tasks::run_until_stopped(app.clone(), *task, stop.clone())));
    for ended in join_all(queues.chain(tasks).collect::<Vec<_>>()).await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker task ended unexpectedly");
        }
    }
}

/// Runs jobs of a queue until `stop`; then waits for the running ones.
pub async fn run_queue(app: Arc<App>, queue: Queue, mut stop: watch::Receiver<bool>) {
    let mut running: JoinSet<()> = JoinSet::new();
    let mut held: HashMap<Id, JobId> = HashMap::new();
    while !*stop.borrow() {
        while running.len() < queue.concurrency() {
            let running_ids: Vec<JobId> = held.values().copied().collect();
            match claim(&app, queue, &running_ids).await {
                Ok(Some(job)) => {
                    let (app, id) = (app.clone(), job.id);
                    let task = running.spawn(async move { run_job_and_log(&app, job, queue.timeout()).await });
                    held.insert(task.id(), id);
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(queue = queue.as_str(), %error, "cannot claim a job");
                    break;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(POLL_INTERVAL) => {}
            Some(ended) = running.join_next_with_id() => {
                let task = ended.map_or_else(|error| error.id(), |(task, ())| task);
                held.remove(&task);
            }
            changed = stop.changed() => {
                if changed.is_err() {
                    break;
                }
            }
        }
    }
    while running.join_next().await.is_some() {}
}

/// Runs the next due job of a queue; false if there is none. A failed job is no error here: it is retried.
pub async fn run_next(app: &App, queue: Queue) -> Result<bool> {
    run_next_within(app, queue, queue.timeout()).await
}

/// [`run_next`] with another timeout.
pub async fn run_next_within(app: &App, queue: Queue, limit: Duration) -> Result<bool> {
    let Some(job) = claim(app, queue, &[]).await? else { return Ok(false) };
    run_job(app, job, limit).await?;
    Ok(true)
}

async fn claim(app: &App, queue: Queue, held: &[JobId]) -> Result<Option<QueuedJob>> {
    let (now, running_ids) = (app.clock().now(), held.to_vec());
    if !app.db.read(move |conn| QueuedJob::has_due(conn, queue, now, &running_ids)).await? {
        return Ok(None);
    }
    let running_ids = held.to_vec();
    app.db.write(move |tx| QueuedJob::claim(tx, queue, &running_ids)).await
}

async fn run_job_and_log(app: &App, job: QueuedJob, limit: Duration) {
    let (kind, id) = (job.kind.clone(), job.id);
    if let Err(error) = run_job(app, job, limit).await {
        // The job is claimed again when its lease expires.
        tracing::error!(job = kind, id = i64::from(id), %error, "cannot record the outcome of a job");
    }
}

async fn run_job(app: &App, job: QueuedJob, limit: Duration) -> Result<()> {
    let id = job.id;
    let error = match ended(app, &job, limit).await {
        Ok(()) => return app.db.write(move |tx| QueuedJob::finish(tx, id)).await,
        Err(error) => error,
    };
    tracing::warn!(job = job.kind, id = i64::from(id), attempts = job.attempts, %error, "job failed");
    let text = error.to_string();
    let fail = move |tx: &mut Tx<'_>| {
        if QueuedJob::fail(tx, &job, &text)? { super::handle_dead_job(tx, &job, &text) } else { Ok(()) }
    };
    app.db.write(fail).await
}

/// Runs a job; a panic or timeout is an error like any other.
async fn ended(app: &App, job: &QueuedJob, limit: Duration) -> Result<()> {
    if job.attempts > MAX_ATTEMPTS {
        return Err(Error::internal(anyhow::anyhow!(
            "it was started {MAX_ATTEMPTS} times, and the program stopped each time"
        )));
    }
    let run = AssertUnwindSafe(super::run(app, job)).catch_unwind();
    match tokio::time::timeout(limit, run).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Error::bug("a job panicked")),
        Err(_) => Err(Error::internal(anyhow::anyhow!("it took longer than {} seconds", limit.as_secs()))),
    }
}
