//! The connection pool. A thread that blocks on PostgreSQL cannot be interrupted, so an unresponsive connection is
//! abandoned together with its thread and replaced. After a failover the site continues with new connections.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use diesel::ConnectionError;
use diesel::r2d2::R2D2Connection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::sqlite_file_checks::DatabaseFiles;
use super::{Conn, OpenMode, TransactionMode};
use crate::error::{Error, Result, UnavailableReason};

/// Maximum age of a PostgreSQL connection; closing it releases the server's memory.
const MAX_LIFETIME: Duration = Duration::from_mins(30);
const MAX_IDLE: Duration = Duration::from_mins(10);
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Whether a query is under way on a connection, and how long the last failed one took.
#[derive(Debug, Default)]
pub(super) struct QueryMonitor {
    /// Milliseconds since the program began, or 0 while no query is under way.
    started_at: AtomicU64,
    failed_duration: AtomicU64,
}

impl QueryMonitor {
    pub(super) fn record_start(&self) {
        self.started_at.store(now_ms(), Ordering::Relaxed);
    }

    pub(super) fn record_end(&self, has_failed: bool) {
        let started_at = self.started_at.swap(0, Ordering::Relaxed);
        if has_failed {
            self.failed_duration.store(now_ms().saturating_sub(started_at), Ordering::Relaxed);
        }
    }

    fn failed_duration(&self) -> Duration {
        Duration::from_millis(self.failed_duration.load(Ordering::Relaxed))
    }

    fn is_waiting(&self) -> bool {
        self.started_at.load(Ordering::Relaxed) != 0
    }
}

/// Milliseconds since the program began, never 0.
fn now_ms() -> u64 {
    static PROGRAM_START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(PROGRAM_START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
}

const CONNECTING: u8 = 0;
const WORKING: u8 = 1;
const COMMITTING: u8 = 2;
const ABANDONED: u8 = 3;

/// State of a job, shared by the thread that runs it and by its supervisor.
#[derive(Debug, Default)]
pub(super) struct Progress {
    state: AtomicU8,
    monitor: Mutex<Option<Arc<QueryMonitor>>>,
}

/// State of a job when it was abandoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkPhase {
    /// Not begun; it will not run.
    Connection,
    /// Begun; it will be rolled back.
    Work,
    /// The commit is under way, and its result is unknown.
    Commit,
}

impl Progress {
    /// The connection has begun a transaction; false if the job was abandoned.
    pub(super) fn start_work(&self) -> bool {
        self.transition(CONNECTING, WORKING)
    }

    /// The commit is about to be sent; false if the job was abandoned, and then it must not be sent.
    pub(super) fn start_commit(&self) -> bool {
        self.transition(WORKING, COMMITTING)
    }

    /// The transaction failed and will be retried.
    pub(super) fn restart(&self) {
        let _was_idle = self.transition(COMMITTING, CONNECTING) || self.transition(WORKING, CONNECTING);
    }

    pub(super) fn abandon(&self) -> WorkPhase {
        match self.state.swap(ABANDONED, Ordering::AcqRel) {
            CONNECTING => WorkPhase::Connection,
            COMMITTING => WorkPhase::Commit,
            _ => WorkPhase::Work,
        }
    }

