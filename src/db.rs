//! One code base, two databases: SQLite in a file, or PostgreSQL, by the address. Reads take a [`Conn`],
//! writes take a [`Tx`], and only [`Database::write`] makes one: nothing is written outside a transaction.

pub mod among;
pub mod columns;
mod condition;
pub mod epochs;
pub mod errors;
mod files;
mod listing;
pub mod matching;
pub mod migrations;
mod pool;
pub mod pooler;
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

use self::epochs::Epochs;
use self::files::DatabaseFiles;
use self::pool::{Lease, Pool, Progress, Reached, Watch};
use crate::error::{Error, Result};
use crate::schema::auth_throttles;
use crate::support::clock::{Clock, Utc};
use crate::support::faults;
use crate::support::token::{Random, SecretKey};
use crate::support::turns::{Turn, Turns};

/// How long a read may take, its wait for a connection included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a write may take, its waits for a connection and for the writer included.
const WRITE_PATIENCE: Duration = Duration::from_secs(12);
/// How long what nobody waits for in a browser may take.
const LONG_PATIENCE: Duration = Duration::from_mins(60);
/// How long a connection may take to begin a transaction, before another one is asked.
const FIRST_ANSWER: Duration = Duration::from_secs(3);
/// How long a write that was in somebody's way is tried again.
const TRY_AGAIN_FOR: Duration = Duration::from_secs(6);
/// Threads that wait for connections which do not answer, before the database counts as gone.
const MOST_STUCK: usize = 64;
/// How long the proof that something can be written is good for.
const PROOF_HOLDS: Duration = Duration::from_secs(2);
/// What waiting for PostgreSQL's host is bounded by (libpq, "Parameter Key Words"), unless the address says otherwise.
const CONNECTION_LIMITS: [(&str, &str); 6] = [
    ("connect_timeout", "5"),
    ("keepalives", "1"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];
/// The same for waiting for PostgreSQL itself.
const SESSION_LIMITS: [(&str, &str); 3] =
    [("statement_timeout", "10s"), ("lock_timeout", "3s"), ("idle_in_transaction_session_timeout", "10s")];
/// How long work waits for a connection.
const WAIT: Duration = Duration::from_secs(3);
/// Pieces of work that may wait for a connection before newcomers are told to come back later.
const WAITING: usize = 512;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Pg(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// What both databases can do; the back end of boxed queries and of `check_for_backend`.
pub type Db = MultiBackend;

/// Runs an expression on the connection inside. For what both databases can do and [`Db`] cannot say:
/// upserts, inserts of many rows, unions.
#[macro_export]
macro_rules! each {
    // The same, with a name for the database inside: for boxed questions within others.
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

/// Enqueues what follows from a fact; given by the floor above.
pub type React = fn(&mut Tx<'_>, &crate::models::fact::Fact) -> Result<()>;

/// What a transaction brings along besides its connection: the time, randomness, the key, the reactions.
#[derive(Clone)]
pub struct Means {
    /// Tells the time.
    pub clock: Clock,
    /// Gives randomness.
    pub random: Random,
    /// Makes tokens that need no storing.
    pub key: SecretKey,
    /// What follows from a fact.
    pub react: React,
}

/// A transaction that may write, at one instant.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    means: &'a Means,
    now: Utc,
    act: Option<String>,
}

impl Tx<'_> {
    /// The connection.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Whether nobody else can be writing meanwhile, so that what is read here stays true: SQLite has one writer.
    pub fn is_alone(&self) -> bool {
        matches!(self.conn, Conn::Sqlite(_))
    }

    /// The instant of this transaction.
    pub fn now(&self) -> Utc {
        self.now
    }

    /// The instant by the clock, also where samples are dated back by [`Tx::as_of`].
    pub fn clock_now(&self) -> Utc {
        self.means.clock.now()
    }

    /// The form that this transaction carries out, by the hash of its mark; none when nobody sent a marked form.
    pub fn act(&self) -> Option<&str> {
        self.act.as_deref()
    }

    /// This transaction carries out a form from now on.
    pub fn begin_act(&mut self, act: String) {
        self.act = Some(act);
    }

    /// What is written from now on happened then: for samples and imports.
    pub fn as_of(&mut self, then: Utc) {
        self.now = then;
    }

    /// A new public id.
    ///
    /// # Errors
    /// Without randomness.
    pub fn public_id(&self) -> Result<String> {
        Ok(self.means.random.public_id(self.now)?)
    }

    /// A new secret.
    ///
    /// # Errors
    /// Without randomness.
    pub fn secret(&self) -> Result<String> {
        Ok(self.means.random.secret()?)
    }

    /// The site's key.
    pub fn key(&self) -> &SecretKey {
        &self.means.key
    }

    /// Work that is undone alone when it fails, by a savepoint; the transaction goes on.
    ///
    /// # Errors
    /// What the work says.
    pub fn attempt<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let (means, now, act) = (self.means, self.now, self.act.clone());
        self.conn.inside(Begin::Write, |conn| work(&mut Tx { conn, means, now, act }))
    }

    /// Enqueues what follows from a fact.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn react(&mut self, fact: &crate::models::fact::Fact) -> Result<()> {
        (self.means.react)(self, fact)
    }
}

