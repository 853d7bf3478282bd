//! Detection of card testing: many declined cards in an hour, counted over the whole shop.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::{LONG_WINDOW, NewThrottleHit};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::on_backend;
use crate::schema::checkout_throttle_hits;
use crate::support::clock::Utc;
use crate::support::token;

/// Declined cards within an hour from which on every online payment has to wait.
const ALERT_COUNT: i64 = 20;
/// How long a provider may repeat a report, which must not count twice.
pub(super) const DEDUPE_WINDOW: SignedDuration = SignedDuration::from_hours(96);
pub(super) const DECLINE_BUCKET: &str = "decline";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardTestingAlert {
    pub count: i64,
    pub since: Utc,
}

impl CardTestingAlert {
    /// Records a declined card by the provider's reference. Idempotent.
    pub fn record_decline(tx: &mut Tx<'_>, reference: &str) -> Result<()> {
        let key_hash = token::sha256_hex(reference);
        let row = NewThrottleHit { bucket: DECLINE_BUCKET, key_hash: &key_hash, order_id: None, at: tx.now() };
        let conn = tx.conn();
        on_backend!(conn => diesel::insert_into(checkout_throttle_hits::table).values(row).on_conflict_do_nothing().execute(conn))?;
        Ok(())
    }

    /// The alert while enough cards are declined that buyers have to wait.
    pub fn detect(conn: &mut Conn, now: Utc) -> Result<Option<CardTestingAlert>> {
        let is_recent_decline = checkout_throttle_hits::bucket
            .eq(DECLINE_BUCKET)
            .and(checkout_throttle_hits::at.gt(now.minus(LONG_WINDOW)));
        let (count, since): (i64, Option<Utc>) = checkout_throttle_hits::table
            .filter(is_recent_decline)
            .select((diesel::dsl::count_star(), diesel::dsl::min(checkout_throttle_hits::at)))
            .first(conn)?;
        Ok(since.filter(|_| count >= ALERT_COUNT).map(|since| CardTestingAlert { count, since }))
    }
}
