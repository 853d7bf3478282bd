//! When what public pages show changed last. The database's triggers write it down in the transaction that changes
//! something, whoever writes; here it is known to the process, so that a cached page is compared without asking.
//!
//! On SQLite all writes of the site go through one writer, which looks after each commit and before anybody is
//! answered. On PostgreSQL other processes write too, so whoever wants to compare asks first; all who ask at the same
//! time share one short question.

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
use crate::schema::page_epochs;

/// How long a page waits to hear whether something changed, before it is shown as it was.
const PATIENCE: Duration = Duration::from_millis(500);
/// A database that did not answer is asked again after so long.
const PAUSE: Duration = Duration::from_secs(1);
/// A connection that has not answered for so long is given up, and another one is asked.
const LATE: Duration = Duration::from_secs(3);

/// What a page can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The frame of all pages: settings, menu, pictures, shipping, taxes.
    Site,
    /// Products, their prices and where they stand.
    Shop,
    /// Posts and their tags.
    Blog,
    /// How many of a product are left, by its row.
    Product(i64),
}

impl Topic {
    fn parse(text: &str) -> Option<Topic> {
        match text {
            "site" => Some(Topic::Site),
            "shop" => Some(Topic::Shop),
            "blog" => Some(Topic::Blog),
            other => other.strip_prefix("product:")?.parse().ok().map(Topic::Product),
        }
    }
}

/// A clock that ticks whenever something changes, and what changed at which tick.
#[derive(Default)]
pub struct Epochs {
    clock: AtomicU64,
    changed: RwLock<HashMap<Topic, u64>>,
    asker: Option<Asker>,
    /// The database has let somebody wait for too long, and has not answered since.
    silent: AtomicBool,
}

impl Epochs {
    /// Epochs that somebody keeps up to date by [`Epochs::learn`].
    pub fn told() -> Epochs {
        Epochs::default()
    }

    /// Epochs that are asked for at PostgreSQL: a thread answers, by one of the pool's connections.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn asked(pool: Pool) -> Result<Arc<Epochs>> {
        let asker = Asker { pool, line: RwLock::default() };
        let epochs = Arc::new(Epochs { asker: Some(asker), ..Epochs::default() });
        epochs.start_asker()?;
        Ok(epochs)
    }

    /// Starts a thread that asks, in place of the one before.
    fn start_asker(self: &Arc<Epochs>) -> Result<()> {
        let Some(asker) = &self.asker else { return Ok(()) };
        let (queue, askers) = mpsc::sync_channel(4096);
        let asked_at = Arc::new(Mutex::new(None));
        let (known, pool, begun) = (Arc::downgrade(self), asker.pool.clone(), asked_at.clone());
        let thread = std::thread::Builder::new().name("epochs".to_owned());
        thread.spawn(move || answer_askers(&known, &pool, &begun, &askers))?;
        *asker.line.write().unwrap_or_else(PoisonError::into_inner) = Some(Line { queue, asked_at });
        Ok(())
    }

    /// Whether the thread has waited for an answer for so long that none will come; then another one asks.
    fn replace_late_asker(self: &Arc<Epochs>) {
        let Some(asker) = &self.asker else { return };
        let line = asker.line.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(Line { asked_at, .. }) = line else { return };
        let mut asked_at = asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if asked_at.is_none_or(|at| at.elapsed() < LATE) || asker.pool.stuck() >= super::MOST_STUCK {
            return;
        }
        // Nobody else replaces it as well.
        *asked_at = None;
        asker.pool.gave_up(LATE.as_secs());
        if let Err(error) = self.start_asker() {
            tracing::error!(%error, "nobody asks what changed");
        }
    }

    /// The present tick: whoever is about to read notes it first.
    pub fn now(&self) -> u64 {
        self.clock.load(Ordering::Acquire)
    }

    /// Whether nothing that carries one of the tags has changed since a tick.
    pub fn unchanged(&self, tags: &[Topic], since: u64) -> bool {
        if self.now() == since {
            return true;
        }
        let changed = self.changed.read().unwrap_or_else(PoisonError::into_inner);
        tags.iter().all(|tag| changed.get(tag).is_none_or(|at| *at <= since))
    }

    /// Comes back once everything is known that was committed before the call. When the database does not answer it
    /// comes back all the same: pages go on as they were.
    pub async fn caught_up(self: &Arc<Epochs>) {
        let Some(asker) = &self.asker else { return };
        let queue = asker.line.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|line| line.queue.clone());
        let Some(queue) = queue else { return };
        let (answer, answered) = oneshot::channel();
        // A full queue means that the database is far behind, and pages go on as they were.
        if queue.try_send(answer).is_err() || self.silent.load(Ordering::Relaxed) {
            return self.replace_late_asker();
        }
        // The thread drops the other end when it knows; nothing is sent.
        let known = tokio::time::timeout(PATIENCE, answered).await;
        self.silent.store(known.is_err(), Ordering::Relaxed);
        if known.is_err() {
            self.replace_late_asker();
        }
    }

    fn touch(&self, tags: &[Topic]) {
        if tags.is_empty() {
            return;
        }
        let mut changed = self.changed.write().unwrap_or_else(PoisonError::into_inner);
        let tick = self.clock.load(Ordering::Acquire) + 1;
        for tag in tags {
            changed.insert(*tag, tick);
        }
        // Only now: whoever sees the new tick finds what changed at it.
        self.clock.store(tick, Ordering::Release);
    }
}

