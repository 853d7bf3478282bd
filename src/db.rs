//! SQLite and PostgreSQL behind one API; the URL scheme picks the database. Reads take a [`Conn`], writes take a
//! [`Tx`], and only [`Database::write`] creates a [`Tx`], so nothing is written outside a transaction.

mod bool_expression_macro;
pub mod cache_versions;
pub mod column_types;
pub mod errors;
pub mod full_text;
pub mod ids;
pub mod migrations;
mod pagination_macros;
mod pool;
pub mod schema_check;
mod sqlite_file_checks;
pub mod transaction_pooler;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, InstrumentationEvent, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{PgConnection, SqliteConnection};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use self::cache_versions::CacheVersions;
use self::pool::{Pool, PooledConnection, Progress, QueryMonitor, WorkPhase};
use self::sqlite_file_checks::DatabaseFiles;
use crate::error::{Error, Result};
use crate::schema::auth_throttles;
use crate::support::bounded_semaphore::{BoundedSemaphore, Permit};
use crate::support::clock::{Clock, Utc};
use crate::support::faults;
use crate::support::ids::AccountId;
use crate::support::token::{Random, SecretKey};

/// Limit for a read, including the wait for a connection.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Limit for a write, including the waits for a connection and for the writer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(12);
/// Limit for commands and imports that run without a browser waiting.
const UNBOUNDED_TIMEOUT: Duration = Duration::from_mins(60);
/// Limit for the connection to begin a transaction, before another connection is tried.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a PostgreSQL write is retried after a deadlock or a serialization failure.
const RETRY_TIME: Duration = Duration::from_secs(6);
/// Threads blocked on unresponsive connections, before all work is refused as `Busy`.
const MAX_STUCK_THREADS: usize = 64;
/// How long a successful [`Database::check_writable`] is reused.
const PROOF_LIFETIME: Duration = Duration::from_secs(2);
/// Defaults for connecting to PostgreSQL (libpq, "Parameter Key Words"); parameters in the URL win.
const CONNECTION_LIMITS: [(&str, &str); 6] = [
    ("connect_timeout", "5"),
    ("keepalives", "1"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];
/// Defaults for PostgreSQL statements and locks; settings in the URL win.
const SESSION_LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "10s"), ("lock_timeout", "3s"), ("idle_in_transaction_session_timeout", "10s")];
const PERMIT_TIMEOUT: Duration = Duration::from_secs(3);
/// Jobs that may wait for a connection; more are refused as `Busy`.
const MAX_WAITING: usize = 512;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Pg(PgConnection),
    Sqlite(SqliteConnection),
}

/// The backend of boxed queries and of `check_for_backend`: only SQL that both databases support.
pub type AnyBackend = MultiBackend;

/// Runs an expression on the concrete connection, for what [`AnyBackend`] cannot express: upserts, inserts of many
/// rows, unions.
#[macro_export]
macro_rules! on_backend {
    // `of DB` also names the backend type, for boxed subqueries.
    ($conn:ident of $database:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Pg($conn) => {
                type $database = diesel::pg::Pg;
                $body
            }
            $crate::db::Conn::Sqlite($conn) => {
                type $database = diesel::sqlite::Sqlite;
                $body
            }
        }
    };
    ($conn:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Pg($conn) => $body,
            $crate::db::Conn::Sqlite($conn) => $body,
        }
    };
}

/// Enqueues the jobs that an event triggers. A function pointer, because `db` must not import `jobs`.
pub type EventHandler = fn(&mut Tx<'_>, &crate::models::platform::event::Event) -> Result<()>;

/// What every write transaction needs besides its connection.
#[derive(Clone)]
pub struct WriteContext {
    pub clock: Clock,
    pub random: Random,
    /// Derives tokens that need no row in the database.
    pub secret_key: SecretKey,
    pub event_handler: EventHandler,
}

/// The network that a write came from, of a person who is signed in or is signing in, for the event log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The client's network; empty for commands, jobs and guests.
    pub network: String,
    /// Who acts in the name of the account.
    pub impersonator: Option<AccountId>,
}

