//! In-memory rate limits, for requests that are refused before the database is queried. Limits that must survive a
//! restart or span processes are in the database.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use super::clock::Utc;

/// Maximum number of tracked clients. While it is reached, new clients share one bucket.
const REMEMBERED: usize = 10_000;

/// A token bucket (GCRA): `burst` tokens, refilled at `per_minute`.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Size of the bucket.
    pub burst: u32,
    /// Refill rate; 0 counts as 1.
    pub per_minute: u32,
}

impl Quota {
    fn interval(self) -> i64 {
        60_000_000 / i64::from(self.per_minute.max(1))
    }
}

/// Minimum interval between sweeps of full buckets, in microseconds.
const SWEEP: i64 = 1_000_000;

/// Token buckets by client.
pub struct RateLimit<K>(Mutex<Clients<K>>);

struct Clients<K> {
    /// When the bucket is full again, in microseconds since the Unix epoch; `None` is the shared bucket.
    whole_at: HashMap<Option<K>, i64>,
    swept_at: i64,
}

impl<K> Default for RateLimit<K> {
    fn default() -> RateLimit<K> {
        RateLimit(Mutex::new(Clients { whole_at: HashMap::new(), swept_at: 0 }))
    }
}

impl<K: Eq + Hash> RateLimit<K> {
    /// Takes a token; the error is the number of seconds until one is available.
    pub fn take(&self, client: K, allowance: Quota, now: Utc) -> Result<(), u64> {
        let (now, interval) = (now.micros(), allowance.interval());
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Clients { whole_at, swept_at } = &mut *clients;
        let mut client = Some(client);
        if whole_at.len() >= REMEMBERED && !whole_at.contains_key(&client) {
            if (now - *swept_at).abs() >= SWEEP {
                // A full bucket needs no entry.
                whole_at.retain(|_, at| *at > now);
                *swept_at = now;
            }
            if whole_at.len() >= REMEMBERED {
                client = None;
            }
        }
        let at = whole_at.entry(client).or_insert(now);
        let most = interval.saturating_mul(i64::from(allowance.burst.max(1)));
        // If the clock is set back, nobody waits longer than for an empty bucket.
        let owed = (*at - now).clamp(0, most);
        let missing = owed + interval - most;
        if missing > 0 {
            *at = now + owed;
            return Err(u64::try_from((missing + 999_999) / 1_000_000).unwrap_or(1));
        }
        *at = now + owed + interval;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const THREE: Quota = Quota { burst: 3, per_minute: 6 };

    fn begin() -> Utc {
        Utc::from_micros(1_795_255_200_000_000)
    }

    #[test]
    fn a_burst_passes_and_then_one_an_interval() {
        let limit = RateLimit::default();
        let taken = |at: Utc| limit.take("ann", THREE, at);
        let now = begin();
        assert_eq!([taken(now), taken(now), taken(now), taken(now)], [Ok(()), Ok(()), Ok(()), Err(10)]);
        assert_eq!(limit.take("ben", THREE, now), Ok(()), "others are not concerned");
        let later = now.plus(SignedDuration::from_secs(10));
        assert_eq!([taken(later), taken(later)], [Ok(()), Err(10)], "being refused costs nothing");
        assert_eq!(taken(later.plus(SignedDuration::from_secs(600))), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out() {
        let limit = RateLimit::default();
        for _ in 0..4 {
            let _taken = limit.take("ann", THREE, begin());
        }
        let before = begin().minus(SignedDuration::from_hours(5));
        assert!(limit.take("ann", THREE, before).is_err_and(|seconds| seconds <= 10));
        assert_eq!(limit.take("ann", THREE, before.plus(SignedDuration::from_secs(10))), Ok(()));
    }

    #[test]
    fn memory_is_bounded_however_many_come() {
        let limit = RateLimit::default();
        let passed = (0..50_000).filter(|client| limit.take(*client, THREE, begin()).is_ok()).count();
        assert_eq!(passed, REMEMBERED + 3, "the rest share one allowance");
        let remembered = || limit.0.lock().unwrap().whole_at.len();
        assert!(remembered() <= REMEMBERED + 1);
        let later = begin().plus(SignedDuration::from_secs(60));
        assert_eq!(limit.take(60_000, THREE, later), Ok(()));
        assert_eq!(remembered(), 1, "who has waited long enough is forgotten");
    }
}
