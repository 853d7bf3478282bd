//! Cache invalidation. Triggers record in the writing transaction which tags changed; this keeps the process's copy, so
//! a cached page is checked without a query. On SQLite the writer reloads it after each commit, before it answers.
//! On PostgreSQL a check waits for one short query, which all concurrent checks share.

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
use crate::support::ids::ProductId;

/// How long a request waits, before it serves the cached page unchecked.
const SYNC_TIMEOUT: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_secs(1);
const QUERY_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CacheTag {
    /// Everything that all pages share: settings, menu, media, shipping, taxes.
    Site,
    /// Products, their prices and their order in lists.
    Shop,
    /// Posts and their tags.
    Blog,
    /// Stock of one product, by its row id.
    Product(ProductId),
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
    loader: Option<VersionLoader>,
    is_unresponsive: AtomicBool,
}

impl CacheVersions {
    /// Versions that the writer keeps up to date by [`CacheVersions::load`].
    pub fn for_sqlite() -> CacheVersions {
        CacheVersions::default()
    }

    /// Versions that a thread loads from PostgreSQL on demand, through the pool.
    pub(super) fn for_postgres(pool: Pool) -> Result<Arc<CacheVersions>> {
        let loader = VersionLoader { pool, queue_handle: RwLock::default() };
        let versions = Arc::new(CacheVersions { loader: Some(loader), ..CacheVersions::default() });
        versions.start_loader()?;
        Ok(versions)
    }

    fn start_loader(self: &Arc<CacheVersions>) -> Result<()> {
        let Some(loader) = &self.loader else { return Ok(()) };
        let (queue, callers) = mpsc::sync_channel(4096);
        let started_at = Arc::new(Mutex::new(None));
        let (versions_ref, pool, query_start) = (Arc::downgrade(self), loader.pool.clone(), started_at.clone());
        let thread = std::thread::Builder::new().name("epochs".to_owned());
        thread.spawn(move || answer_callers(&versions_ref, &pool, &query_start, &callers))?;
        *loader.queue_handle.write().unwrap_or_else(PoisonError::into_inner) = Some(LoaderQueue { queue, started_at });
        Ok(())
    }