/// A write transaction with one timestamp for all its rows.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    context: &'a WriteContext,
    now: Utc,
    idempotency_key: Option<String>,
    origin: RequestOrigin,
}

impl<'a> Tx<'a> {
    fn new(conn: &'a mut Conn, context: &'a WriteContext, now: Utc) -> Tx<'a> {
        Tx { conn, context, now, idempotency_key: None, origin: RequestOrigin::default() }
    }
}

impl Tx<'_> {
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Whether no other transaction can write at the same time: true on SQLite, which has one writer.
    pub fn is_exclusive(&self) -> bool {
        matches!(self.conn, Conn::Sqlite(_))
    }

    pub fn now(&self) -> Utc {
        self.now
    }

    /// Time of the clock, even after [`Tx::set_now`].
    pub fn clock_now(&self) -> Utc {
        self.context.clock.now()
    }

    /// Idempotency key of the form that this transaction handles, hashed; `None` if the form carried none.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    pub fn set_idempotency_key(&mut self, idempotency_key: String) {
        self.idempotency_key = Some(idempotency_key);
    }

    /// Where the request came from.
    pub fn origin(&self) -> &RequestOrigin {
        &self.origin
    }

    /// Sets what [`Tx::origin`] returns.
    pub fn set_origin(&mut self, origin: RequestOrigin) {
        self.origin = origin;
    }

    /// Backdates everything written from now on, for sample data and imports.
    pub fn set_now(&mut self, then: Utc) {
        self.now = then;
    }

    /// A new public id, which sorts by time ([`Random::generate_public_id`]).
    pub fn generate_public_id(&self) -> Result<String> {
        Ok(self.context.random.generate_public_id(self.now)?)
    }

    pub fn generate_secret(&self) -> Result<String> {
        Ok(self.context.random.generate_secret()?)
    }

    /// Source of randomness, for what [`Tx::generate_secret`] does not cover.
    pub fn random(&self) -> &Random {
        &self.context.random
    }

    pub fn secret_key(&self) -> &SecretKey {
        &self.context.secret_key
    }

    /// Runs work inside a savepoint: a failure rolls back only this work, and the transaction continues.
    pub fn run_in_savepoint<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let (context, now) = (self.context, self.now);
        let (idempotency_key, origin) = (self.idempotency_key.clone(), self.origin.clone());
        self.conn.run_in_transaction(TransactionMode::Write, |conn| {
            work(&mut Tx { conn, context, now, idempotency_key, origin })
        })
    }

    /// Enqueues the jobs that an event triggers, in this transaction.
    pub fn dispatch_event(&mut self, event: &crate::models::platform::event::Event) -> Result<()> {
        (self.context.event_handler)(self, event)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenMode {
    /// Create a missing file, and write.
    Create,
    Write,
    Read,
}

impl Conn {
    /// Opens a connection. A reader cannot write and does not create SQLite's file.
    pub fn open(url: &str, reader: bool) -> Result<Conn, ConnectionError> {
        Conn::open_monitored(url, if reader { OpenMode::Read } else { OpenMode::Create }, &Arc::default())
    }

    pub fn open_existing(url: &str) -> Result<Conn, ConnectionError> {
        Conn::open_monitored(url, OpenMode::Write, &Arc::default())
    }

    fn open_monitored(url: &str, open: OpenMode, monitor: &Arc<QueryMonitor>) -> Result<Conn, ConnectionError> {
        let (mut conn, setup) = if let Some(path) = sqlite_path(url) {
            // FULL: a confirmed order survives a power cut. `secure_delete` overwrites deleted content with zeros.
            let mut setup = "PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                             PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON"
                .to_owned();
            if open == OpenMode::Read {
                setup.push_str("; PRAGMA query_only = ON");
            }
            (Conn::Sqlite(SqliteConnection::establish(&sqlite_uri(path, open))?), setup)
        } else if is_postgres(url) {
            let mut setup = "SET timezone = 'UTC'".to_owned();
            for (name, value) in SESSION_LIMITS {
                // `Create` is the mode of migrations, which have no time limit.
                let applies = name != "statement_timeout" || open != OpenMode::Create;
                if applies && !url.contains(name) {
                    setup.push_str(&format!("; SET {name} = '{value}'"));
                }
            }
            (Conn::Pg(PgConnection::establish(&with_limits(url))?), setup)
        } else {
            return Err(ConnectionError::InvalidConnectionUrl("use sqlite://… or postgres://…".to_owned()));
        };
        let (monitor, faults) = (monitor.clone(), faults::watches_statements());
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            match event {
                InstrumentationEvent::StartQuery { .. } => monitor.record_start(),
                InstrumentationEvent::FinishQuery { error, .. } => monitor.record_end(error.is_some()),
                _ => return,
            }
            if faults {
                faults::pass_statement();
            }
        });
        conn.batch_execute(&setup).map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }

    /// Opens a database for inspection: creates and changes nothing, not even SQLite's log.
    pub fn open_read_only(url: &str) -> Result<Conn, ConnectionError> {
        let (mut conn, setup) = if let Some(path) = sqlite_path(url) {
            let setup = "PRAGMA busy_timeout = 3000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY";
            let uri = sqlite_uri(path, OpenMode::Read);
            let conn = SqliteConnection::establish(&uri)?;
            if has_log(url) {
                // The last connection to close would checkpoint the log that a crash left behind. That is up to the
                // next start, so this connection stays open until the process ends.
                let mut other = SqliteConnection::establish(&uri)?;
                // SQLite takes its lock at the first query, whatever the result.
                let _locked = other.batch_execute("SELECT 1 FROM sqlite_master");
                std::mem::forget(other);
            }
            (Conn::Sqlite(conn), setup)
        } else {
            let setup = "SET timezone = 'UTC'; SET lock_timeout = '3s'; SET default_transaction_read_only = on";
            (Conn::Pg(PgConnection::establish(&with_limits(url))?), setup)
        };
        conn.batch_execute(setup).map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }

    /// Reads in one transaction, a consistent snapshot.
    pub fn read<T>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.run_in_transaction(TransactionMode::Read, work)
    }

    fn begin(&mut self, begin: TransactionMode) -> Result<()> {
        let outermost = Self::transaction_manager_status_mut(self).transaction_depth()?.is_none();
        match (&mut *self, begin) {
            (Conn::Sqlite(conn), TransactionMode::Write) if outermost => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?;
            }
            (Conn::Pg(conn), TransactionMode::Read) if outermost => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                AnsiTransactionManager::begin_transaction_sql(conn, begin)?;
            }
            _ => Self::begin_transaction(self)?,
        }
        Ok(())
    }

    fn commit(&mut self) -> QueryResult<()> {
        Self::commit_transaction(self)
    }

    fn roll_back(&mut self) -> QueryResult<()> {
        Self::rollback_transaction(self)
    }

    /// Runs work in a transaction: begun by `begin` if it is the outermost, else a savepoint.
    fn run_in_transaction<T>(
        &mut self,
        begin: TransactionMode,
        work: impl FnOnce(&mut Conn) -> Result<T>,
    ) -> Result<T> {
        self.begin(begin)?;
        let outcome = work(self);
        match &outcome {
            Ok(_) => self.commit()?,
            // A connection that cannot roll back is marked broken, and the pool drops it.
            Err(_) => drop(self.roll_back()),
        }
        outcome
    }
}

