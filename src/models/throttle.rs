//! Slows down those who guess, without locking anybody out for good (R15). A try is counted before it is judged, so
//! that many at the same moment are not more than many in a row, and it is given back when it was right.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::auth_throttles;
use crate::support::clock::Utc;
use crate::support::token;

/// How long a count lasts that nothing is added to.
const FORGETS: SignedDuration = SignedDuration::from_hours(1);
/// Longest wait under [`Pace::Doubling`], in seconds.
const LONGEST_WAIT: i64 = 60;

/// What is counted later than this has not happened yet: the clock was set back. Transactions that run beside each other
/// differ by less.
const CLOCK_ERROR: SignedDuration = SignedDuration::from_secs(30);

/// How fast tries may follow each other.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// From the so manyth failure on, waits of 1, 2, 4 … 60 seconds. A quiet hour forgives.
    Doubling(i64),
    /// So many within so many seconds.
    Within(i64, i64),
}

/// Tries of one kind by one key. What kinds there are is up to those who count.
#[derive(Clone, Debug)]
pub struct Counter {
    bucket: &'static str,
    key_hash: String,
    pace: Pace,
}

impl Counter {
    /// The counter of a kind for a key. Only a hash of the key is kept.
    pub fn new(bucket: &'static str, key: &str, pace: Pace) -> Counter {
        Counter { bucket, key_hash: token::hash(key), pace }
    }

    /// What is counted, for the log.
    pub fn bucket(&self) -> &'static str {
        self.bucket
    }

    /// Seconds until the next try may come; none when it may come now. Two that ask at the same moment are told the
    /// same: only [`take`] decides.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn wait(&self, conn: &mut Conn, now: Utc) -> Result<Option<u64>> {
        let known: Option<(i64, Utc, Utc)> = auth_throttles::table
            .find((self.bucket, &self.key_hash))
            .select((auth_throttles::failures, auth_throttles::blocked_until, auth_throttles::updated_at))
            .first(conn)
            .optional()?;
        let Some((failures, blocked_until, updated_at)) = known else { return Ok(None) };
        let until = match self.pace {
            _ if updated_at > now.plus(CLOCK_ERROR) => return Ok(None),
            Pace::Doubling(_) => blocked_until,
            Pace::Within(most, _) if failures < most => return Ok(None),
            Pace::Within(_, seconds) => updated_at.plus(SignedDuration::from_secs(seconds)),
        };
        Ok((until > now).then(|| u64::try_from(until.since(now).as_secs()).unwrap_or(0) + 1))
    }

    /// Counts a try, if it may come now.
    fn take(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let row = (
            auth_throttles::bucket.eq(self.bucket),
            auth_throttles::key_hash.eq(&self.key_hash),
            auth_throttles::failures.eq(0),
            auth_throttles::blocked_until.eq(now),
            auth_throttles::updated_at.eq(now),
        );
        let conn = tx.conn();
        each!(conn => diesel::insert_into(auth_throttles::table)
            .values(row)
            .on_conflict((auth_throttles::bucket, auth_throttles::key_hash))
            .do_nothing()
            .execute(conn))?;
        let mine = || auth_throttles::table.find((self.bucket, &self.key_hash));
        let lasts = match self.pace {
            Pace::Doubling(_) => FORGETS,
            Pace::Within(_, seconds) => SignedDuration::from_secs(seconds),
        };
        // Also when the clock was set back: nobody waits for a time that may be far away.
        let (old, future) = (now.minus(lasts), now.plus(CLOCK_ERROR));
        let is_over = auth_throttles::updated_at.le(old).or(auth_throttles::updated_at.gt(future));
        diesel::update(mine().filter(is_over))
            .set((
                auth_throttles::failures.eq(0),
                auth_throttles::blocked_until.eq(now),
                auth_throttles::updated_at.eq(now),
            ))
            .execute(tx.conn())?;
        let counted: Option<i64> = match self.pace {
            Pace::Doubling(_) => diesel::update(mine().filter(auth_throttles::blocked_until.le(now)))
                .set((auth_throttles::failures.eq(auth_throttles::failures + 1), auth_throttles::updated_at.eq(now)))
                .returning(auth_throttles::failures)
                .get_result(tx.conn())
                .optional()?,
            Pace::Within(most, _) => diesel::update(mine().filter(auth_throttles::failures.lt(most)))
                .set(auth_throttles::failures.eq(auth_throttles::failures + 1))
                .returning(auth_throttles::failures)
                .get_result(tx.conn())
                .optional()?,
        };
        let Some(failures) = counted else {
            return Err(Error::TooMany(self.wait(tx.conn(), now)?.unwrap_or(1)));
        };
        if let Pace::Doubling(free) = self.pace
            && failures >= free
        {
            let seconds = (1_i64 << (failures - free).clamp(0, 6)).min(LONGEST_WAIT);
            diesel::update(mine())
                .set(auth_throttles::blocked_until.eq(now.plus(SignedDuration::from_secs(seconds))))
                .execute(tx.conn())?;
        }
        Ok(())
    }

    /// A try that was taken was right: it does not count, and nobody has to wait for it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn give_back(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let mine = auth_throttles::table.find((self.bucket, &self.key_hash));
        diesel::update(mine.filter(auth_throttles::failures.gt(0)))
            .set((auth_throttles::failures.eq(auth_throttles::failures - 1), auth_throttles::blocked_until.eq(now)))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Forgets all failures.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forgive(&self, tx: &mut Tx<'_>) -> Result<()> {
        diesel::delete(auth_throttles::table.find((self.bucket, &self.key_hash))).execute(tx.conn())?;
        Ok(())
    }
}

/// Takes a permit for one try: it counts as a failure with all counters, until it is given back. Everybody must name
/// counters of the same kinds in the same order, so that no two wait for each other.
///
/// # Errors
/// `TooMany` when one of them says wait; the transaction must not go on, so that none has counted.
pub fn take(tx: &mut Tx<'_>, counters: &[Counter]) -> Result<()> {
    counters.iter().try_for_each(|counter| counter.take(tx))
}

/// Whether a try would have to wait, and with which counter for how many seconds: the longest.
///
/// # Errors
/// When the database refuses.
pub fn wait(conn: &mut Conn, counters: &[Counter], now: Utc) -> Result<Option<(&'static str, u64)>> {
    let mut longest = None;
    for counter in counters {
        if let Some(seconds) = counter.wait(conn, now)?
            && longest.is_none_or(|(_, known)| seconds > known)
        {
            longest = Some((counter.bucket, seconds));
        }
    }
    Ok(longest)
}
