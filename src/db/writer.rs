//! SQLite's single writer with group commit: a thread runs queued jobs as savepoints of one transaction, commits once
//! with `synchronous=FULL`, and then answers all callers. A job that fails or panics rolls back only its own savepoint.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::cache_versions::{CacheVersions, DataVersion, LogPosition};
use super::sqlite_file_checks::DatabaseFiles;
use super::{Conn, TransactionMode, Tx, WriteContext};
use crate::error::{Error, Result, UnavailableReason};

/// Jobs that may wait; more are refused as `Busy`.
const QUEUE: usize = 512;
const MAX_BATCH: usize = 64;

/// How often the idle writer checks for commits of other processes: commands, or the server that this one replaces.
const IDLE_POLL: Duration = Duration::from_millis(100);

/// Handle to the writer thread, which ends when the last handle is dropped.
#[derive(Clone)]
pub struct Writer {
    queue: SyncSender<WriterCommand>,
}

enum WriterCommand {
    Write(Box<dyn WriteJob>),
    Checkpoint(oneshot::Sender<Result<()>>),
}

impl Writer {
    pub(super) fn start(
        conn: Conn,
        files: Arc<DatabaseFiles>,
        context: Arc<WriteContext>,
        versions: Arc<CacheVersions>,
    ) -> Result<Writer> {
        let (queue, commands) = sync_channel(QUEUE);
        let name = std::thread::Builder::new().name("writer".to_owned());
        name.spawn(move || run(conn, &files, &context, &versions, &commands))?;
        Ok(Writer { queue })
    }

    /// Queues work and waits until it is durable, for at most `timeout`.
    ///
    /// # Errors
    /// `Busy` when the queue is full or the work did not begin in time; `CommitUnknown` when it began but did not end
    /// in time.
    pub async fn write<T, F>(&self, work: F, timeout: Duration) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let state = Arc::new(AtomicU8::new(JOB_WAITING));
        self.send(WriterCommand::Write(Box::new(CallerJob { work, result: None, state: state.clone(), sender })))?;
        match tokio::time::timeout(timeout, receiver).await {
            Ok(done) => done.unwrap_or_else(|_| Err(Error::bug("the writer dropped a command"))),
            // The work has not begun, and will not.
            Err(_) if transition(&state, JOB_WAITING, JOB_ABANDONED) => Err(Error::Busy),
            Err(_) => Err(Error::CommitUnknown),
        }
    }

    /// Moves the write-ahead log into the database file; `Busy` while writes are waiting.
    pub async fn checkpoint(&self) -> Result<()> {
        let (sender, receiver) = oneshot::channel();
        self.send(WriterCommand::Checkpoint(sender))?;
        receiver.await.unwrap_or_else(|_| Err(Error::bug("the writer dropped a command")))
    }

    fn send(&self, command: WriterCommand) -> Result<()> {
        self.queue.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::bug("the writer has stopped"),
        })
    }
}

const JOB_WAITING: u8 = 0;
const JOB_STARTED: u8 = 1;
const JOB_ABANDONED: u8 = 2;

fn transition(state: &AtomicU8, from: u8, to: u8) -> bool {
    state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

enum BatchOutcome {
    Committed,
    /// Another process holds the write lock.
    Busy,
    Unavailable(UnavailableReason, String),
}

trait WriteJob: Send {
    /// Runs inside the shared transaction, unless the caller has timed out.
    fn run(&mut self, conn: &mut Conn, context: &WriteContext);
    /// Answers the caller, after the commit or its failure.
    fn answer(self: Box<Self>, outcome: &BatchOutcome);
}

struct CallerJob<T, F> {
    work: F,
    result: Option<Result<T>>,
    state: Arc<AtomicU8>,
    sender: oneshot::Sender<Result<T>>,
}

impl<T, F> WriteJob for CallerJob<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, conn: &mut Conn, context: &WriteContext) {
        if !transition(&self.state, JOB_WAITING, JOB_STARTED) {
            return;
        }
        let now = context.clock.now();
        let work = &mut self.work;
        let result = conn.run_in_transaction(TransactionMode::Write, |conn| {
            catch_unwind(AssertUnwindSafe(|| work(&mut Tx::new(conn, context, now))))
                .unwrap_or_else(|_| Err(Error::bug("a panic inside a write")))
        });
        self.result = Some(result);
    }

    fn answer(self: Box<Self>, outcome: &BatchOutcome) {
        let result = match (outcome, self.result) {
            (BatchOutcome::Unavailable(reason, cause), None | Some(Ok(_))) => {
                Err(Error::Unavailable { reason: *reason, cause: cause.clone() })
            }
            (BatchOutcome::Busy, None | Some(Ok(_))) | (BatchOutcome::Committed, None) => Err(Error::Busy),
            (_, Some(result)) => result,
        };
        // The receiver is gone if the caller was cancelled; the work is done all the same.
        let _cancelled = self.sender.send(result);
    }
}

