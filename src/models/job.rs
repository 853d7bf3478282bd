//! What runs later: rows written in the transaction that asked for them, claimed by a worker with a lease.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::jobs;
use crate::support::clock::Utc;

/// Tries before a job is given up.
pub const TRIES: i64 = 12;
/// How long a worker may hold a job.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// The job that takes long: making the sizes of a picture.
pub const PICTURE_SIZES: &str = "picture_sizes";

/// Which jobs a worker looks for: no letter waits for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// What is done in a moment.
    Quick,
    /// What takes long.
    Slow,
}

/// A job to be enqueued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Which job: the name in the registry.
    pub kind: &'static str,
    /// Its fields as JSON.
    pub payload: String,
    /// At most one job of a key exists at a time.
    pub dedupe_key: Option<String>,
    /// Not before.
    pub run_at: Utc,
}

/// A job in the queue.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = jobs, check_for_backend(Db))]
pub struct QueuedJob {
    /// The row.
    pub id: i64,
    /// Which job.
    pub kind: String,
    /// Its fields as JSON.
    pub payload: String,
    /// Tries so far, this one included.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// Jobs that should have been done by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Since when the first of them is due.
    pub since: Utc,
    /// How many.
    pub count: i64,
}

/// How late a job may be before it counts as overdue.
const LATE: SignedDuration = SignedDuration::from_mins(1);

impl NewJob {
    /// Puts the job into the queue; a second one of the same key is left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn enqueue(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let row = (
            jobs::kind.eq(self.kind),
            jobs::payload.eq(&self.payload),
            jobs::dedupe_key.eq(self.dedupe_key.as_deref()),
            jobs::state.eq("queued"),
            jobs::run_at.eq(self.run_at),
            jobs::attempts.eq(0),
            jobs::created_at.eq(now),
        );
        let conn = tx.conn();
        each!(conn => diesel::insert_into(jobs::table).values(row).on_conflict(jobs::dedupe_key).do_nothing().execute(conn))?;
        Ok(())
    }
}