    /// Abandons the job if its connection has not responded yet; returns whether it did.
    pub(super) fn abandon_if_unanswered(&self) -> bool {
        let is_waiting =
            self.monitor.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|w| w.is_waiting());
        is_waiting && self.transition(CONNECTING, ABANDONED)
    }

    /// Whether the thread blocks on the database, rather than on its own work.
    pub(super) fn is_waiting_for_database(&self) -> bool {
        let is_waiting =
            self.monitor.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|monitor| monitor.is_waiting());
        is_waiting.unwrap_or(true) || self.state.load(Ordering::Acquire) == CONNECTING
    }

    fn monitor_connection(&self, monitor: &Arc<QueryMonitor>) {
        *self.monitor.lock().unwrap_or_else(PoisonError::into_inner) = Some(monitor.clone());
    }

    fn transition(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

#[derive(Clone)]
pub(super) struct Pool(Arc<PoolState>);

struct PoolState {
    url: String,
    open: OpenMode,
    max_idle: usize,
    files: Option<Arc<DatabaseFiles>>,
    idle: Mutex<Vec<IdleConnection>>,
    /// Connections of an earlier generation are not reused.
    generation: AtomicU64,
    /// Abandoned threads that are still blocked.
    stuck: AtomicUsize,
    logged_at: AtomicU64,
}

struct IdleConnection {
    conn: Conn,
    monitor: Arc<QueryMonitor>,
    opened: Instant,
    since: Instant,
    generation: u64,
}

impl Pool {
    /// A pool of at most `most` idle connections. `files` are SQLite's.
    pub(super) fn new(url: &str, open: OpenMode, max_idle: usize, files: Option<Arc<DatabaseFiles>>) -> Pool {
        Pool(Arc::new(PoolState {
            url: url.to_owned(),
            open,
            max_idle,
            files,
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
            stuck: AtomicUsize::new(0),
            logged_at: AtomicU64::new(0),
        }))
    }

    pub(super) fn take_idle(&self) -> Option<PooledConnection> {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = idle.pop()?;
        drop(idle);
        let IdleConnection { conn, monitor, opened, generation, .. } = connection;
        Some(PooledConnection { conn: Some(conn), monitor, opened, generation, pool: self.clone() })
    }

    /// An idle connection, or a new one. An idle one may have been cut; [`PooledConnection::begin`] replaces it.
    ///
    /// # Errors
    /// `Busy` when PostgreSQL cannot be reached, `Unavailable` when SQLite's file is gone.
    pub(super) fn get(&self, progress: &Progress) -> Result<PooledConnection> {
        if let Some(lease) = self.take_idle() {
            progress.monitor_connection(&lease.monitor);
            return Ok(lease);
        }
        self.open(progress)
    }

    pub(super) fn open(&self, progress: &Progress) -> Result<PooledConnection> {
        let shared = &self.0;
        let generation = shared.generation.load(Ordering::Acquire);
        let monitor = Arc::new(QueryMonitor::default());
        progress.monitor_connection(&monitor);
        let opened =
            Conn::open_monitored(&shared.url, shared.open, &monitor).map_err(|error| self.unreachable(&error))?;
        // The path may lead to another file than the one that the writer has open.
        if let Some(files) = &shared.files {
            files.check_identity()?;
        }
        Ok(PooledConnection { conn: Some(opened), monitor, opened: Instant::now(), generation, pool: self.clone() })
    }

    fn unreachable(&self, error: &ConnectionError) -> Error {
        let message = error.to_string().lines().next().unwrap_or_default().to_owned();
        if let Some(files) = &self.0.files {
            return files
                .check_identity()
                .err()
                .unwrap_or(Error::Unavailable { reason: UnavailableReason::DatabaseBroken, cause: message });
        }
        let (now, logged_at) = (now_ms(), self.0.logged_at.load(Ordering::Relaxed));
        let interval = u64::try_from(LOG_INTERVAL.as_millis()).unwrap_or(u64::MAX);
        if logged_at == 0 || now.saturating_sub(logged_at) > interval {
            self.0.logged_at.store(now, Ordering::Relaxed);
            tracing::warn!(error = message, "cannot connect to PostgreSQL");
        }
        Error::Busy
    }

    /// Closes all idle connections, and those in use when they are returned.
    pub(super) fn retire_connections(&self) {
        self.0.generation.fetch_add(1, Ordering::AcqRel);
        let idle = std::mem::take(&mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner));
        drop(idle);
    }

    pub(super) fn record_stuck(&self, seconds: u64) {
        let stuck = self.0.stuck.fetch_add(1, Ordering::AcqRel) + 1;
        tracing::warn!(seconds, stuck, "a database connection is not responding and is abandoned");
        self.retire_connections();
    }

    pub(super) fn record_recovered(&self) {
        self.0.stuck.fetch_sub(1, Ordering::AcqRel);
    }

    pub(super) fn stuck_count(&self) -> usize {
        self.0.stuck.load(Ordering::Acquire)
    }

    fn return_connection(&self, connection: IdleConnection) {
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let is_current = connection.generation == self.0.generation.load(Ordering::Acquire);
        if !is_current || idle.len() >= self.0.max_idle {
            drop(idle);
            return drop(connection);
        }
        idle.push(connection);
        let oldest = idle.first().is_some_and(|oldest| oldest.since.elapsed() > MAX_IDLE && idle.len() > 1);
        let expired = oldest.then(|| idle.remove(0));
        drop(idle);
        drop(expired);
    }
}

/// A connection on loan; dropping it returns it to the pool.
pub(super) struct PooledConnection {
    conn: Option<Conn>,
    monitor: Arc<QueryMonitor>,
    opened: Instant,
    generation: u64,
    pool: Pool,
}

impl PooledConnection {
    /// The connection; `Busy` after [`PooledConnection::discard`].
    pub(super) fn conn(&mut self) -> Result<&mut Conn> {
        self.conn.as_mut().ok_or(Error::Busy)
    }

    /// Begins a transaction, on a new connection if this one was cut while idle.
    pub(super) fn begin(&mut self, mode: TransactionMode, progress: &Progress) -> Result<()> {
        if let Some(conn) = &mut self.conn {
            let is_server = matches!(conn, Conn::Pg(_));
            match conn.begin(mode) {
                Err(Error::Busy) if is_server => {}
                done => return done,
            }
            self.discard();
            // Whatever cut this connection has probably cut the others too.
            self.pool.retire_connections();
        }
        *self = self.pool.open(progress)?;
        self.conn()?.begin(mode)
    }

    pub(super) fn finish_read(&mut self, done: Result<()>) -> Result<()> {
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

    /// Commits; `CommitUnknown` when the connection is lost meanwhile.
    pub(super) fn commit(&mut self) -> Result<()> {
        let Err(error) = Conn::commit(self.conn()?) else { return Ok(()) };
        let is_lost = matches!(error, DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _));
        let error = self.classify_error(Error::from(error));
        self.discard();
        Err(if is_lost { Error::CommitUnknown } else { error })
    }

    /// Rolls back and classifies the error; discards a connection that cannot roll back.
    pub(super) fn roll_back(&mut self, error: Error) -> Error {
        let error = self.classify_error(error);
        if let Some(conn) = &mut self.conn
            && Conn::roll_back(conn).is_err()
        {
            self.discard();
        }
        error
    }

    fn classify_error(&self, error: Error) -> Error {
        super::errors::detect_lock_timeout(error, self.monitor.failed_duration())
    }

    pub(super) fn discard(&mut self) {
        drop(self.conn.take());
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        let is_young = matches!(conn, Conn::Sqlite(_)) || self.opened.elapsed() < MAX_LIFETIME;
        if !is_young || std::thread::panicking() || conn.is_broken() {
            return;
        }
        let (monitor, opened, generation) = (self.monitor.clone(), self.opened, self.generation);
        self.pool.return_connection(IdleConnection { conn, monitor, opened, since: Instant::now(), generation });
    }
}
