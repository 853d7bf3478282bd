//! When what public pages show changed last. The database's triggers write it down in the transaction that changes
//! something, whoever writes; here it is known to the process, so that a cached page is compared without asking.
//!
//! On SQLite all writes of the site go through one writer, which looks after each commit and before anybody is
//! answered. On PostgreSQL other processes write too, so whoever wants to compare asks first; all who ask at the same
//! time share one short question.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, mpsc};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tokio::sync::oneshot;

use super::Conn;
use crate::error::{Error, Result};
use crate::schema::page_epochs;

/// How long a page waits to hear whether something changed, before it is shown as it was.
const PATIENCE: Duration = Duration::from_millis(500);
/// A database that did not answer is asked again after so long.
const PAUSE: Duration = Duration::from_secs(1);

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
    asker: Option<mpsc::SyncSender<oneshot::Sender<()>>>,
    /// The database has let somebody wait for too long, and has not answered since.
    silent: AtomicBool,
}

impl Epochs {
    /// Epochs that somebody keeps up to date by [`Epochs::learn`].
    pub fn told() -> Epochs {
        Epochs::default()
    }

    /// Epochs that are asked for at PostgreSQL: a thread with a connection of its own answers.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn asked(url: &str) -> Result<Arc<Epochs>> {
        let (asker, askers) = mpsc::sync_channel(4096);
        let epochs = Arc::new(Epochs { asker: Some(asker), ..Epochs::default() });
        let (url, known) = (url.to_owned(), Arc::downgrade(&epochs));
        std::thread::Builder::new().name("epochs".to_owned()).spawn(move || {
            let mut log = Log::default();
            let (mut conn, mut failed): (Option<Conn>, Option<Instant>) = (None, None);
            while let Ok(first) = askers.recv() {
                // Whoever asked until now asked before the question is put, and shares its answer.
                let waiting: Vec<oneshot::Sender<()>> = std::iter::once(first).chain(askers.try_iter()).collect();
                let Some(epochs) = known.upgrade() else { return };
                if failed.is_none_or(|at| at.elapsed() > PAUSE) {
                    match ask(&url, &mut conn, &mut log) {
                        Ok(changed) => {
                            failed = None;
                            epochs.touch(&changed);
                        }
                        Err(error) => {
                            tracing::warn!(%error, "pages are shown without knowing what changed");
                            (conn, failed) = (None, Some(Instant::now()));
                        }
                    }
                }
                epochs.silent.store(false, Ordering::Relaxed);
                drop(waiting);
            }
        })?;
        Ok(epochs)
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
    pub async fn caught_up(&self) {
        let Some(asker) = &self.asker else { return };
        let (answer, answered) = oneshot::channel();
        // A full queue means that the database is far behind, and pages go on as they were.
        if asker.try_send(answer).is_ok() && !self.silent.load(Ordering::Relaxed) {
            // The thread drops the other end when it knows; nothing is sent.
            let known = tokio::time::timeout(PATIENCE, answered).await;
            self.silent.store(known.is_err(), Ordering::Relaxed);
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

fn ask(url: &str, conn: &mut Option<Conn>, log: &mut Log) -> Result<Vec<Topic>> {
    if conn.is_none() {
        *conn = Some(Conn::open(url, true).map_err(Error::internal)?);
    }
    let Some(conn) = conn else { return Err(Error::Busy) };
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
