//! Cache invalidation. Triggers record in the writing transaction which tags changed; this keeps the process's copy, so
//! a cached page is checked without a query.
//!
//! On SQLite the writer reloads the copy after each commit, before it answers. On PostgreSQL other processes write too,
//! so a check waits for one short query, which all concurrent checks share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak, mpsc};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tokio::sync::oneshot;

use super::Conn;
use super::pool::{Pool, Progress};
use crate::error::Result;
use crate::schema::cache_versions;

/// How long a request waits for the query, before it serves the cached page unchecked.
const PATIENCE: Duration = Duration::from_millis(500);
/// Pause between queries after a failure.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the query may take, before its connection is abandoned and another one is tried.
const LATE: Duration = Duration::from_secs(3);

/// What a page depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheTag {
    /// Everything that all pages share: settings, menu, media, shipping, taxes.
    Site,
    /// Products, their prices and their order in lists.
    Shop,
    /// Posts and their tags.
    Blog,
    /// Stock of one product, by its row id.
    Product(i64),
}

impl CacheTag {
    fn parse(text: &str) -> Option<CacheTag> {
        match text {
            "site" => Some(CacheTag::Site),
            "shop" => Some(CacheTag::Shop),
            "blog" => Some(CacheTag::Blog),
            other => other.strip_prefix("product:")?.parse().ok().map(CacheTag::Product),
        }
    }
}

/// The version at which each tag last changed.
#[derive(Default)]
pub struct CacheVersions {
    clock: AtomicU64,
    changed: RwLock<HashMap<CacheTag, u64>>,
    asker: Option<Asker>,
    silent: AtomicBool,
}

impl CacheVersions {
    /// Versions that the writer keeps up to date by [`CacheVersions::load`].
    pub fn for_sqlite() -> CacheVersions {
        CacheVersions::default()
    }

    /// Versions that a thread loads from PostgreSQL on demand, through the pool.
    pub(super) fn for_postgres(pool: Pool) -> Result<Arc<CacheVersions>> {
        let asker = Asker { pool, line: RwLock::default() };
        let epochs = Arc::new(CacheVersions { asker: Some(asker), ..CacheVersions::default() });
        epochs.start_asker()?;
        Ok(epochs)
    }

    fn start_asker(self: &Arc<CacheVersions>) -> Result<()> {
        let Some(asker) = &self.asker else { return Ok(()) };
        let (queue, askers) = mpsc::sync_channel(4096);
        let asked_at = Arc::new(Mutex::new(None));
        let (known, pool, begun) = (Arc::downgrade(self), asker.pool.clone(), asked_at.clone());
        let thread = std::thread::Builder::new().name("epochs".to_owned());
        thread.spawn(move || answer_askers(&known, &pool, &begun, &askers))?;
        *asker.line.write().unwrap_or_else(PoisonError::into_inner) = Some(Line { queue, asked_at });
        Ok(())
    }

    /// Starts a new query thread if the present one has been waiting for longer than [`LATE`].
    fn replace_late_asker(self: &Arc<CacheVersions>) {
        let Some(asker) = &self.asker else { return };
        let line = asker.line.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(Line { asked_at, .. }) = line else { return };
        let mut asked_at = asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if asked_at.is_none_or(|at| at.elapsed() < LATE) || asker.pool.stuck_count() >= super::MAX_STUCK_THREADS {
            return;
        }
        // Keeps concurrent callers from replacing the thread twice.
        *asked_at = None;
        asker.pool.record_stuck(LATE.as_secs());
        if let Err(error) = self.start_asker() {
            tracing::error!(%error, "nobody asks what changed");
        }
    }

    /// The current version. Read it before you read what a page is made of.
    pub fn current_version(&self) -> u64 {
        self.clock.load(Ordering::Acquire)
    }

    /// Whether none of the tags has changed since a version.
    pub fn is_unchanged(&self, tags: &[CacheTag], since: u64) -> bool {
        if self.current_version() == since {
            return true;
        }
        let changed = self.changed.read().unwrap_or_else(PoisonError::into_inner);
        tags.iter().all(|tag| changed.get(tag).is_none_or(|at| *at <= since))
    }

    /// Waits until every change that was committed before the call is known. Returns after 500 ms if the database does
    /// not answer; cached pages are then served unchecked.
    pub async fn synced(self: &Arc<CacheVersions>) {
        let Some(asker) = &self.asker else { return };
        let queue = asker.line.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|line| line.queue.clone());
        let Some(queue) = queue else { return };
        let (answer, answered) = oneshot::channel();
        // A full queue means that the database is far behind.
        if queue.try_send(answer).is_err() || self.silent.load(Ordering::Relaxed) {
            return self.replace_late_asker();
        }
        // The thread drops the sender when the versions are loaded; it sends no value.
        let known = tokio::time::timeout(PATIENCE, answered).await;
        self.silent.store(known.is_err(), Ordering::Relaxed);
        if known.is_err() {
            self.replace_late_asker();
        }
    }

    fn touch(&self, tags: &[CacheTag]) {
        if tags.is_empty() {
            return;
        }
        let mut changed = self.changed.write().unwrap_or_else(PoisonError::into_inner);
        let tick = self.clock.load(Ordering::Acquire) + 1;
        for tag in tags {
            changed.insert(*tag, tick);
        }
        // Stored last, so that a reader of the new version also sees the new tags.
        self.clock.store(tick, Ordering::Release);
    }
}