/// How far SQLite's log of changes was read.
#[derive(Default)]
pub struct Seen(i64);

impl Epochs {
    /// Reads what was committed since the last look, by whatever process.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn learn(&self, conn: &mut Conn, seen: &mut Seen) -> Result<()> {
        let newer = page_epochs::table
            .filter(page_epochs::changed_in.gt(seen.0))
            .select((page_epochs::tag, page_epochs::changed_in));
        let rows: Vec<(String, i64)> = newer.load(conn)?;
        seen.0 = rows.iter().map(|(_, at)| *at).fold(seen.0, i64::max);
        let tags: Vec<Topic> = rows.iter().filter_map(|(tag, _)| Topic::parse(tag)).collect();
        self.touch(&tags);
        Ok(())
    }
}

/// What SQLite calls the state that others' commits have left, as far as this connection has seen.
#[derive(Default)]
pub struct Others(Option<i64>);

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Others {
    /// Whether another connection may have committed since the last look: a few microseconds, however much there is
    /// to read.
    pub fn have_written(&mut self, conn: &mut Conn) -> bool {
        let found: QueryResult<Version> = diesel::sql_query("PRAGMA data_version").get_result(conn);
        let version = found.ok().map(|version| version.data_version);
        std::mem::replace(&mut self.0, version) != version || version.is_none()
    }
}

/// What was seen of PostgreSQL's log: transactions commit in another order than they begin, so what the oldest one
/// still running then may have written is read again.
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

/// The thread that asks, and what a new one needs.
struct Asker {
    pool: Pool,
    line: RwLock<Option<Line>>,
}

/// The way to the thread that asks.
#[derive(Clone)]
struct Line {
    queue: mpsc::SyncSender<oneshot::Sender<()>>,
    /// Since when it waits for the database.
    asked_at: Arc<Mutex<Option<Instant>>>,
}

fn answer_askers(
    known: &Weak<Epochs>,
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
        // Whoever asked until now asked before the question is put, and shares its answer.
        let waiting: Vec<oneshot::Sender<()>> = std::iter::once(first).chain(askers.try_iter()).collect();
        let Some(epochs) = known.upgrade() else { return };
        if failed.is_none_or(|at| at.elapsed() > PAUSE) {
            note(Some(Instant::now()));
            let asked = ask(pool, &mut log);
            if !note(None) {
                // Another thread has taken over.
                return pool.came_back();
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

fn ask(pool: &Pool, log: &mut Log) -> Result<Vec<Topic>> {
    let progress = Progress::default();
    let mut lease = pool.get(&progress)?;
    if let Ok(changed) = lease.conn().and_then(|conn| changed(conn, log)) {
        return Ok(changed);
    }
    // It may have been cut while nobody used it, and then the others have been too.
    lease.discard();
    pool.renew();
    let mut lease = pool.open(&progress)?;
    changed(lease.conn()?, log).inspect_err(|_| lease.discard())
}

fn changed(conn: &mut Conn, log: &mut Log) -> Result<Vec<Topic>> {
    // Asked first: what commits between the two questions is read now, and once more the next time.
    let oldest = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest";
    let Oldest { oldest } = diesel::sql_query(oldest).get_result(conn)?;
    let newer = page_epochs::table
        .filter(page_epochs::changed_in.ge(log.oldest))
        .select((page_epochs::tag, page_epochs::changed_in));
    let rows: Vec<(String, i64)> = newer.load(conn)?;
    log.oldest = oldest;
    let mut changed = Vec::new();
    for (name, at) in rows {
        if log.seen.insert(name.clone(), at) != Some(at) {
            changed.extend(Topic::parse(&name));
        }
    }
    Ok(changed)
}
