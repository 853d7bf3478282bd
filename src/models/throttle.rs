//! Slows down those who guess, without locking anybody out for good (R15).

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::auth_throttles;
use crate::support::clock::Utc;
use crate::support::token;

/// Seconds until the next try may come; none when it may come now.
///
/// # Errors
/// When the database refuses.
pub fn wait(conn: &mut Conn, bucket: &str, key: &str, now: Utc) -> Result<Option<u64>> {
    let until: Option<Utc> = auth_throttles::table
        .filter(auth_throttles::bucket.eq(bucket).and(auth_throttles::key_hash.eq(token::hash(key))))
        .select(auth_throttles::blocked_until)
        .first(conn)
        .optional()?;
    Ok(until.filter(|until| *until > now).map(|until| u64::try_from(until.since(now).as_secs()).unwrap_or(0) + 1))
}

/// Counts a failure: from the `free`th on, waits of 1, 2, 4 … 60 seconds.
///
/// # Errors
/// When the database refuses.
pub fn failed(tx: &mut Tx<'_>, bucket: &str, key: &str, free: i64) -> Result<()> {
    let now = tx.now();
    let hash = token::hash(key);
    let row = (
        auth_throttles::bucket.eq(bucket),
        auth_throttles::key_hash.eq(&hash),
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
    let mine = auth_throttles::bucket.eq(bucket).and(auth_throttles::key_hash.eq(&hash));
    // A quiet hour forgives.
    let old = auth_throttles::updated_at.lt(now.minus(SignedDuration::from_hours(1)));
    diesel::update(auth_throttles::table.filter(mine.and(old)))
        .set(auth_throttles::failures.eq(0))
        .execute(tx.conn())?;
    let failures: i64 = diesel::update(auth_throttles::table.filter(mine))
        .set((auth_throttles::failures.eq(auth_throttles::failures + 1), auth_throttles::updated_at.eq(now)))
        .returning(auth_throttles::failures)
        .get_result(tx.conn())?;
    if failures >= free {
        let seconds = (1_i64 << (failures - free).clamp(0, 6)).min(60);
        diesel::update(auth_throttles::table.filter(mine))
            .set(auth_throttles::blocked_until.eq(now.plus(SignedDuration::from_secs(seconds))))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Forgets failures after a success.
///
/// # Errors
/// When the database refuses.
pub fn forgive(tx: &mut Tx<'_>, bucket: &str, key: &str) -> Result<()> {
    let mine = auth_throttles::bucket.eq(bucket).and(auth_throttles::key_hash.eq(token::hash(key)));
    diesel::delete(auth_throttles::table.filter(mine)).execute(tx.conn())?;
    Ok(())
}
