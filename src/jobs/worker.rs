//! The workers: each takes the jobs of its own queue that are due, runs some of them at once, and ends those that take
//! too long.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::{Id, JoinSet};

use super::sweeps::{self, Sweep};
pub use super::sweeps::{expire_orders as sweep, tidy};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::job::{Queue, QueuedJob, TRIES};

/// How long a worker rests when nothing is due.
const REST: Duration = Duration::from_millis(500);

/// Runs all queues and all sweeps until told to stop: none of them waits for another.
pub async fn run(app: Arc<App>, stop: watch::Receiver<bool>) {
    let queues = Queue::ALL.iter().map(|queue| tokio::spawn(work(app.clone(), *queue, stop.clone())));
    let sweeps = Sweep::ALL.iter().map(|sweep| tokio::spawn(sweeps::keep(app.clone(), *sweep, stop.clone())));
    for ended in join_all(queues.chain(sweeps).collect::<Vec<_>>()).await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker has ended by itself");
        }
    }
}

/// Works on the jobs of a queue until told to stop; then those under way come to their end.
pub async fn work(app: Arc<App>, queue: Queue, mut stop: watch::Receiver<bool>) {
    let mut under_way: JoinSet<()> = JoinSet::new();
    let mut held: HashMap<Id, i64> = HashMap::new();
    while !*stop.borrow() {
        while under_way.len() < queue.at_once() {
            let ours: Vec<i64> = held.values().copied().collect();
            match claim(&app, queue, &ours).await {
                Ok(Some(job)) => {
                    let (app, id) = (app.clone(), job.id);
                    let task = under_way.spawn(async move { carry_out_and_tell(&app, job, queue.limit()).await });
                    held.insert(task.id(), id);
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(queue = queue.as_str(), %error, "the queue does not answer");
                    break;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            Some(ended) = under_way.join_next_with_id() => {
                let task = ended.map_or_else(|error| error.id(), |(task, ())| task);
                held.remove(&task);
            }
            told = stop.changed() => {
                if told.is_err() {
                    break;
                }
            }
        }
    }
    while under_way.join_next().await.is_some() {}
}

/// Runs the next due job of a queue, if there is one.
///
/// # Errors
/// When the database does not answer. A job that fails is not an error: it waits for its next try.
pub async fn next(app: &App, queue: Queue) -> Result<bool> {
    next_within(app, queue, queue.limit()).await
}

/// As [`next`], with another limit on how long the job may take.
///
/// # Errors
/// As [`next`].
pub async fn next_within(app: &App, queue: Queue, limit: Duration) -> Result<bool> {
    let Some(job) = claim(app, queue, &[]).await? else { return Ok(false) };
    carry_out(app, job, limit).await?;
    Ok(true)
}

/// Takes the next due job of a queue that is not held here already.
async fn claim(app: &App, queue: Queue, held: &[i64]) -> Result<Option<QueuedJob>> {
    let (now, ours) = (app.clock().now(), held.to_vec());
    if !app.db.read(move |conn| QueuedJob::any_due(conn, queue, now, &ours)).await? {
        return Ok(None);
    }
    let ours = held.to_vec();
    app.db.write(move |tx| QueuedJob::claim(tx, queue, &ours)).await
}

async fn carry_out_and_tell(app: &App, job: QueuedJob, limit: Duration) {
    let (kind, id) = (job.kind.clone(), job.id);
    if let Err(error) = carry_out(app, job, limit).await {
        // Its lease runs out, and it is taken up again.
        tracing::error!(job = kind, id, %error, "what came of a job could not be written down");
    }
}

/// Runs a job that was claimed, to its end or to the limit, and writes down what came of it.
async fn carry_out(app: &App, job: QueuedJob, limit: Duration) -> Result<()> {
    let id = job.id;
    let error = match ended(app, &job, limit).await {
        Ok(()) => return app.db.write(move |tx| QueuedJob::finish(tx, id)).await,
        Err(error) => error,
    };
    tracing::warn!(job = job.kind, id, attempts = job.attempts, %error, "a job failed");
    let text = error.to_string();
    let fail = move |tx: &mut Tx<'_>| {
        if QueuedJob::fail(tx, &job, &text)? { super::given_up(tx, &job, &text) } else { Ok(()) }
    };
    app.db.write(fail).await
}

/// The one place where a job's time is limited. A job that panics fails like any other.
async fn ended(app: &App, job: &QueuedJob, limit: Duration) -> Result<()> {
    if job.attempts > TRIES {
        return Err(Error::internal(anyhow::anyhow!("it was begun {TRIES} times, and the program ended each time")));
    }
    let run = AssertUnwindSafe(super::run(app, job)).catch_unwind();
    match tokio::time::timeout(limit, run).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Error::broken("a job panicked")),
        Err(_) => Err(Error::internal(anyhow::anyhow!("it took longer than {} seconds", limit.as_secs()))),
    }
}
