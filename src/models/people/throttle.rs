//! Throttling of password and code guessing without permanent lockouts (SECURITY.md S3). An attempt is counted before
//! it is checked, so that concurrent attempts are not cheaper than successive ones, and cancelled if it succeeds.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::schema::auth_throttles;
use crate::support::clock::Utc;
use crate::support::token;

/// A [`ThrottlePolicy::Backoff`] count expires after this long without an attempt.
const BACKOFF_RESET: SignedDuration = SignedDuration::from_hours(1);
/// Longest wait under [`ThrottlePolicy::Backoff`], in seconds.
const MAX_BACKOFF_SECONDS: i64 = 60;

/// Counts dated further ahead are ignored, because the clock was set back. Concurrent transactions differ by less.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(30);

#[derive(Clone, Copy, Debug)]
pub enum ThrottlePolicy {
    /// From the n-th failure on, waits of 1, 2, 4 … 60 seconds; reset after an hour without an attempt.
    Backoff(i64),
    /// At most this many attempts within this many seconds.
    FixedWindow(i64, i64),
}

/// Attempts of one kind (bucket) by one key, such as an address or a network.
#[derive(Clone, Debug)]
pub struct AttemptCounter {
    bucket: &'static str,
    key_hash: String,
    policy: ThrottlePolicy,
}

/// The columns of a count, as a first attempt and a reset write them.
#[derive(Clone, Copy, Insertable, AsChangeset)]
#[diesel(table_name = auth_throttles, treat_none_as_default_value = false)]
struct FailureCount {
    failures: i64,
    blocked_until: Utc,
    updated_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = auth_throttles, treat_none_as_default_value = false)]
struct NewThrottle<'a> {
    bucket: &'a str,
    key_hash: &'a str,
    #[diesel(embed)]
    count: FailureCount,
}

impl AttemptCounter {
    /// Only a hash of the key is stored.
    pub fn new(bucket: &'static str, key: &str, policy: ThrottlePolicy) -> AttemptCounter {
        AttemptCounter { bucket, key_hash: token::sha256_hex(key), policy }
    }

    /// The bucket, for the log.
    pub fn bucket(&self) -> &'static str {
        self.bucket
    }

    /// Seconds until the next attempt is allowed; `None` if it is allowed now. Concurrent callers get the same answer:
    /// only
    /// [`record_attempt`] decides.
    pub fn retry_after(&self, conn: &mut Conn, now: Utc) -> Result<Option<u64>> {
        let count: Option<(i64, Utc, Utc)> = auth_throttles::table
            .find((self.bucket, &self.key_hash))
            .select((auth_throttles::failures, auth_throttles::blocked_until, auth_throttles::updated_at))
            .first(conn)
            .optional()?;
        let Some((failures, blocked_until, updated_at)) = count else { return Ok(None) };
        let until = match self.policy {
            _ if updated_at > now.plus(MAX_CLOCK_SKEW) => return Ok(None),
            ThrottlePolicy::Backoff(_) => blocked_until,
            ThrottlePolicy::FixedWindow(most, _) if failures < most => return Ok(None),
            ThrottlePolicy::FixedWindow(_, seconds) => updated_at.plus(SignedDuration::from_secs(seconds)),
        };
        Ok((until > now).then(|| u64::try_from(until.since(now).as_secs()).unwrap_or(0) + 1))
    }

    /// Counts an attempt if it is allowed now.
    fn record_attempt(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let count = FailureCount { failures: 0, blocked_until: now, updated_at: now };
        let row = NewThrottle { bucket: self.bucket, key_hash: &self.key_hash, count };
        let conn = tx.conn();
        // Locks an existing row, so that a concurrent reset cannot delete it before it is updated below.
        on_backend!(conn => diesel::insert_into(auth_throttles::table)
            .values(row)
            .on_conflict((auth_throttles::bucket, auth_throttles::key_hash))
            .do_update()
            .set(auth_throttles::failures.eq(auth_throttles::failures))
            .execute(conn))?;
        let mine = || auth_throttles::table.find((self.bucket, &self.key_hash));
        let period = match self.policy {
            ThrottlePolicy::Backoff(_) => BACKOFF_RESET,
            ThrottlePolicy::FixedWindow(_, seconds) => SignedDuration::from_secs(seconds),
        };
        // Also resets counts from before the clock was set back, which could block for a long time.
        let (oldest, latest) = (now.minus(period), now.plus(MAX_CLOCK_SKEW));
        let is_outdated = auth_throttles::updated_at.le(oldest).or(auth_throttles::updated_at.gt(latest));
        diesel::update(mine().filter(is_outdated)).set(count).execute(tx.conn())?;
        let failures: Option<i64> = match self.policy {
            ThrottlePolicy::Backoff(_) => diesel::update(mine().filter(auth_throttles::blocked_until.le(now)))
                .set((auth_throttles::failures.eq(auth_throttles::failures + 1), auth_throttles::updated_at.eq(now)))
                .returning(auth_throttles::failures)
                .get_result(tx.conn())
                .optional()?,
            ThrottlePolicy::FixedWindow(most, _) => diesel::update(mine().filter(auth_throttles::failures.lt(most)))
                .set(auth_throttles::failures.eq(auth_throttles::failures + 1))
                .returning(auth_throttles::failures)
                .get_result(tx.conn())
                .optional()?,
        };
        let Some(failures) = failures else {
            return Err(Error::TooManyRequests(self.retry_after(tx.conn(), now)?.unwrap_or(1)));
        };
        if let ThrottlePolicy::Backoff(free) = self.policy
            && failures >= free
        {
            let seconds = (1_i64 << (failures - free).clamp(0, 6)).min(MAX_BACKOFF_SECONDS);
            diesel::update(mine())
                .set(auth_throttles::blocked_until.eq(now.plus(SignedDuration::from_secs(seconds))))
                .execute(tx.conn())?;
        }
        Ok(())
    }

    /// Cancels an attempt that has succeeded, with any wait it has caused.
    pub fn cancel_attempt(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let mine = auth_throttles::table.find((self.bucket, &self.key_hash));
        diesel::update(mine.filter(auth_throttles::failures.gt(0)))
            .set((auth_throttles::failures.eq(auth_throttles::failures - 1), auth_throttles::blocked_until.eq(now)))
            .execute(tx.conn())?;
        Ok(())
    }

    pub fn reset(&self, tx: &mut Tx<'_>) -> Result<()> {
        diesel::delete(auth_throttles::table.find((self.bucket, &self.key_hash))).execute(tx.conn())?;
        Ok(())
    }
}

/// Counts an attempt as a failure in all counters, until it is cancelled. All callers must list the buckets in the same
/// order, so that concurrent attempts cannot deadlock.
///
/// # Errors
/// `TooManyRequests` when a counter requires a wait; the caller must roll back, so that no counter has counted.
pub fn record_attempt(tx: &mut Tx<'_>, counters: &[AttemptCounter]) -> Result<()> {
    counters.iter().try_for_each(|counter| counter.record_attempt(tx))
}

/// The bucket with the longest wait and its seconds; `None` if an attempt is allowed now.
pub fn retry_after(conn: &mut Conn, counters: &[AttemptCounter], now: Utc) -> Result<Option<(&'static str, u64)>> {
    let mut longest = None;
    for counter in counters {
        if let Some(seconds) = counter.retry_after(conn, now)?
            && longest.is_none_or(|(_, other)| seconds > other)
        {
            longest = Some((counter.bucket, seconds));
        }
    }
    Ok(longest)
}