/// Last row of the change log that was read, on SQLite.
#[derive(Default)]
pub struct LogPosition(i64);

impl CacheVersions {
    /// Reads the changes that any process has committed since `seen`.
    pub fn load(&self, conn: &mut Conn, seen: &mut LogPosition) -> Result<()> {
        let newer = cache_versions::table
            .filter(cache_versions::version.gt(seen.0))
            .select((cache_versions::tag, cache_versions::version));
        let rows: Vec<(String, i64)> = newer.load(conn)?;
        seen.0 = rows.iter().map(|(_, at)| *at).fold(seen.0, i64::max);
        let tags: Vec<CacheTag> = rows.iter().filter_map(|(tag, _)| CacheTag::parse(tag)).collect();
        self.touch(&tags);
        Ok(())
    }
}

/// SQLite's `data_version`, which changes when another connection commits.
#[derive(Default)]
pub struct DataVersion(Option<i64>);

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl DataVersion {
    /// Whether another connection may have committed since the last call. Takes microseconds, whatever the size of the
    /// change.
    pub fn has_changed(&mut self, conn: &mut Conn) -> bool {
        let found: QueryResult<Version> = diesel::sql_query("PRAGMA data_version").get_result(conn);
        let version = found.ok().map(|version| version.data_version);
        std::mem::replace(&mut self.0, version) != version || version.is_none()
    }
}

/// Position in PostgreSQL's change log. Transactions commit in another order than they begin, so rows from the oldest
/// transaction that was running at the last query are read again.
#[derive(Default)]
struct Log {
    oldest: i64,
    seen: HashMap<String, i64>,
}

#[derive(QueryableByName)]
struct Oldest {
    #[diesel(sql_type = BigInt)]
    oldest: i64,
}

struct Asker {
    pool: Pool,
    line: RwLock<Option<Line>>,
}

#[derive(Clone)]
struct Line {
    queue: mpsc::SyncSender<oneshot::Sender<()>>,
    /// Start of the query under way.
    asked_at: Arc<Mutex<Option<Instant>>>,
}

fn answer_askers(
    known: &Weak<CacheVersions>,
    pool: &Pool,
    asked_at: &Mutex<Option<Instant>>,
    askers: &mpsc::Receiver<oneshot::Sender<()>>,
) {
    let mut log = Log::default();
    let mut failed: Option<Instant> = None;
    let note = |at: Option<Instant>| {
        std::mem::replace(&mut *asked_at.lock().unwrap_or_else(PoisonError::into_inner), at).is_some()
    };
    while let Ok(first) = askers.recv() {
        // Callers that are queued by now share the answer of one query.
        let waiting: Vec<oneshot::Sender<()>> = std::iter::once(first).chain(askers.try_iter()).collect();
        let Some(epochs) = known.upgrade() else { return };
        if failed.is_none_or(|at| at.elapsed() > PAUSE) {
            note(Some(Instant::now()));
            let asked = ask(pool, &mut log);
            if !note(None) {
                // Another thread has replaced this one.
                return pool.record_recovered();
            }
            match asked {
                Ok(changed) => {
                    failed = None;
                    epochs.touch(&changed);
                }
                Err(error) => {
                    tracing::warn!(%error, "pages are shown without knowing what changed");
                    failed = Some(Instant::now());
                }
            }
        }
        epochs.silent.store(false, Ordering::Relaxed);
        drop(waiting);
    }
}

fn ask(pool: &Pool, log: &mut Log) -> Result<Vec<CacheTag>> {
    let progress = Progress::default();
    let mut lease = pool.get(&progress)?;
    if let Ok(changed) = lease.conn().and_then(|conn| changed(conn, log)) {
        return Ok(changed);
    }
    // The idle connection may have been cut, and then the others have been too.
    lease.discard();
    pool.retire_connections();
    let mut lease = pool.open(&progress)?;
    changed(lease.conn()?, log).inspect_err(|_| lease.discard())
}

fn changed(conn: &mut Conn, log: &mut Log) -> Result<Vec<CacheTag>> {
    // Queried first, so that a transaction that commits between the two queries is read now and again the next time.
    let oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest";
    let Oldest { oldest } = diesel::sql_query(oldest).get_result(conn)?;
    let newer = cache_versions::table
        .filter(cache_versions::version.ge(log.oldest))
        .select((cache_versions::tag, cache_versions::version));
    let rows: Vec<(String, i64)> = newer.load(conn)?;
    log.oldest = oldest;
    let mut changed = Vec::new();
    for (name, at) in rows {
        if log.seen.insert(name.clone(), at) != Some(at) {
            changed.extend(CacheTag::parse(&name));
        }
    }
    Ok(changed)
}