#[derive(Clone, Copy)]
enum TransactionMode {
    Read,
    Write,
}

pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// What follows `sqlite://` in a database URL: a path, or a `file:` URI.
pub fn sqlite_path(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite://")
}

/// The file of a SQLite URL, with a `file:` URI decoded.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = sqlite_path(url)?;
    Some(match path.strip_prefix("file:") {
        None => PathBuf::from(path),
        Some(uri) => {
            let file = uri.split('?').next().unwrap_or(uri);
            PathBuf::from(file.replace("%3f", "?").replace("%23", "#").replace("%25", "%"))
        }
    })
}

/// Whether SQLite's write-ahead log exists: the database is open, or was not closed properly.
fn has_log(url: &str) -> bool {
    sqlite_file(url).is_some_and(|file| {
        let mut log = file.into_os_string();
        log.push("-wal");
        Path::new(&log).exists()
    })
}

/// A path as a URI with the open mode (SQLite, "URI Filenames").
fn sqlite_uri(path: &str, open: OpenMode) -> String {
    let mode = if open == OpenMode::Create { "mode=rwc" } else { "mode=rw" };
    if path.starts_with("file:") {
        let separator = if path.contains('?') { '&' } else { '?' };
        return if path.contains("mode=") { path.to_owned() } else { format!("{path}{separator}{mode}") };
    }
    let mut uri = "file:".to_owned();
    // `file://` would be followed by a host name.
    let slashes = path.len() - path.trim_start_matches('/').len();
    for character in path.chars().skip(slashes.saturating_sub(1)) {
        match character {
            '%' | '?' | '#' => uri.push_str(&format!("%{:02x}", u32::from(character))),
            _ => uri.push(character),
        }
    }
    format!("{uri}?{mode}")
}

