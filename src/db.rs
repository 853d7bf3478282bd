//! One code base, two databases: SQLite in a file, or PostgreSQL, by the address. Reads take a [`Conn`],
//! writes take a [`Tx`], and only [`Database::write`] makes one: nothing is written outside a transaction.

pub mod among;
pub mod columns;
mod condition;
pub mod epochs;
mod listing;
pub mod matching;
pub mod migrations;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, InstrumentationEvent, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, Pool, R2D2Connection};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::{PgConnection, SqliteConnection};
use tokio::runtime::{Handle, Runtime};

use self::epochs::Epochs;
use crate::error::{Error, Result};
use crate::support::clock::{Clock, Utc};
use crate::support::faults;
use crate::support::token::{Random, SecretKey};
use crate::support::turns::Turns;

/// How long a read may take, its wait for a connection included.
const PATIENCE: Duration = Duration::from_secs(10);
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
        let (means, now) = (self.means, self.now);
        self.conn.inside(Begin::Write, |conn| work(&mut Tx { conn, means, now }))
    }

    /// Enqueues what follows from a fact.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn react(&mut self, fact: &crate::models::fact::Fact) -> Result<()> {
        (self.means.react)(self, fact)
    }
}

impl Conn {
    /// Opens a connection by the address's scheme.
    ///
    /// # Errors
    /// Unknown schemes, and what the database says.
    pub fn open(url: &str, reader: bool) -> Result<Conn, ConnectionError> {
        let (mut conn, setup) = if let Some(path) = url.strip_prefix("sqlite://") {
            // FULL: a confirmed order survives a power cut.
            let setup = "PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                         PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY";
            (Conn::Sqlite(SqliteConnection::establish(path)?), setup)
        } else if is_postgres(url) {
            let setup =
                "SET timezone = 'UTC'; SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '10s'";
            (Conn::Pg(PgConnection::establish(url)?), setup)
        } else {
            return Err(ConnectionError::InvalidConnectionUrl("use sqlite://… or postgres://…".to_owned()));
        };
        if faults::are_wanted() {
            conn.set_instrumentation(|event: InstrumentationEvent<'_>| match event {
                InstrumentationEvent::StartQuery { .. } | InstrumentationEvent::FinishQuery { .. } => {
                    faults::statement();
                }
                _ => {}
            });
        }
        conn.batch_execute(setup).map_err(ConnectionError::CouldntSetupConfiguration)?;
        if reader && let Conn::Sqlite(conn) = &mut conn {
            conn.batch_execute("PRAGMA query_only = ON").map_err(ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(conn)
    }

    /// Opens a database that is there, to look at it: nothing is made, and nothing in it changes.
    ///
    /// # Errors
    /// When there is none, and what the database says.
    pub fn inspect(url: &str) -> Result<Conn, ConnectionError> {
        let (mut conn, setup) = if let Some(path) = url.strip_prefix("sqlite://") {
            let setup = "PRAGMA busy_timeout = 3000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY";
            let path = &existing(path);
            let conn = SqliteConnection::establish(path)?;
            if has_log(path) {
                // Whoever closes last writes the log that a crash has left into the file. That is for the next start to
                // do, so somebody stays until the process ends.
                let mut other = SqliteConnection::establish(path)?;
                // It holds its lock from its first question on, whatever the answer.
                let _answer = other.batch_execute("SELECT 1 FROM sqlite_master");
                std::mem::forget(other);
            }
            (Conn::Sqlite(conn), setup)
        } else {
            let setup = "SET timezone = 'UTC'; SET lock_timeout = '3s'; SET default_transaction_read_only = on";
            (Conn::Pg(PgConnection::establish(url)?), setup)
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

    /// Runs work in a transaction: begun by `begin` if it is the outermost, else a savepoint.
    fn inside<T>(&mut self, begin: Begin, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
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
        let done = work(self);
        match &done {
            Ok(_) => Self::commit_transaction(self)?,
            // A connection that cannot roll back is marked broken, and the pool drops it.
            Err(_) => drop(Self::rollback_transaction(self)),
        }
        done
    }
}

/// A path as SQLite opens it without making a file (<https://sqlite.org/uri.html>).
fn existing(path: &str) -> String {
    match path.strip_prefix("file:") {
        Some(_) if path.contains("mode=") => path.to_owned(),
        Some(_) if path.contains('?') => format!("{path}&mode=rw"),
        Some(_) => format!("{path}?mode=rw"),
        None => format!("file:{}?mode=rw", path.replace('%', "%25").replace('?', "%3f").replace('#', "%23")),
    }
}

/// Whether SQLite's log lies beside a database: it is in use, or was not closed.
fn has_log(path: &str) -> bool {
    let file = path.trim_start_matches("file:").split('?').next().unwrap_or(path);
    let file = file.replace("%3f", "?").replace("%23", "#").replace("%25", "%");
    std::path::Path::new(&format!("{file}-wal")).exists()
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

/// A lock or a pool could not be had in time: worth another try.
pub fn is_busy(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => true,
        DieselError::DatabaseError(_, about) => {
            let message = about.message();
            message.contains("database is locked")
                || message.contains("deadlock detected")
                || message.contains("lock timeout")
                || message.contains("could not connect")
        }
        DieselError::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Whether a write failed because its key is taken.
pub fn is_taken(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
}

/// SQLite: many readers and one writer, which works through a queue. PostgreSQL: one pool for both.
#[derive(Clone)]
pub struct Database {
    readers: Pool<Manager>,
    writer: Option<writer::Writer>,
    means: Arc<Means>,
    epochs: Arc<Epochs>,
    turns: Turns,
    threads: Arc<Threads>,
}

impl Database {
    /// Opens the pools. The database must have been migrated.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn open(url: &str, readers: u32, means: Means) -> Result<Database> {
        let server = is_postgres(url);
        let pool = Pool::builder()
            .max_size(readers)
            .min_idle(Some(1))
            .connection_timeout(WAIT)
            .test_on_check_out(server)
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build(Manager { url: url.to_owned(), reader: !server })?;
        let means = Arc::new(means);
        let (writer, epochs) = if server {
            (None, Epochs::asked(url)?)
        } else {
            let epochs = Arc::new(Epochs::told());
            let conn = Conn::open(url, false).map_err(Error::internal)?;
            (Some(writer::Writer::start(conn, means.clone(), epochs.clone())?), epochs)
        };
        let at_once = usize::try_from(readers).unwrap_or(1);
        let (turns, threads) = (Turns::new(at_once, WAITING), Arc::new(Threads::new(at_once)?));
        Ok(Database { readers: pool, writer, means, epochs, turns, threads })
    }

    /// The clock, randomness and key of the app.
    pub fn means(&self) -> &Means {
        &self.means
    }

    /// What of the things that pages show has changed.
    pub fn epochs(&self) -> &Epochs {
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
        tokio::time::timeout(PATIENCE, self.study(work)).await.map_err(|_| Error::Busy)?
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
        self.hop(Box::new(move |conn| conn.inside(Begin::Read, |conn| found.put(work(conn)?)))).await?;
        slot.take()
    }

    /// Work on another thread. Its type is forgotten before, or the program would hold all that belongs to a task once
    /// for each question that it asks.
    async fn hop(&self, work: Errand) -> Result<()> {
        let Ok(Some(turn)) = tokio::time::timeout(WAIT, self.turns.take()).await else { return Err(Error::Busy) };
        let pool = self.readers.clone();
        let errand = move || {
            let _turn = turn;
            work(&mut *pool.get()?)
        };
        self.threads.handle.spawn_blocking(errand).await?
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
        match self.writer.is_some().then(|| self.readers.try_get()).flatten() {
            Some(mut conn) => conn.inside(Begin::Read, work),
            None => self.read(work).await,
        }
    }

    /// Writes in one transaction. On SQLite the work waits for the writer and shares its commit with others; on
    /// PostgreSQL it may run again after a deadlock, so it must not have given anything away.
    ///
    /// # Errors
    /// What the work returns; `Busy` when the queue is full.
    pub async fn write<T, F>(&self, mut work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        if let Some(writer) = &self.writer {
            return writer.write(work).await;
        }
        let (means, slot) = (self.means.clone(), Slot::default());
        let done = slot.clone();
        self.hop(Box::new(move |conn| {
            let mut tries = 0;
            loop {
                let now = means.clock.now();
                let tried = conn.inside(Begin::Write, |conn| done.put(work(&mut Tx { conn, means: &means, now })?));
                tries += 1;
                match tried {
                    Err(Error::Busy) if tries < 5 => std::thread::sleep(Duration::from_millis(5 << tries)),
                    tried => return tried,
                }
            }
        }))
        .await?;
        slot.take()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.read(|conn| Ok(conn.batch_execute("SELECT 1")?)).await
    }
}

/// The threads that wait for the database: as many as may be at it at once. Each event loop would begin as many of its
/// own, and every thread keeps memory that others cannot use.
struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Threads {
    fn new(most: usize) -> Result<Threads> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .thread_name("database")
            .max_blocking_threads(most)
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

/// Work for a connection, its type forgotten.
type Errand = Box<dyn FnOnce(&mut Conn) -> Result<()> + Send>;

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

struct Manager {
    url: String,
    reader: bool,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Conn, diesel::r2d2::Error> {
        Conn::open(&self.url, self.reader).map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), diesel::r2d2::Error> {
        conn.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}
