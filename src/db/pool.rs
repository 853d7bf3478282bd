//! Open connections, and what becomes of one that does not answer. A thread that waits for PostgreSQL cannot be woken, so
//! its connection is given up together with it, and others take their place: after a fail-over the site goes on with new
//! connections, however long the old ones stay silent.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use diesel::ConnectionError;
use diesel::r2d2::R2D2Connection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::files::DatabaseFiles;
use super::{Begin, Conn, Open};
use crate::error::{Error, Result, Trouble};

/// A connection is closed after so long, so that a server's memory for it is given back.
const LONGEST_LIFE: Duration = Duration::from_mins(30);
/// A connection that nobody has used for so long is closed, unless it is the only one.
const LONGEST_REST: Duration = Duration::from_mins(10);
/// How often it is logged that the database cannot be reached.
const SAY_AGAIN: Duration = Duration::from_secs(5);

/// What a connection is doing: whether a question is under way, and how long the last refused one took.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Milliseconds since the program began, or 0 while nothing is asked.
    asked_at: AtomicU64,
    refusal_took: AtomicU64,
}

impl Watch {
    /// A question goes out.
    pub(super) fn begin(&self) {
        self.asked_at.store(now_ms(), Ordering::Relaxed);
    }

    /// The answer is there.
    pub(super) fn end(&self, is_refusal: bool) {
        let asked_at = self.asked_at.swap(0, Ordering::Relaxed);
        if is_refusal {
            self.refusal_took.store(now_ms().saturating_sub(asked_at), Ordering::Relaxed);
        }
    }

    /// How long the last question took that was refused.
    fn refusal_took(&self) -> Duration {
        Duration::from_millis(self.refusal_took.load(Ordering::Relaxed))
    }

    fn is_waiting(&self) -> bool {
        self.asked_at.load(Ordering::Relaxed) != 0
    }
}

/// Milliseconds since the program began, never 0.
fn now_ms() -> u64 {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    u64::try_from(BEGUN.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
}

const CONNECTING: u8 = 0;
const WORKING: u8 = 1;
const COMMITTING: u8 = 2;
const ABANDONED: u8 = 3;

/// How far a piece of work has come, seen by the thread that does it and by whoever waits for it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    state: AtomicU8,
    watch: Mutex<Option<Arc<Watch>>>,
}

/// How far a piece of work had come when nobody waited for it any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// It has not begun, and will not.
    Connection,
    /// It has begun, and will be rolled back.
    Work,
    /// The commit is under way: nobody knows what will become of it.
    Commit,
}

impl Progress {
    /// The connection answers, and the work begins; false when nobody waits for it any more.
    pub(super) fn work(&self) -> bool {
        self.turn(CONNECTING, WORKING)
    }

    /// The commit goes out; false when nobody waits for it any more, and it must not.
    pub(super) fn commit(&self) -> bool {
        self.turn(WORKING, COMMITTING)
    }

    /// The commit has failed, and the work begins anew.
    pub(super) fn begin_again(&self) {
        let _same = self.turn(COMMITTING, CONNECTING) || self.turn(WORKING, CONNECTING);
    }

    /// Nobody waits any more.
    pub(super) fn abandon(&self) -> Reached {
        match self.state.swap(ABANDONED, Ordering::AcqRel) {
            CONNECTING => Reached::Connection,
            COMMITTING => Reached::Commit,
            _ => Reached::Work,
        }
    }