/// Adds [`CONNECTION_LIMITS`] to a PostgreSQL URL, except those it sets itself.
fn with_limits(url: &str) -> String {
    let (_, parameters) = url.split_once('?').unwrap_or((url, ""));
    let mut full_url = url.to_owned();
    for (name, value) in CONNECTION_LIMITS {
        let is_set = parameters.split('&').any(|pair| pair.split('=').next() == Some(name));
        if !is_set {
            full_url.push(if full_url.contains('?') { '&' } else { '?' });
            full_url.push_str(&format!("{name}={value}"));
        }
    }
    full_url
}

pub fn is_unique_violation(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// The database of the app. SQLite: many readers and one writer with a queue. PostgreSQL: one pool for both.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    writer: Option<writer::Writer>,
    files: Option<Arc<DatabaseFiles>>,
    context: Arc<WriteContext>,
    cache_versions: Arc<CacheVersions>,
    permits: BoundedSemaphore,
    threads: Arc<Threads>,
    proof: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

impl Database {
    /// Opens the pool, and SQLite's writer. The database must have been migrated.
    pub fn open(url: &str, readers: u32, context: WriteContext) -> Result<Database> {
        let max_connections = usize::try_from(readers).unwrap_or(1);
        let context = Arc::new(context);
        let (pool, writer, files, cache_versions) = match sqlite_path(url) {
            None => {
                let pool = Pool::new(url, OpenMode::Write, max_connections, None);
                let mut first = pool.get(&Progress::default())?;
                errors::load_deadlock_timeout(first.conn()?);
                drop(first);
                let cache_versions = CacheVersions::for_postgres(pool.clone())?;
                (pool, None, None, cache_versions)
            }
            Some(path) => {
                let conn = Conn::open_existing(url).map_err(Error::internal)?;
                let files = Arc::new(DatabaseFiles::new(path)?);
                let cache_versions = Arc::new(CacheVersions::for_sqlite());
                let writer = writer::Writer::start(conn, files.clone(), context.clone(), cache_versions.clone())?;
                (
                    Pool::new(url, OpenMode::Read, max_connections, Some(files.clone())),
                    Some(writer),
                    Some(files),
                    cache_versions,
                )
            }
        };
        let (permits, threads) =
            (BoundedSemaphore::new(max_connections, MAX_WAITING), Arc::new(Threads::new(max_connections)?));
        Ok(Database { pool, writer, files, context, cache_versions, permits, threads, proof: Arc::default() })
    }

    pub fn context(&self) -> &WriteContext {
        &self.context
    }

    pub fn cache_versions(&self) -> &Arc<CacheVersions> {
        &self.cache_versions
    }

    /// Reads in one transaction, on the blocking pool.
    ///
    /// # Errors
    /// `Busy` when the queue is full, when no connection becomes free in time, or when the database is not responding.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let result = JobResult::default();
        let job_result = result.clone();
        let job = move |lease: &mut PooledConnection, _: &Progress| {
            let outcome = lease.conn().and_then(work).and_then(|value| job_result.put(value));
            lease.finish_read(outcome)
        };
        self.run_blocking(READ_TIMEOUT, TransactionMode::Read, Box::new(job)).await?;
        result.take()
    }

    /// As [`Database::read`], for up to an hour: for exports and commands.
    pub async fn read_unbounded<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let result = JobResult::default();
        let job_result = result.clone();
        let job = move |lease: &mut PooledConnection, _: &Progress| {
            let lift_timeout = |conn: &mut Conn| match conn {
                Conn::Pg(conn) => conn.batch_execute("SET LOCAL statement_timeout = '1h'").map_err(Error::from),
                Conn::Sqlite(_) => Ok(()),
            };
            let outcome = lease.conn().and_then(|conn| {
                lift_timeout(conn)?;
                job_result.put(work(conn)?)
            });
            lease.finish_read(outcome)
        };
        self.run_blocking(UNBOUNDED_TIMEOUT, TransactionMode::Read, Box::new(job)).await?;
        result.take()
    }

    /// Boxed, so that the task machinery is not monomorphised for every query (binary size).
    async fn run_blocking(&self, timeout: Duration, begin: TransactionMode, work: BlockingJob) -> Result<()> {
        let deadline = Instant::now() + timeout;
        let pending_work = Arc::new(Mutex::new(Some(work)));
        loop {
            if self.pool.stuck_count() >= MAX_STUCK_THREADS || deadline <= Instant::now() {
                return Err(Error::Busy);
            }
            let until = deadline.min(Instant::now() + PERMIT_TIMEOUT);
            let Ok(Some(permit)) = timeout_at(until, self.permits.acquire()).await else { return Err(Error::Busy) };
            let progress = Arc::new(Progress::default());
            let (pool, job_progress, pending_work) = (self.pool.clone(), progress.clone(), pending_work.clone());
            let job = move || {
                let mut lease = pool.get(&job_progress)?;
                lease.begin(begin, &job_progress)?;
                let work = job_progress
                    .start_work()
                    .then(|| pending_work.lock().unwrap_or_else(PoisonError::into_inner).take())
                    .flatten();
                match work {
                    Some(work) => work(&mut lease, &job_progress),
                    // Another thread has taken the work, or the caller timed out.
                    None => Err(lease.roll_back(Error::Busy)),
                }
            };
            let task = self.threads.handle.spawn_blocking(job);
            let (sender, receiver) = oneshot::channel();
            let server = self.writer.is_none().then(|| self.pool.clone());
            // Spawned, because the supervisor must continue if the caller is cancelled.
            tokio::spawn(supervise(task, progress, permit, server, deadline, sender));
            match receiver.await.map_err(Error::internal)? {
                JobOutcome::Done(outcome) => return outcome,
                JobOutcome::Unresponsive => {}
            }
        }
    }

    /// Reads a row or two by their keys. On SQLite the query runs on the calling thread, because a switch to the
    /// blocking pool would cost more; on PostgreSQL, or when no connection is idle, as [`Database::read`].
    pub async fn read_inline<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        match self.writer.is_some().then(|| self.pool.take_idle()).flatten() {
            Some(mut lease) => lease.conn()?.run_in_transaction(TransactionMode::Read, work),
            None => self.read(work).await,
        }
    }

    /// Writes in one transaction. On SQLite the work shares a group commit with other writes. On PostgreSQL it may run
    /// again after a deadlock or a lost connection, so it must have no effect outside the transaction.
    ///
    /// # Errors
    /// `Busy` when the queue is full or the time is up: nothing was written. `CommitUnknown` when the commit was not
    /// answered: it may have been written.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.write_within(WRITE_TIMEOUT, work).await
    }

    /// As [`Database::write`], for up to an hour: for imports and commands.
    pub async fn write_unbounded<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.write_within(UNBOUNDED_TIMEOUT, work).await
    }

    async fn write_within<T, F>(&self, timeout: Duration, mut work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.write(work, timeout).await;
        }
        let (context, result) = (self.context.clone(), JobResult::default());
        let job_result = result.clone();
        let job = move |lease: &mut PooledConnection, progress: &Progress| {
            let (started, mut attempts) = (Instant::now(), 0);
            loop {
                let now = context.clock.now();
                let work_result =
                    lease.conn().and_then(|conn| job_result.put(work(&mut Tx::new(conn, &context, now))?));
                let attempt_result = match work_result {
                    Ok(()) if progress.start_commit() => lease.commit(),
                    // The caller timed out, and was answered `Busy`: nothing may be written.
                    Ok(()) => Err(lease.roll_back(Error::Busy)),
                    Err(error) => Err(lease.roll_back(error)),
                };
                attempts += 1;
                match attempt_result {
                    Err(Error::Busy) if attempts < 5 && started.elapsed() < RETRY_TIME => {
                        progress.restart();
                        std::thread::sleep(Duration::from_millis(5 << attempts));
                        lease.begin(TransactionMode::Write, progress)?;
                        if !progress.start_work() {
                            return Err(lease.roll_back(Error::Busy));
                        }
                    }
                    attempt_result => return attempt_result,
                }
            }
        };
        self.run_blocking(timeout, TransactionMode::Write, Box::new(job)).await?;
        result.take()
    }

    /// Proves that the database can be written to, by an upsert every two seconds at most. For `/readyz`.
    pub async fn check_writable(&self) -> Result<()> {
        let mut proof = self.proof.lock().await;
        if let Some(files) = &self.files {
            files.check_identity()?;
            files.check_space()?;
        }
        // Detects a database that has gone away since the last proof.
        self.read(|conn| Ok(conn.batch_execute("SELECT 1")?)).await?;
        if proof.is_some_and(|at| at.elapsed() < PROOF_LIFETIME) {
            return Ok(());
        }
        *proof = None;
        self.write(|tx| {
            let now = tx.now();
            let conn = tx.conn();
            let row = WriteProof { bucket: "readyz", key_hash: "", failures: 0, blocked_until: now, updated_at: now };
            on_backend!(conn => diesel::insert_into(auth_throttles::table)
                .values(row)
                .on_conflict((auth_throttles::bucket, auth_throttles::key_hash))
                .do_update()
                .set(auth_throttles::updated_at.eq(now))
                .execute(conn))?;
            Ok(())
        })
        .await?;
        *proof = Some(Instant::now());
        Ok(())
    }

    /// Moves SQLite's write-ahead log into the database file, after large imports. Does nothing on PostgreSQL.
    pub async fn checkpoint(&self) -> Result<()> {
        let Some(writer) = &self.writer else { return Ok(()) };
        writer.checkpoint().await
    }
}

