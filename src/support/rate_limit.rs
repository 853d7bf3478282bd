//! Limits how often a client may do something, in the memory of this process: for requests that are refused before
//! the database is asked. What must hold over a restart and over processes is counted in the database instead.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use super::clock::Utc;

/// Clients that are remembered at once. Whoever comes while all of these are busy shares one allowance.
const REMEMBERED: usize = 10_000;

/// So many at once, and one more each time an interval has passed (a token bucket, as GCRA).
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// So many may come at once.
    pub burst: u32,
    /// So many a minute in the long run; at least one.
    pub per_minute: u32,
}

impl Allowance {
    /// Microseconds between two in the long run.
    fn interval(self) -> i64 {
        60_000_000 / i64::from(self.per_minute.max(1))
    }
}

/// Microseconds between two looks for clients that can be forgotten, while too many are remembered.
const SWEEP: i64 = 1_000_000;

/// Counts clients against allowances.
pub struct RateLimit<K>(Mutex<Clients<K>>);

struct Clients<K> {
    /// By client: the microsecond at which its allowance is whole again.
    whole_at: HashMap<Option<K>, i64>,
    swept_at: i64,
}

impl<K> Default for RateLimit<K> {
    fn default() -> RateLimit<K> {
        RateLimit(Mutex::new(Clients { whole_at: HashMap::new(), swept_at: 0 }))
    }
}

impl<K: Eq + Hash> RateLimit<K> {
    /// Takes one from what a client is allowed.
    ///
    /// # Errors
    /// Seconds until there is one again; then nothing is taken.
    pub fn take(&self, client: K, allowance: Allowance, now: Utc) -> Result<(), u64> {
        let (now, interval) = (now.micros(), allowance.interval());
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Clients { whole_at, swept_at } = &mut *clients;
        let mut client = Some(client);
        if whole_at.len() >= REMEMBERED && !whole_at.contains_key(&client) {
            if (now - *swept_at).abs() >= SWEEP {
                // Whose allowance is whole again is as good as unknown.
                whole_at.retain(|_, at| *at > now);
                *swept_at = now;
            }
            if whole_at.len() >= REMEMBERED {
                client = None;
            }
        }
        let at = whole_at.entry(client).or_insert(now);
        let most = interval.saturating_mul(i64::from(allowance.burst.max(1)));
        // A clock that was set back must not make anybody wait longer than an empty bucket does.
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

    const THREE: Allowance = Allowance { burst: 3, per_minute: 6 };

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