    /// Nobody waits any more, if the connection has been asked to begin and has not answered; whether that is so.
    pub(super) fn abandon_unanswered(&self) -> bool {
        let asked = self.watch.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|w| w.is_waiting());
        asked && self.turn(CONNECTING, ABANDONED)
    }

    /// Whether the thread waits for the database, and not the database for the thread.
    pub(super) fn waits_for_database(&self) -> bool {
        let waits = self.watch.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|watch| watch.is_waiting());
        waits.unwrap_or(true) || self.state.load(Ordering::Acquire) == CONNECTING
    }

    fn follow(&self, watch: &Arc<Watch>) {
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = Some(watch.clone());
    }

    fn turn(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Open connections that nobody uses at the moment, and the way to more of them.
#[derive(Clone)]
pub(super) struct Pool(Arc<Shared>);

struct Shared {
    url: String,
    open: Open,
    most: usize,
    files: Option<Arc<DatabaseFiles>>,
    idle: Mutex<Vec<Idle>>,
    /// Connections of an earlier generation are not used again.
    generation: AtomicU64,
    /// Threads that were given up and have not come back.
    stuck: AtomicUsize,
    said_at: AtomicU64,
}

struct Idle {
    conn: Conn,
    watch: Arc<Watch>,
    opened: Instant,
    since: Instant,
    generation: u64,
}

impl Pool {
    /// A pool that keeps so many connections at most. `files` are SQLite's.
    pub(super) fn new(url: &str, open: Open, most: usize, files: Option<Arc<DatabaseFiles>>) -> Pool {
        Pool(Arc::new(Shared {
            url: url.to_owned(),
            open,
            most,
            files,
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
            stuck: AtomicUsize::new(0),
            said_at: AtomicU64::new(0),
        }))
    }

    /// A connection that is open already.
    pub(super) fn idle(&self) -> Option<Lease> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle.pop()?;
        drop(idle);
        let Idle { conn, watch, opened, generation, .. } = found;
        Some(Lease { conn: Some(conn), watch, opened, generation, pool: self.clone() })
    }

    /// A connection, a new one if need be. It may be one that was cut meanwhile: [`Lease::begin`] finds out.
    ///
    /// # Errors
    /// `Busy` when PostgreSQL cannot be reached, `Unavailable` when SQLite's file is gone.
    pub(super) fn get(&self, progress: &Progress) -> Result<Lease> {
        if let Some(lease) = self.idle() {
            progress.follow(&lease.watch);
            return Ok(lease);
        }
        self.open(progress)
    }

    /// A new connection.
    pub(super) fn open(&self, progress: &Progress) -> Result<Lease> {
        let shared = &self.0;
        let generation = shared.generation.load(Ordering::Acquire);
        let watch = Arc::new(Watch::default());
        progress.follow(&watch);
        let opened = Conn::open_watched(&shared.url, shared.open, &watch).map_err(|error| self.unreachable(&error))?;
        // What was opened by its name could be another file than the one that is written to.
        if let Some(files) = &shared.files {
            files.check()?;
        }
        Ok(Lease { conn: Some(opened), watch, opened: Instant::now(), generation, pool: self.clone() })
    }

    fn unreachable(&self, error: &ConnectionError) -> Error {
        let line = error.to_string().lines().next().unwrap_or_default().to_owned();
        if let Some(files) = &self.0.files {
            return files.check().err().unwrap_or(Error::Unavailable { trouble: Trouble::DatabaseBroken, cause: line });
        }
        let (now, said_at) = (now_ms(), self.0.said_at.load(Ordering::Relaxed));
        let again = u64::try_from(SAY_AGAIN.as_millis()).unwrap_or(u64::MAX);
        if said_at == 0 || now.saturating_sub(said_at) > again {
            self.0.said_at.store(now, Ordering::Relaxed);
            tracing::warn!(error = line, "PostgreSQL cannot be reached");
        }
        Error::Busy
    }

    /// Uses none of the connections again that are open now.
    pub(super) fn renew(&self) {
        self.0.generation.fetch_add(1, Ordering::AcqRel);
        let old = std::mem::take(&mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner));
        drop(old);
    }

    /// A thread was given up.
    pub(super) fn gave_up(&self, seconds: u64) {
        let stuck = self.0.stuck.fetch_add(1, Ordering::AcqRel) + 1;
        tracing::warn!(seconds, stuck, "a database connection does not answer and is given up");
        self.renew();
    }

    /// A thread that was given up has come back.
    pub(super) fn came_back(&self) {
        self.0.stuck.fetch_sub(1, Ordering::AcqRel);
    }

    /// Threads that were given up and have not come back.
    pub(super) fn stuck(&self) -> usize {
        self.0.stuck.load(Ordering::Acquire)
    }

    fn take_back(&self, returned: Idle) {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let current = returned.generation == self.0.generation.load(Ordering::Acquire);
        if !current || idle.len() >= self.0.most {
            drop(idle);
            return drop(returned);
        }
        idle.push(returned);
        let oldest = idle.first().is_some_and(|oldest| oldest.since.elapsed() > LONGEST_REST && idle.len() > 1);
        let too_old = oldest.then(|| idle.remove(0));
        drop(idle);
        drop(too_old);
    }
}