/// What a connection may do to the database's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// Make it if it is missing, and write to it.
    Create,
    /// Write to it.
    Write,
    /// Read it.
    Read,
}

impl Conn {
    /// Opens a connection by the address's scheme. Only a writer makes SQLite's file if it is missing.
    ///
    /// # Errors
    /// Unknown schemes, and what the database says.
    pub fn open(url: &str, reader: bool) -> Result<Conn, ConnectionError> {
        Conn::open_watched(url, if reader { Open::Read } else { Open::Create }, &Arc::default())
    }

    /// Opens a connection to a database that is there.
    ///
    /// # Errors
    /// As [`Conn::open`], and when there is no such file.
    pub fn open_existing(url: &str) -> Result<Conn, ConnectionError> {
        Conn::open_watched(url, Open::Write, &Arc::default())
    }

    fn open_watched(url: &str, open: Open, watch: &Arc<Watch>) -> Result<Conn, ConnectionError> {
        let (mut conn, setup) = if let Some(path) = sqlite_path(url) {
            // FULL: a confirmed order survives a power cut.
            let mut setup = "PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                             PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY"
                .to_owned();
            if open == Open::Read {
                setup.push_str("; PRAGMA query_only = ON");
            }
            (Conn::Sqlite(SqliteConnection::establish(&sqlite_uri(path, open))?), setup)
        } else if is_postgres(url) {
            let mut setup = "SET timezone = 'UTC'".to_owned();
            for (name, value) in SESSION_LIMITS {
                // Who may make a database also migrates it, and that takes as long as it takes.
                let is_meant = name != "statement_timeout" || open != Open::Create;
                if is_meant && !url.contains(name) {
                    setup.push_str(&format!("; SET {name} = '{value}'"));
                }
            }
            (Conn::Pg(PgConnection::establish(&with_limits(url))?), setup)
        } else {
            return Err(ConnectionError::InvalidConnectionUrl("use sqlite://… or postgres://…".to_owned()));
        };
        let (watch, faults) = (watch.clone(), faults::watches_statements());
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            match event {
                InstrumentationEvent::StartQuery { .. } => watch.begin(),
                InstrumentationEvent::FinishQuery { error, .. } => watch.end(error.is_some()),
                _ => return,
            }
            if faults {
                faults::pass_statement();
            }
        });
        conn.batch_execute(&setup).map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }

    /// Opens a database that is there, to look at it: nothing is made, and nothing in it changes.
    ///
    /// # Errors
    /// When there is none, and what the database says.
    pub fn inspect(url: &str) -> Result<Conn, ConnectionError> {
        let (mut conn, setup) = if let Some(path) = sqlite_path(url) {
            let setup = "PRAGMA busy_timeout = 3000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY";
            let uri = sqlite_uri(path, Open::Read);
            let conn = SqliteConnection::establish(&uri)?;
            if has_log(url) {
                // Whoever closes last writes the log that a crash has left into the file. That is for the next start to
                // do, so somebody stays until the process ends.
                let mut other = SqliteConnection::establish(&uri)?;
                // It holds its lock from its first question on, whatever the answer.
                let _answer = other.batch_execute("SELECT 1 FROM sqlite_master");
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

    /// Reads in one transaction.
    ///
    /// # Errors
    /// What the work returns.
    pub fn read<T>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.inside(Begin::Read, work)
    }

    /// Begins the outermost transaction, or a savepoint in one.
    fn begin(&mut self, begin: Begin) -> Result<()> {
        let outermost = Self::transaction_manager_status_mut(self).transaction_depth()?.is_none();
        match (&mut *self, begin) {
            (Conn::Sqlite(conn), Begin::Write) if outermost => {
                AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?;
            }
            (Conn::Pg(conn), Begin::Read) if outermost => {
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
    fn inside<T>(&mut self, begin: Begin, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        self.begin(begin)?;
        let done = work(self);
        match &done {
            Ok(_) => self.commit()?,
            // A connection that cannot roll back is marked broken, and the pool drops it.
            Err(_) => drop(self.roll_back()),
        }
        done
    }
}

/// How the outermost transaction begins.
#[derive(Clone, Copy)]
enum Begin {
    Read,
    Write,
}

/// Whether the address is PostgreSQL's.
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// SQLite's file, if the address is one.
pub fn sqlite_path(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite://")
}

/// The file that SQLite opens for an address, if it is one of SQLite's.
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

/// Whether SQLite's log lies beside a database: it is in use, or was not closed.
fn has_log(url: &str) -> bool {
    sqlite_file(url).is_some_and(|file| {
        let mut log = file.into_os_string();
        log.push("-wal");
        Path::new(&log).exists()
    })
}

/// A path as a URI that says whether the file may be made (SQLite, "URI Filenames").
fn sqlite_uri(path: &str, open: Open) -> String {
    let mode = if open == Open::Create { "mode=rwc" } else { "mode=rw" };
    if path.starts_with("file:") {
        let joint = if path.contains('?') { '&' } else { '?' };
        return if path.contains("mode=") { path.to_owned() } else { format!("{path}{joint}{mode}") };
    }
    let mut uri = "file:".to_owned();
    // After two slashes a URI names a host.
    let doubled = path.len() - path.trim_start_matches('/').len();
    for character in path.chars().skip(doubled.saturating_sub(1)) {
        match character {
            '%' | '?' | '#' => uri.push_str(&format!("%{:02x}", u32::from(character))),
            _ => uri.push(character),
        }
    }
    format!("{uri}?{mode}")
}

/// PostgreSQL's address with limits on waiting for its host; those it has already stay.
fn with_limits(url: &str) -> String {
    let (_, given) = url.split_once('?').unwrap_or((url, ""));
    let mut whole = url.to_owned();
    for (name, value) in CONNECTION_LIMITS {
        let is_given = given.split('&').any(|pair| pair.split('=').next() == Some(name));
        if !is_given {
            whole.push(if whole.contains('?') { '&' } else { '?' });
            whole.push_str(&format!("{name}={value}"));
        }
    }
    whole
}

/// Whether a write failed because its key is taken.
pub fn is_taken(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// SQLite: many readers and one writer, which works through a queue. PostgreSQL: one pool for both.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    writer: Option<writer::Writer>,
    files: Option<Arc<DatabaseFiles>>,
    means: Arc<Means>,
    epochs: Arc<Epochs>,
    turns: Turns,
    threads: Arc<Threads>,
    proof: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

impl Database {
    /// Opens the pools. The database must have been migrated.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn open(url: &str, readers: u32, means: Means) -> Result<Database> {
        let most = usize::try_from(readers).unwrap_or(1);
        let means = Arc::new(means);
        let (pool, writer, files, epochs) = match sqlite_path(url) {
            None => {
                let pool = Pool::new(url, Open::Write, most, None);
                let mut first = pool.get(&Progress::default())?;
                errors::learn_least_wait(first.conn()?);
                drop(first);
                let epochs = Epochs::asked(pool.clone())?;
                (pool, None, None, epochs)
            }
            Some(path) => {
                let conn = Conn::open_existing(url).map_err(Error::internal)?;
                let files = Arc::new(DatabaseFiles::of(path)?);
                let epochs = Arc::new(Epochs::told());
                let writer = writer::Writer::start(conn, files.clone(), means.clone(), epochs.clone())?;
                (Pool::new(url, Open::Read, most, Some(files.clone())), Some(writer), Some(files), epochs)
            }
        };
        let (turns, threads) = (Turns::new(most, WAITING), Arc::new(Threads::new(most)?));
        Ok(Database { pool, writer, files, means, epochs, turns, threads, proof: Arc::default() })
    }

    /// The clock, randomness and key of the app.
    pub fn means(&self) -> &Means {
        &self.means
    }

    /// What of the things that pages show has changed.
    pub fn epochs(&self) -> &Arc<Epochs> {
        &self.epochs
    }

    /// Reads in one transaction, in one hop off the event loop.
    ///
    /// # Errors
    /// What the work returns; `Busy` when too many wait already, no connection is free for long, or the database does
    /// not answer.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let slot = Slot::default();
        let found = slot.clone();
        let errand = move |lease: &mut Lease, _: &Progress| {
            let done = lease.conn().and_then(work).and_then(|value| found.put(value));
            lease.finish_reading(done)
        };
        self.hop(PATIENCE, Begin::Read, Box::new(errand)).await?;
        slot.take()
    }

    /// Reads for as long as it takes: for commands that nobody waits for in a browser.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn study<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let slot = Slot::default();
        let found = slot.clone();
        let errand = move |lease: &mut Lease, _: &Progress| {
            let patient = |conn: &mut Conn| match conn {
                Conn::Pg(conn) => conn.batch_execute("SET LOCAL statement_timeout = '1h'").map_err(Error::from),
                Conn::Sqlite(_) => Ok(()),
            };
            let done = lease.conn().and_then(|conn| {
                patient(conn)?;
                found.put(work(conn)?)
            });
            lease.finish_reading(done)
        };
        self.hop(LONG_PATIENCE, Begin::Read, Box::new(errand)).await?;
        slot.take()
    }

    /// Work on another thread, in a transaction. Its type is forgotten before, or the program would hold all that belongs
    /// to a task once for each question that it asks.
    async fn hop(&self, patience: Duration, begin: Begin, work: Errand) -> Result<()> {
        let deadline = Instant::now() + patience;
        let place = Arc::new(Mutex::new(Some(work)));
        loop {
            if self.pool.stuck() >= MOST_STUCK || deadline <= Instant::now() {
                return Err(Error::Busy);
            }
            let until = deadline.min(Instant::now() + WAIT);
            let Ok(Some(turn)) = timeout_at(until, self.turns.take()).await else { return Err(Error::Busy) };
            let progress = Arc::new(Progress::default());
            let (pool, seen, place) = (self.pool.clone(), progress.clone(), place.clone());
            let errand = move || {
                let mut lease = pool.get(&seen)?;
                lease.begin(begin, &seen)?;
                let work = seen.work().then(|| place.lock().unwrap_or_else(PoisonError::into_inner).take()).flatten();
                match work {
                    Some(work) => work(&mut lease, &seen),
                    // Another thread has been asked meanwhile, or nobody waits any more.
                    None => Err(lease.roll_back(Error::Busy)),
                }
            };
            let task = self.threads.handle.spawn_blocking(errand);
            let (answer, answered) = oneshot::channel();
            let server = self.writer.is_none().then(|| self.pool.clone());
            // Spawned, because a caller may go away, and somebody must wait all the same.
            tokio::spawn(attend(task, progress, turn, server, deadline, answer));
            match answered.await.map_err(Error::internal)? {
                Tried::Done(done) => return done,
                Tried::Unanswered => {}
            }
        }
    }

    /// Reads a row or two by their keys. On SQLite that is done at once, where a hop to another thread would cost more
    /// than the reading; with PostgreSQL, or when no connection is free, it is as [`Database::read`].
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn glance<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        match self.writer.is_some().then(|| self.pool.idle()).flatten() {
            Some(mut lease) => lease.conn()?.inside(Begin::Read, work),
            None => self.read(work).await,
        }
    }

    /// Writes in one transaction. On SQLite the work waits for the writer and shares its commit with others; on
    /// PostgreSQL it may run again after a deadlock or a lost connection, so it must not have given anything away.
    ///
    /// # Errors
    /// What the work returns; `Busy` when the queue is full or it took too long, and then nothing was written;
    /// `Unsure` when the commit was not answered, and it may have been.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.write_within(WRITE_PATIENCE, work).await
    }

    /// Writes for as long as it takes: for commands that load much, and that nobody waits for in a browser.
    ///
    /// # Errors
    /// As [`Database::write`].
    pub async fn write_at_length<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.write_within(LONG_PATIENCE, work).await
    }

    async fn write_within<T, F>(&self, patience: Duration, mut work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.write(work, patience).await;
        }
        let (means, slot) = (self.means.clone(), Slot::default());
        let done = slot.clone();
        let errand = move |lease: &mut Lease, progress: &Progress| {
            let (begun, mut tries) = (Instant::now(), 0);
            loop {
                let now = means.clock.now();
                let worked =
                    lease.conn().and_then(|conn| done.put(work(&mut Tx { conn, means: &means, now, act: None })?));
                let tried = match worked {
                    Ok(()) if progress.commit() => lease.commit(),
                    // Nobody waits any more, and was told that nothing was written.
                    Ok(()) => Err(lease.roll_back(Error::Busy)),
                    Err(error) => Err(lease.roll_back(error)),
                };
                tries += 1;
                match tried {
                    Err(Error::Busy) if tries < 5 && begun.elapsed() < TRY_AGAIN_FOR => {
                        progress.begin_again();
                        std::thread::sleep(Duration::from_millis(5 << tries));
                        lease.begin(Begin::Write, progress)?;
                        if !progress.work() {
                            return Err(lease.roll_back(Error::Busy));
                        }
                    }
                    tried => return tried,
                }
            }
        };
        self.hop(patience, Begin::Write, Box::new(errand)).await?;
        slot.take()
    }

    /// Whether something can be written: proved by writing, every few seconds at most.
    ///
    /// # Errors
    /// Why not.
    pub async fn check_writable(&self) -> Result<()> {
        let mut proof = self.proof.lock().await;
        if let Some(files) = &self.files {
            files.check()?;
            files.check_space()?;
        }
        // It may have gone away since the proof.
        self.read(|conn| Ok(conn.batch_execute("SELECT 1")?)).await?;
        if proof.is_some_and(|at| at.elapsed() < PROOF_HOLDS) {
            return Ok(());
        }
        *proof = None;
        self.write(|tx| {
            let now = tx.now();
            let conn = tx.conn();
            let row = (
                auth_throttles::bucket.eq("readyz"),
                auth_throttles::key_hash.eq(""),
                auth_throttles::failures.eq(0),
                auth_throttles::blocked_until.eq(now),
                auth_throttles::updated_at.eq(now),
            );
            each!(conn => diesel::insert_into(auth_throttles::table)
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

    /// Moves what SQLite has in its log into the file itself, after much was written at once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn checkpoint(&self) -> Result<()> {
        let Some(writer) = &self.writer else { return Ok(()) };
        writer.checkpoint().await
    }
}

/// What came of asking a connection.
enum Tried {
    Done(Result<()>),
    /// It did not even begin: another one may.
    Unanswered,
}

/// Waits for work on another thread, until the deadline. PostgreSQL's connection that does not answer is given up with
/// its thread; work that takes long by itself keeps its turn until it ends, so that there is not more and more of it.
async fn attend(
    mut task: JoinHandle<Result<()>>,
    progress: Arc<Progress>,
    turn: Turn,
    server: Option<Pool>,
    deadline: Instant,
    answer: oneshot::Sender<Tried>,
) {
    let begun = Instant::now();
    let flat = |done: std::result::Result<Result<()>, tokio::task::JoinError>| {
        Tried::Done(done.unwrap_or_else(|error| Err(Error::from(error))))
    };
    // Whoever asked may have gone away; the work is done all the same.
    let tell = |tried: Tried| drop(answer.send(tried));
    if let Ok(done) = timeout_at(deadline.min(begun + FIRST_ANSWER), &mut task).await {
        return tell(flat(done));
    }
    let gave_up = |pool: &Pool| pool.gave_up(begun.elapsed().as_secs());
    if let Some(pool) = &server
        && progress.abandon_unanswered()
    {
        gave_up(pool);
        drop(turn);
        tell(Tried::Unanswered);
        let _late = task.await;
        return pool.came_back();
    }
    if let Ok(done) = timeout_at(deadline, &mut task).await {
        return tell(flat(done));
    }
    let stuck = server.filter(|_| progress.waits_for_database());
    tell(Tried::Done(Err(match progress.abandon() {
        Reached::Commit => Error::Unsure,
        Reached::Connection | Reached::Work => Error::Busy,
    })));
    match stuck {
        Some(pool) => {
            gave_up(&pool);
            drop(turn);
            let _late = task.await;
            pool.came_back();
        }
        None => drop((task.await, turn)),
    }
}

/// The threads that wait for the database: as many as may be at it once, and those that were given up. Each event loop
/// would begin as many of its own, and every thread keeps memory that others cannot use.
struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Threads {
    fn new(most: usize) -> Result<Threads> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .thread_name("database")
            .max_blocking_threads(most.saturating_add(MOST_STUCK))
            .build()
            .map_err(Error::internal)?;
        Ok(Threads { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }
}

impl Drop for Threads {
    /// Waits for nobody: it may be an event loop that lets go last.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Work for a connection that has begun a transaction, its type forgotten.
type Errand = Box<dyn FnOnce(&mut Lease, &Progress) -> Result<()> + Send>;

/// What work on another thread has found, until its caller takes it.
struct Slot<T>(Arc<Mutex<Option<T>>>);

impl<T> Default for Slot<T> {
    fn default() -> Slot<T> {
        Slot(Arc::new(Mutex::new(None)))
    }
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Slot<T> {
        Slot(self.0.clone())
    }
}

impl<T> Slot<T> {
    /// In place of what an earlier try has found.
    fn put(&self, found: T) -> Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok(())
    }

    fn take(&self) -> Result<T> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        found.ok_or_else(|| Error::broken("a piece of work was done and left nothing"))
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
        assert_eq!(sqlite_uri("/data/a b/shop.db", Open::Read), "file:/data/a b/shop.db?mode=rw");
        assert_eq!(sqlite_uri("//data/shop.db", Open::Write), "file:/data/shop.db?mode=rw");
        assert_eq!(sqlite_uri("50%?#/x.db", Open::Create), "file:50%25%3f%23/x.db?mode=rwc");
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