impl QueuedJob {
    /// Whether a worker would find something to do.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn any_due(conn: &mut Conn, queue: Queue, now: Utc) -> Result<bool> {
        let due = jobs::run_at
            .le(now)
            .and(jobs::kind.eq(PICTURE_SIZES).eq(queue == Queue::Slow))
            .and(jobs::state.eq("queued").or(jobs::state.eq("running").and(jobs::lease_until.lt(now))));
        Ok(diesel::select(diesel::dsl::exists(jobs::table.filter(due))).get_result(conn)?)
    }

    /// The work that is late, if any is: for health checks.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn oldest_overdue(conn: &mut Conn, now: Utc) -> Result<Option<Overdue>> {
        let since = now.minus(LATE);
        let waiting = jobs::state.eq("queued").and(jobs::run_at.lt(since));
        let left = jobs::state.eq("running").and(jobs::lease_until.lt(since));
        let (count, first): (i64, Option<Utc>) = jobs::table
            .filter(waiting.or(left))
            .select((diesel::dsl::count_star(), diesel::dsl::min(jobs::run_at)))
            .first(conn)?;
        Ok(first.map(|since| Overdue { since, count }))
    }

    /// Takes the next due job, if there is one: one conditional update, so that two workers never hold the same.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn claim(tx: &mut Tx<'_>, queue: Queue) -> Result<Option<QueuedJob>> {
        let now = tx.now();
        let due = jobs::run_at
            .le(now)
            .and(jobs::kind.eq(PICTURE_SIZES).eq(queue == Queue::Slow))
            .and(jobs::state.eq("queued").or(jobs::state.eq("running").and(jobs::lease_until.lt(now))));
        let candidates: Vec<i64> =
            jobs::table.filter(due).order((jobs::run_at, jobs::id)).select(jobs::id).limit(8).load(tx.conn())?;
        for id in candidates {
            let free = jobs::id.eq(id).and(jobs::state.eq("queued").or(jobs::lease_until.lt(now)));
            let taken = diesel::update(jobs::table.filter(free))
                .set((
                    jobs::state.eq("running"),
                    jobs::attempts.eq(jobs::attempts + 1),
                    jobs::lease_until.eq(now.plus(LEASE)),
                ))
                .execute(tx.conn())?;
            if taken == 1 {
                return Ok(Some(jobs::table.find(id).select(QueuedJob::as_select()).first(tx.conn())?));
            }
        }
        Ok(None)
    }

    /// The job is done: its row goes.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn finish(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        diesel::delete(jobs::table.find(id)).execute(tx.conn())?;
        Ok(())
    }

    /// The job failed: it waits for its next try (10 s, 20 s, … up to an hour), or is given up for staff to see.
    /// Returns whether it is given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn fail(tx: &mut Tx<'_>, job: &QueuedJob, error: &str) -> Result<bool> {
        let wait = SignedDuration::from_secs((5_i64 << job.attempts.clamp(1, 10)).min(3600));
        let given_up = job.attempts >= TRIES;
        let state = if given_up { "dead" } else { "queued" };
        let run_at = tx.now().plus(wait);
        diesel::update(jobs::table.find(job.id))
            .set((
                jobs::state.eq(state),
                jobs::run_at.eq(run_at),
                jobs::lease_until.eq(None::<Utc>),
                jobs::last_error.eq(error),
            ))
            .execute(tx.conn())?;
        Ok(given_up)
    }

    /// Jobs that were given up, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn given_up(conn: &mut Conn) -> Result<Vec<QueuedJob>> {
        let dead = jobs::table.filter(jobs::state.eq("dead")).order(jobs::id).limit(100);
        Ok(dead.select(QueuedJob::as_select()).load(conn)?)
    }

    /// How many jobs were given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_given_up(conn: &mut Conn) -> Result<i64> {
        Ok(jobs::table.filter(jobs::state.eq("dead")).count().get_result(conn)?)
    }

    /// When the job was due that has been waiting longest, those apart that make sizes of pictures: hundreds of them may
    /// wait for hours.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn oldest_due(conn: &mut Conn, now: Utc) -> Result<Option<Utc>> {
        let due = jobs::run_at
            .le(now)
            .and(jobs::kind.ne(PICTURE_SIZES))
            .and(jobs::state.eq("queued").or(jobs::state.eq("running").and(jobs::lease_until.lt(now))));
        Ok(jobs::table.filter(due).order(jobs::run_at).select(jobs::run_at).first(conn).optional()?)
    }

    /// Gives a job all its tries again.
    ///
    /// # Errors
    /// `Conflict` when it was not given up.
    pub fn revive(tx: &mut Tx<'_>, id: i64) -> Result<QueuedJob> {
        let dead = jobs::table.filter(jobs::id.eq(id).and(jobs::state.eq("dead")));
        let revived = diesel::update(dead)
            .set((jobs::state.eq("queued"), jobs::attempts.eq(0), jobs::run_at.eq(tx.now())))
            .execute(tx.conn())?;
        if revived != 1 {
            return Err(Error::Conflict);
        }
        Ok(jobs::table.find(id).select(QueuedJob::as_select()).first(tx.conn())?)
    }

    /// Takes a job out of the queue that is no longer needed.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn withdraw(tx: &mut Tx<'_>, dedupe_key: &str) -> Result<()> {
        diesel::delete(jobs::table.filter(jobs::dedupe_key.eq(dedupe_key))).execute(tx.conn())?;
        Ok(())
    }

    /// Jobs that are due, or were given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn left_over(conn: &mut Conn, now: Utc) -> Result<Vec<QueuedJob>> {
        let left = jobs::state.eq("dead").or(jobs::run_at.le(now));
        Ok(jobs::table.filter(left).order(jobs::id).select(QueuedJob::as_select()).load(conn)?)
    }
}
