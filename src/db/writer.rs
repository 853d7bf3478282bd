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
use super::files::DatabaseFiles;
use super::{Conn, TransactionMode, Tx, WriteContext};
use crate::error::{Error, Result, UnavailableReason};

/// Jobs that may wait; more are refused as `Busy`.
const QUEUE: usize = 512;
/// Maximum number of jobs in one group commit.
const BATCH: usize = 64;

/// How often the idle writer checks for commits of other processes: commands, or the server that this one replaces.
const GLANCE: Duration = Duration::from_millis(100);

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
        means: Arc<WriteContext>,
        epochs: Arc<CacheVersions>,
    ) -> Result<Writer> {
        let (queue, waiting) = sync_channel(QUEUE);
        let name = std::thread::Builder::new().name("writer".to_owned());
        name.spawn(move || run(conn, &files, &means, &epochs, &waiting))?;
        Ok(Writer { queue })
    }

    /// Queues work and waits until it is durable, for at most `patience`.
    ///
    /// # Errors
    /// `Busy` when the queue is full or the work did not begin in time; `CommitUnknown` when it began but did not end
    /// in time.
    pub async fn write<T, F>(&self, work: F, patience: Duration) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let state = Arc::new(AtomicU8::new(WAITING));
        self.send(WriterCommand::Write(Box::new(Piece { work, result: None, state: state.clone(), answer })))?;
        match tokio::time::timeout(patience, answered).await {
            Ok(done) => done.unwrap_or_else(|_| Err(Error::bug("the writer dropped a piece of work"))),
            // The work has not begun, and will not.
            Err(_) if turn(&state, WAITING, ABANDONED) => Err(Error::Busy),
            Err(_) => Err(Error::CommitUnknown),
        }
    }

    /// Moves the write-ahead log into the database file.
    ///
    /// # Errors
    /// `Busy` when the queue is full or writes are waiting.
    pub async fn checkpoint(&self) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        self.send(WriterCommand::Checkpoint(answer))?;
        answered.await.unwrap_or_else(|_| Err(Error::bug("the writer dropped a piece of work")))
    }

    fn send(&self, errand: WriterCommand) -> Result<()> {
        self.queue.try_send(errand).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::bug("the writer has stopped"),
        })
    }
}

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const ABANDONED: u8 = 2;

fn turn(state: &AtomicU8, from: u8, to: u8) -> bool {
    state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

enum Ending {
    Committed,
    /// Another process holds the write lock.
    Busy,
    Unavailable(UnavailableReason, String),
}

/// Type-erased work of one caller.
trait WriteJob: Send {
    /// Runs inside the shared transaction, unless the caller has timed out.
    fn run(&mut self, conn: &mut Conn, means: &WriteContext);
    /// Answers the caller, after the commit or its failure.
    fn answer(self: Box<Self>, ending: &Ending);
}

struct Piece<T, F> {
    work: F,
    result: Option<Result<T>>,
    state: Arc<AtomicU8>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> WriteJob for Piece<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, conn: &mut Conn, means: &WriteContext) {
        if !turn(&self.state, WAITING, BEGUN) {
            return;
        }
        let now = means.clock.now();
        let work = &mut self.work;
        let done = conn.run_in_transaction(TransactionMode::Write, |conn| {
            catch_unwind(AssertUnwindSafe(|| work(&mut Tx { conn, means, now, act: None })))
                .unwrap_or_else(|_| Err(Error::bug("a panic inside a write")))
        });
        self.result = Some(done);
    }

    fn answer(self: Box<Self>, ending: &Ending) {
        let result = match (ending, self.result) {
            (Ending::Unavailable(trouble, cause), None | Some(Ok(_))) => {
                Err(Error::Unavailable { reason: *trouble, cause: cause.clone() })
            }
            (Ending::Busy, None | Some(Ok(_))) | (Ending::Committed, None) => Err(Error::Busy),
            (_, Some(result)) => result,
        };
        // The receiver is gone if the caller was cancelled; the work is done all the same.
        let _gone = self.answer.send(result);
    }
}

fn run(
    mut conn: Conn,
    files: &DatabaseFiles,
    means: &WriteContext,
    epochs: &CacheVersions,
    waiting: &Receiver<WriterCommand>,
) {
    let (mut seen, mut others) = (LogPosition::default(), DataVersion::default());
    let mut look = |conn: &mut Conn| {
        if let Err(error) = epochs.load(conn, &mut seen) {
            tracing::error!(%error, "pages may be shown as they were");
        }
    };
    loop {
        let first = match waiting.recv_timeout(GLANCE) {
            Ok(WriterCommand::Write(first)) => first,
            Ok(WriterCommand::Checkpoint(answer)) => {
                let done = conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").map_err(Error::from);
                let _gone = answer.send(done);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {
                if others.has_changed(&mut conn) {
                    look(&mut conn);
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let mut batch = vec![first];
        let ending = commit_together(&mut conn, files, means, waiting, &mut batch);
        look(&mut conn);
        for piece in batch {
            piece.answer(&ending);
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
    means: &WriteContext,
    waiting: &Receiver<WriterCommand>,
    batch: &mut Vec<Box<dyn WriteJob>>,
) -> Ending {
    let committed = files.check_identity().and_then(|()| {
        conn.run_in_transaction(TransactionMode::Write, |conn| {
            let mut next = 0;
            while let Some(piece) = batch.get_mut(next) {
                piece.run(conn, means);
                next += 1;
                if batch.len() < BATCH
                    && let Some(another) = next_write(waiting)
                {
                    batch.push(another);
                }
            }
            Ok(())
        })
    });
    // A commit to a file that was removed is lost.
    let Err(error) = committed.and_then(|()| files.check_identity()) else { return Ending::Committed };
    // Waiting jobs get the same answer at once, instead of each waiting for its own timeout.
    batch.extend(std::iter::from_fn(|| next_write(waiting)));
    match error {
        Error::Busy => {
            tracing::warn!(pieces = batch.len(), "another program holds the database, and writes are refused");
            Ending::Busy
        }
        // `DatabaseFiles` has logged it, and each request logs it too.
        Error::Unavailable { reason: trouble @ UnavailableReason::DatabaseGone, cause } => {
            Ending::Unavailable(trouble, cause)
        }
        Error::Unavailable { reason: trouble, cause } => {
            tracing::error!(cause, pieces = batch.len(), "a commit failed: {}", trouble.describe());
            Ending::Unavailable(trouble, cause)
        }
        error => {
            tracing::error!(%error, pieces = batch.len(), "a commit failed");
            Ending::Unavailable(UnavailableReason::DatabaseBroken, error.to_string())
        }
    }
}

/// The next waiting write. A checkpoint is refused while writes are waiting.
fn next_write(waiting: &Receiver<WriterCommand>) -> Option<Box<dyn WriteJob>> {
    loop {
        match waiting.try_recv().ok()? {
            WriterCommand::Write(piece) => return Some(piece),
            WriterCommand::Checkpoint(answer) => drop(answer.send(Err(Error::Busy))),
        }
    }
}