/// A connection while somebody uses it.
pub(super) struct Lease {
    conn: Option<Conn>,
    watch: Arc<Watch>,
    opened: Instant,
    generation: u64,
    pool: Pool,
}

impl Lease {
    /// The connection.
    ///
    /// # Errors
    /// `Busy` after [`Lease::discard`].
    pub(super) fn conn(&mut self) -> Result<&mut Conn> {
        self.conn.as_mut().ok_or(Error::Busy)
    }

    /// Begins a transaction. A connection that was cut while nobody used it is replaced by a new one.
    ///
    /// # Errors
    /// As [`Pool::get`], and what the database says.
    pub(super) fn begin(&mut self, begin: Begin, progress: &Progress) -> Result<()> {
        if let Some(conn) = &mut self.conn {
            let is_server = matches!(conn, Conn::Pg(_));
            match conn.begin(begin) {
                Err(Error::Busy) if is_server => {}
                done => return done,
            }
            self.discard();
            // Whatever cut this one has probably cut the others too.
            self.pool.renew();
        }
        *self = self.pool.open(progress)?;
        self.conn()?.begin(begin)
    }

    /// Ends a transaction in which nothing was written.
    ///
    /// # Errors
    /// What the work has said, or the database.
    pub(super) fn finish_reading(&mut self, done: Result<()>) -> Result<()> {
        match done {
            Ok(()) => {
                let conn = self.conn()?;
                Conn::commit(conn).map_err(|error| {
                    self.discard();
                    Error::from(error)
                })
            }
            Err(error) => Err(self.roll_back(error)),
        }
    }

    /// Commits. When the connection is lost meanwhile, nobody knows what became of it.
    ///
    /// # Errors
    /// `Unsure`, or what the database says.
    pub(super) fn commit(&mut self) -> Result<()> {
        let Err(error) = Conn::commit(self.conn()?) else { return Ok(()) };
        let is_lost = matches!(error, DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _));
        let error = self.explain(Error::from(error));
        self.discard();
        Err(if is_lost { Error::Unsure } else { error })
    }

    /// Takes back what was done. The connection is kept if it can go on.
    pub(super) fn roll_back(&mut self, error: Error) -> Error {
        let error = self.explain(error);
        if let Some(conn) = &mut self.conn
            && Conn::roll_back(conn).is_err()
        {
            self.discard();
        }
        error
    }

    /// What an error means, by how long its statement took: PostgreSQL speaks the language of its owner, and Diesel
    /// passes on few of its codes.
    fn explain(&self, error: Error) -> Error {
        super::errors::by_time(error, self.watch.refusal_took())
    }

    /// Closes the connection instead of keeping it.
    pub(super) fn discard(&mut self) {
        drop(self.conn.take());
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        let young = matches!(conn, Conn::Sqlite(_)) || self.opened.elapsed() < LONGEST_LIFE;
        if !young || std::thread::panicking() || conn.is_broken() {
            return;
        }
        let (watch, opened, generation) = (self.watch.clone(), self.opened, self.generation);
        self.pool.take_back(Idle { conn, watch, opened, since: Instant::now(), generation });
    }
}