fn run(
    mut conn: Conn,
    files: &DatabaseFiles,
    context: &WriteContext,
    versions: &CacheVersions,
    commands: &Receiver<WriterCommand>,
) {
    let (mut position, mut data_version) = (LogPosition::default(), DataVersion::default());
    let mut load_versions = |conn: &mut Conn| {
        if let Err(error) = versions.load(conn, &mut position) {
            tracing::error!(%error, "cannot load cache versions; cached pages may be stale");
        }
    };
    loop {
        let first = match commands.recv_timeout(IDLE_POLL) {
            Ok(WriterCommand::Write(first)) => first,
            Ok(WriterCommand::Checkpoint(sender)) => {
                let result = conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").map_err(Error::from);
                let _cancelled = sender.send(result);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {
                if data_version.has_changed(&mut conn) {
                    load_versions(&mut conn);
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut batch = vec![first];
        let outcome = commit_together(&mut conn, files, context, commands, &mut batch);
        load_versions(&mut conn);
        for job in batch {
            job.answer(&outcome);
        }
    }
    if files.check_identity().is_err() {
        // Closing would delete the log by its path, which may belong to another database by now.
        std::mem::forget(conn);
    }
}

/// Group commit of `batch` and of the writes that arrive while it runs.
fn commit_together(
    conn: &mut Conn,
    files: &DatabaseFiles,
    context: &WriteContext,
    commands: &Receiver<WriterCommand>,
    batch: &mut Vec<Box<dyn WriteJob>>,
) -> BatchOutcome {
    let committed = files.check_identity().and_then(|()| {
        conn.run_in_transaction(TransactionMode::Write, |conn| {
            let mut next = 0;
            while let Some(job) = batch.get_mut(next) {
                job.run(conn, context);
                next += 1;
                if batch.len() < MAX_BATCH
                    && let Some(next_job) = next_write(commands)
                {
                    batch.push(next_job);
                }
            }
            Ok(())
        })
    });
    // A commit to a file that was removed is lost.
    let Err(error) = committed.and_then(|()| files.check_identity()) else { return BatchOutcome::Committed };
    // Waiting jobs get the same answer at once, instead of each waiting for its own timeout.
    batch.extend(std::iter::from_fn(|| next_write(commands)));
    match error {
        Error::Busy => {
            tracing::warn!(pieces = batch.len(), "another program has locked the database; rejecting writes");
            BatchOutcome::Busy
        }
        // `DatabaseFiles` has logged it, and each request logs it too.
        Error::Unavailable { reason: reason @ UnavailableReason::DatabaseGone, cause } => {
            BatchOutcome::Unavailable(reason, cause)
        }
        Error::Unavailable { reason, cause } => {
            tracing::error!(cause, pieces = batch.len(), "cannot commit: {}", reason.describe());
            BatchOutcome::Unavailable(reason, cause)
        }
        error => {
            tracing::error!(%error, pieces = batch.len(), "cannot commit");
            BatchOutcome::Unavailable(UnavailableReason::DatabaseBroken, error.to_string())
        }
    }
}

/// The next waiting write. A checkpoint is refused while writes are waiting.
fn next_write(commands: &Receiver<WriterCommand>) -> Option<Box<dyn WriteJob>> {
    loop {
        match commands.try_recv().ok()? {
            WriterCommand::Write(job) => return Some(job),
            WriterCommand::Checkpoint(sender) => drop(sender.send(Err(Error::Busy))),
        }
    }
}