#[derive(Insertable)]
#[diesel(table_name = auth_throttles, treat_none_as_default_value = false)]
struct WriteProof<'a> {
    bucket: &'a str,
    key_hash: &'a str,
    failures: i64,
    blocked_until: Utc,
    updated_at: Utc,
}

enum JobOutcome {
    Done(Result<()>),
    /// The connection did not begin a transaction in time; another one may be tried.
    Unresponsive,
}

/// Supervises a blocking job until its deadline. An unresponsive PostgreSQL connection is abandoned together with its
/// thread. A job that is only slow keeps its permit until it ends, so that slow jobs cannot pile up.
async fn supervise(
    mut task: JoinHandle<Result<()>>,
    progress: Arc<Progress>,
    permit: Permit,
    server: Option<Pool>,
    deadline: Instant,
    sender: oneshot::Sender<JobOutcome>,
) {
    let started = Instant::now();
    let flatten = |outcome: std::result::Result<Result<()>, tokio::task::JoinError>| {
        JobOutcome::Done(outcome.unwrap_or_else(|error| Err(Error::from(error))))
    };
    // The receiver is gone if the caller was cancelled; the job is done all the same.
    let send = |attempt_result: JobOutcome| drop(sender.send(attempt_result));
    if let Ok(outcome) = timeout_at(deadline.min(started + BEGIN_TIMEOUT), &mut task).await {
        return send(flatten(outcome));
    }
    let record_stuck = |pool: &Pool| pool.record_stuck(started.elapsed().as_secs());
    if let Some(pool) = &server
        && progress.abandon_if_unanswered()
    {
        record_stuck(pool);
        drop(permit);
        send(JobOutcome::Unresponsive);
        let _ended = task.await;
        return pool.record_recovered();
    }
    if let Ok(outcome) = timeout_at(deadline, &mut task).await {
        return send(flatten(outcome));
    }
    let stuck = server.filter(|_| progress.is_waiting_for_database());
    send(JobOutcome::Done(Err(match progress.abandon() {
        WorkPhase::Commit => Error::CommitUnknown,
        WorkPhase::Connection | WorkPhase::Work => Error::Busy,
    })));
    match stuck {
        Some(pool) => {
            record_stuck(&pool);
            drop(permit);
            let _ended = task.await;
            pool.record_recovered();
        }
        None => drop((task.await, permit)),
    }
}

