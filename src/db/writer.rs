//! SQLite's one writer: a thread that takes what is waiting, runs each piece of work as a savepoint of one
//! transaction, commits once with `synchronous=FULL`, and only then answers each caller. Work that fails or panics
//! rolls back its own savepoint alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::epochs::{Epochs, Others, Seen};
use super::files::DatabaseFiles;
use super::{Begin, Conn, Means, Tx};
use crate::error::{Error, Result, Trouble};

/// Pieces of work that may wait before newcomers are told to come back later.
const QUEUE: usize = 512;
/// Pieces of work that share one commit at most.
const BATCH: usize = 64;

/// How often a writer with nothing to do looks whether others have written: commands beside the server, and for a
/// moment the process that takes over from this one.
const GLANCE: Duration = Duration::from_millis(100);

/// A handle to the writer thread; the thread ends when the last handle is dropped.
#[derive(Clone)]
pub struct Writer {
    queue: SyncSender<Errand>,
}

/// What the writer is asked to do.
enum Errand {
    Write(Box<dyn Work>),
    Checkpoint(oneshot::Sender<Result<()>>),
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        conn: Conn,
        files: Arc<DatabaseFiles>,
        means: Arc<Means>,
        epochs: Arc<Epochs>,
    ) -> Result<Writer> {
        let (queue, waiting) = sync_channel(QUEUE);
        let name = std::thread::Builder::new().name("writer".to_owned());
        name.spawn(move || run(conn, &files, &means, &epochs, &waiting))?;
        Ok(Writer { queue })
    }

    /// Queues work and waits until it is durable, no longer than `patience`.
    pub async fn write<T, F>(&self, work: F, patience: Duration) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let state = Arc::new(AtomicU8::new(WAITING));
        self.send(Errand::Write(Box::new(Piece { work, result: None, state: state.clone(), answer })))?;
        match tokio::time::timeout(patience, answered).await {
            Ok(done) => done.unwrap_or_else(|_| Err(Error::broken("the writer dropped a piece of work"))),
            // It has not been begun, and will not be.
            Err(_) if turn(&state, WAITING, ABANDONED) => Err(Error::Busy),
            Err(_) => Err(Error::Unsure),
        }
    }

    /// Moves what is in the log into the file.
    pub async fn checkpoint(&self) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        self.send(Errand::Checkpoint(answer))?;
        answered.await.unwrap_or_else(|_| Err(Error::broken("the writer dropped a piece of work")))
    }

    fn send(&self, errand: Errand) -> Result<()> {
        self.queue.try_send(errand).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => Error::broken("the writer has stopped"),
        })
    }
}

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const ABANDONED: u8 = 2;

fn turn(state: &AtomicU8, from: u8, to: u8) -> bool {
    state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
}

/// What became of a shared transaction.
enum Ending {
    Committed,
    /// Somebody else holds the file.
    Busy,
    Unavailable(Trouble, String),
}

/// One caller's work, its type forgotten.
trait Work: Send {
    /// Runs inside the shared transaction, if somebody still waits for it.
    fn run(&mut self, conn: &mut Conn, means: &Means);
    /// Tells the caller, after the commit or its failure.
    fn answer(self: Box<Self>, ending: &Ending);
}

struct Piece<T, F> {
    work: F,
    result: Option<Result<T>>,
    state: Arc<AtomicU8>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Work for Piece<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, conn: &mut Conn, means: &Means) {
        if !turn(&self.state, WAITING, BEGUN) {
            return;
        }
        let now = means.clock.now();
        let work = &mut self.work;
        let done = conn.inside(Begin::Write, |conn| {
            catch_unwind(AssertUnwindSafe(|| work(&mut Tx { conn, means, now, act: None })))
                .unwrap_or_else(|_| Err(Error::broken("a panic inside a write")))
        });
        self.result = Some(done);
    }

    fn answer(self: Box<Self>, ending: &Ending) {
        let result = match (ending, self.result) {
            (Ending::Unavailable(trouble, cause), None | Some(Ok(_))) => {
                Err(Error::Unavailable { trouble: *trouble, cause: cause.clone() })
            }
            (Ending::Busy, None | Some(Ok(_))) | (Ending::Committed, None) => Err(Error::Busy),
            (_, Some(result)) => result,
        };
        // The caller may have gone away; the work is done all the same.
        let _gone = self.answer.send(result);
    }
}

fn run(mut conn: Conn, files: &DatabaseFiles, means: &Means, epochs: &Epochs, waiting: &Receiver<Errand>) {
    let (mut seen, mut others) = (Seen::default(), Others::default());
    let mut look = |conn: &mut Conn| {
        if let Err(error) = epochs.learn(conn, &mut seen) {
            tracing::error!(%error, "pages may be shown as they were");
        }
    };
    loop {
        let first = match waiting.recv_timeout(GLANCE) {
            Ok(Errand::Write(first)) => first,
            Ok(Errand::Checkpoint(answer)) => {
                let done = conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").map_err(Error::from);
                let _gone = answer.send(done);
                continue;
            }
            Err(RecvTimeoutError::Timeout) => {
                if others.have_written(&mut conn) {
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
    if files.check().is_err() {
        // Closing it would remove the log by its name, and that may belong to another database by now.
        std::mem::forget(conn);
    }
}

/// Does what waits in one transaction. `batch` grows while it runs.
fn commit_together(
    conn: &mut Conn,
    files: &DatabaseFiles,
    means: &Means,
    waiting: &Receiver<Errand>,
    batch: &mut Vec<Box<dyn Work>>,
) -> Ending {
    let committed = files.check().and_then(|()| {
        conn.inside(Begin::Write, |conn| {
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
    // What was committed to a file that is gone by now is lost with it.
    let Err(error) = committed.and_then(|()| files.check()) else { return Ending::Committed };
    // They have waited as long as this one, and would wait as long again, one after the other.
    batch.extend(std::iter::from_fn(|| next_write(waiting)));
    match error {
        Error::Busy => {
            tracing::warn!(pieces = batch.len(), "another program holds the database, and writes are refused");
            Ending::Busy
        }
        // It goes into the line of each request, and was said once already.
        Error::Unavailable { trouble: trouble @ Trouble::DatabaseGone, cause } => Ending::Unavailable(trouble, cause),
        Error::Unavailable { trouble, cause } => {
            tracing::error!(cause, pieces = batch.len(), "a commit failed: {}", trouble.words());
            Ending::Unavailable(trouble, cause)
        }
        error => {
            tracing::error!(%error, pieces = batch.len(), "a commit failed");
            Ending::Unavailable(Trouble::DatabaseBroken, error.to_string())
        }
    }
}

/// The next write that waits. Whoever wants a checkpoint amid writes is told to come again.
fn next_write(waiting: &Receiver<Errand>) -> Option<Box<dyn Work>> {
    loop {
        match waiting.try_recv().ok()? {
            Errand::Write(piece) => return Some(piece),
            Errand::Checkpoint(answer) => drop(answer.send(Err(Error::Busy))),
        }
    }
}