    /// Starts a new query thread if the present one has been waiting for longer than [`QUERY_TIMEOUT`].
    fn replace_stuck_loader(self: &Arc<CacheVersions>) {
        let Some(loader) = &self.loader else { return };
        let queue_handle = loader.queue_handle.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(LoaderQueue { started_at, .. }) = queue_handle else { return };
        let mut started_at = started_at.lock().unwrap_or_else(PoisonError::into_inner);
        if started_at.is_none_or(|at| at.elapsed() < QUERY_TIMEOUT)
            || loader.pool.stuck_count() >= super::MAX_STUCK_THREADS
        {
            return;
        }
        // Keeps concurrent callers from replacing the thread twice.
        *started_at = None;
        loader.pool.record_stuck(QUERY_TIMEOUT.as_secs());
        if let Err(error) = self.start_loader() {
            tracing::error!(%error, "cannot start the cache-version loader");
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

    /// Waits until every change that was committed before the call is known. Returns after 500 ms if the database is
    /// not responding; cached pages are then served unchecked.
    pub async fn synced(self: &Arc<CacheVersions>) {
        let Some(loader) = &self.loader else { return };
        let queue = loader
            .queue_handle
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|queue_handle| queue_handle.queue.clone());
        let Some(queue) = queue else { return };
        let (sender, receiver) = oneshot::channel();
        // A full queue means that the database is far behind.
        if queue.try_send(sender).is_err() || self.is_unresponsive.load(Ordering::Relaxed) {
            return self.replace_stuck_loader();
        }
        // The thread drops the sender when the versions are loaded; it sends no value.
        let loaded = tokio::time::timeout(SYNC_TIMEOUT, receiver).await;
        self.is_unresponsive.store(loaded.is_err(), Ordering::Relaxed);
        if loaded.is_err() {
            self.replace_stuck_loader();
        }
    }

    fn bump(&self, tags: &[CacheTag]) {
        if tags.is_empty() {
            return;
        }
        let mut changed = self.changed.write().unwrap_or_else(PoisonError::into_inner);
        let version = self.clock.load(Ordering::Acquire) + 1;
        for tag in tags {
            changed.insert(*tag, version);
        }
        // Stored last, so that a reader of the new version also sees the new tags.
        self.clock.store(version, Ordering::Release);
    }
}

/// Last row of the change log that was read, on SQLite.
#[derive(Default)]
pub struct LogPosition(i64);

impl CacheVersions {
    /// Reads the changes that any process has committed since `seen`.
    pub fn load(&self, conn: &mut Conn, position: &mut LogPosition) -> Result<()> {
        let newer_rows = cache_versions::table
            .filter(cache_versions::version.gt(position.0))
            .select((cache_versions::tag, cache_versions::version));
        let rows: Vec<(String, i64)> = newer_rows.load(conn)?;
        position.0 = rows.iter().map(|(_, at)| *at).fold(position.0, i64::max);
        let tags: Vec<CacheTag> = rows.iter().filter_map(|(tag, _)| CacheTag::parse(tag)).collect();
        self.bump(&tags);
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
    /// Whether another connection may have committed since the last call; takes microseconds.
    pub fn has_changed(&mut self, conn: &mut Conn) -> bool {
        let found: QueryResult<Version> = diesel::sql_query("PRAGMA data_version").get_result(conn);
        let version = found.ok().map(|version| version.data_version);
        std::mem::replace(&mut self.0, version) != version || version.is_none()
    }
}

/// Position in PostgreSQL's change log. Transactions commit in another order than they begin, so rows from the oldest
/// transaction that was running at the last query are read again.
#[derive(Default)]
struct PostgresLog {
    oldest: i64,
    seen: HashMap<String, i64>,
}

#[derive(QueryableByName)]
struct Oldest {
    #[diesel(sql_type = BigInt)]
    oldest: i64,
}

struct VersionLoader {
    pool: Pool,
    queue_handle: RwLock<Option<LoaderQueue>>,
}

#[derive(Clone)]
struct LoaderQueue {
    queue: mpsc::SyncSender<oneshot::Sender<()>>,
    started_at: Arc<Mutex<Option<Instant>>>,
}

fn answer_callers(
    versions_ref: &Weak<CacheVersions>,
    pool: &Pool,
    started_at: &Mutex<Option<Instant>>,
    callers: &mpsc::Receiver<oneshot::Sender<()>>,
) {
    let mut log = PostgresLog::default();
    let mut failed: Option<Instant> = None;
    let set_started = |at: Option<Instant>| {
        std::mem::replace(&mut *started_at.lock().unwrap_or_else(PoisonError::into_inner), at).is_some()
    };
    while let Ok(first) = callers.recv() {
        // Callers that are queued by now share the answer of one query.
        let waiting: Vec<oneshot::Sender<()>> = std::iter::once(first).chain(callers.try_iter()).collect();
        let Some(versions) = versions_ref.upgrade() else { return };
        if failed.is_none_or(|at| at.elapsed() > PAUSE) {
            set_started(Some(Instant::now()));
            let result = query_changes(pool, &mut log);
            if !set_started(None) {
                // Another thread has replaced this one.
                return pool.record_recovered();
            }
            match result {
                Ok(changed) => {
                    failed = None;
                    versions.bump(&changed);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot load cache versions; cached pages may be stale");
                    failed = Some(Instant::now());
                }
            }
        }
        versions.is_unresponsive.store(false, Ordering::Relaxed);
        drop(waiting);
    }
}

fn query_changes(pool: &Pool, log: &mut PostgresLog) -> Result<Vec<CacheTag>> {
    let progress = Progress::default();
    let mut lease = pool.get(&progress)?;
    if let Ok(changed) = lease.conn().and_then(|conn| load_changes(conn, log)) {
        return Ok(changed);
    }
    // The idle connection may have been cut, and then the others have been too.
    lease.discard();
    pool.retire_connections();
    let mut lease = pool.open(&progress)?;
    load_changes(lease.conn()?, log).inspect_err(|_| lease.discard())
}

fn load_changes(conn: &mut Conn, log: &mut PostgresLog) -> Result<Vec<CacheTag>> {
    // Queried first, so that a transaction that commits between the two queries is read now and again the next time.
    let oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest";
    let Oldest { oldest } = diesel::sql_query(oldest).get_result(conn)?;
    let newer_rows = cache_versions::table
        .filter(cache_versions::version.ge(log.oldest))
        .select((cache_versions::tag, cache_versions::version));
    let rows: Vec<(String, i64)> = newer_rows.load(conn)?;
    log.oldest = oldest;
    let mut changed = Vec::new();
    for (name, at) in rows {
        if log.seen.insert(name.clone(), at) != Some(at) {
            changed.extend(CacheTag::parse(&name));
        }
    }
    Ok(changed)
}