/// Threads that block on the database: one for each connection, plus the abandoned ones. One runtime for all event
/// loops, because each would otherwise start as many of its own, and each thread holds memory.
struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Threads {
    fn new(max_connections: usize) -> Result<Threads> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .thread_name("database")
            .max_blocking_threads(max_connections.saturating_add(MAX_STUCK_THREADS))
            .build()
            .map_err(Error::internal)?;
        Ok(Threads { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }
}

impl Drop for Threads {
    /// Does not block, because the last owner may be an event loop.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

type BlockingJob = Box<dyn FnOnce(&mut PooledConnection, &Progress) -> Result<()> + Send>;

struct JobResult<T>(Arc<Mutex<Option<T>>>);

impl<T> Default for JobResult<T> {
    fn default() -> JobResult<T> {
        JobResult(Arc::new(Mutex::new(None)))
    }
}

impl<T> Clone for JobResult<T> {
    fn clone(&self) -> JobResult<T> {
        JobResult(self.0.clone())
    }
}

impl<T> JobResult<T> {
    fn put(&self, value: T) -> Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Ok(())
    }

    fn take(&self) -> Result<T> {
        let value = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        value.ok_or_else(|| Error::bug("a write finished without a result"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_on_waiting_are_added_and_those_of_the_address_stay() {
        let url = with_limits("postgres://u:p@db.example/shop");
        for (name, value) in CONNECTION_LIMITS {
            assert!(url.contains(&format!("{name}={value}")), "{url}");
        }
        let url = with_limits("postgres://u@h/shop?connect_timeout=2&keepalives=0");
        assert!(url.contains("?connect_timeout=2&keepalives=0&") && !url.contains("connect_timeout=5"), "{url}");
        assert!(!url.contains("keepalives=1") && url.contains("&keepalives_idle=10"), "{url}");
        assert!(with_limits("postgres:///shop?host=/run/pg").contains("/run/pg&connect_timeout=5"));
        assert!(with_limits("postgres://a:1,b:2/shop").ends_with("tcp_user_timeout=10000"));
    }

    #[test]
    fn a_path_is_a_path_whatever_is_in_it() {
        assert_eq!(sqlite_uri("/data/a b/shop.db", OpenMode::Read), "file:/data/a b/shop.db?mode=rw");
        assert_eq!(sqlite_uri("//data/shop.db", OpenMode::Write), "file:/data/shop.db?mode=rw");
        assert_eq!(sqlite_uri("50%?#/x.db", OpenMode::Create), "file:50%25%3f%23/x.db?mode=rwc");
    }

    #[test]
    fn only_who_may_make_a_file_makes_one() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("50% #new?.db");
        let url = format!("sqlite://{}", path.display());
        assert!(Conn::open(&url, true).is_err() && Conn::open_existing(&url).is_err() && !path.exists());
        assert!(Conn::open(&url, false).is_ok() && path.exists());
        assert!(Conn::open(&url, true).is_ok() && Conn::open_existing(&url).is_ok());
    }
}
