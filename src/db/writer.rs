//! SQLite's one writer: a thread that takes what is waiting, runs each piece of work as a savepoint of one
//! transaction, commits once with `synchronous=FULL`, and only then answers each caller. Work that fails or panics
//! rolls back its own savepoint alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tokio::sync::oneshot;

use super::epochs::{Epochs, Others, Seen};
use super::{Begin, Conn, Means, Tx};
use crate::error::{Error, Result};

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
    queue: SyncSender<Box<dyn Work>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(conn: Conn, means: Arc<Means>, epochs: Arc<Epochs>) -> Result<Writer> {
        let (queue, waiting) = sync_channel(QUEUE);
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || run(conn, &means, &epochs, &waiting))?;
        Ok(Writer { queue })
    }

    /// Queues work and waits until it is durable.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let piece = Piece { work, result: None, answer };
        match self.queue.try_send(Box::new(piece)) {
            Ok(()) => answered.await.unwrap_or_else(|_| Err(Error::broken("the writer dropped a piece of work"))),
            Err(TrySendError::Full(_)) => Err(Error::Busy),
            Err(TrySendError::Disconnected(_)) => Err(Error::broken("the writer has stopped")),
        }
    }
}

/// One caller's work, its type forgotten.
trait Work: Send {
    /// Runs inside the shared transaction.
    fn run(&mut self, conn: &mut Conn, means: &Means);
    /// Tells the caller, after the commit or its failure.
    fn answer(self: Box<Self>, committed: bool);
}

struct Piece<T, F> {
    work: F,
    result: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Work for Piece<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, conn: &mut Conn, means: &Means) {
        let now = means.clock.now();
        let work = &mut self.work;
        let done = conn.inside(Begin::Write, |conn| {
            catch_unwind(AssertUnwindSafe(|| work(&mut Tx { conn, means, now, act: None })))
                .unwrap_or_else(|_| Err(Error::broken("a panic inside a write")))
        });
        self.result = Some(done);
    }

    fn answer(self: Box<Self>, committed: bool) {
        let result = match self.result {
            Some(Ok(_)) if !committed => Err(Error::Busy),
            Some(result) => result,
            None => Err(Error::Busy),
        };
        // The caller may have gone away; the work is done all the same.
        let _gone = self.answer.send(result);
    }
}

fn run(mut conn: Conn, means: &Means, epochs: &Epochs, waiting: &Receiver<Box<dyn Work>>) {
    let (mut seen, mut others) = (Seen::default(), Others::default());
    let mut look = |conn: &mut Conn| {
        if let Err(error) = epochs.learn(conn, &mut seen) {
            tracing::error!(%error, "pages may be shown as they were");
        }
    };
    loop {
        let first = match waiting.recv_timeout(GLANCE) {
            Ok(first) => first,
            Err(RecvTimeoutError::Timeout) => {
                if others.have_written(&mut conn) {
                    look(&mut conn);
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut batch = vec![first];
        let committed = conn.inside(Begin::Write, |conn| {
            let mut next = 0;
            while let Some(piece) = batch.get_mut(next) {
                piece.run(conn, means);
                next += 1;
                if batch.len() < BATCH
                    && let Ok(another) = waiting.try_recv()
                {
                    batch.push(another);
                }
            }
            Ok(())
        });
        if let Err(error) = &committed {
            tracing::error!(%error, pieces = batch.len(), "a commit failed");
            // They have waited as long as this one, and would wait as long again, one after the other.
            batch.extend(waiting.try_iter());
        }
        look(&mut conn);
        for piece in batch {
            piece.answer(committed.is_ok());
        }
    }
}
