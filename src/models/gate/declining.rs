//! Cards that were declined, counted for the whole shop: many of them in an hour mean that somebody tries out cards.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::AN_HOUR;
use crate::db::{Conn, Tx};
use crate::each;
use crate::error::Result;
use crate::schema::gate_hits;
use crate::support::clock::Utc;
use crate::support::token;

/// So many within an hour, and every online payment waits.
const MANY: i64 = 20;
/// How long a provider may report the same one again; it must not count a second time.
pub(super) const REPEATED: SignedDuration = SignedDuration::from_hours(96);
/// The kind of row that says a card was declined.
pub(super) const DECLINE: &str = "decline";

/// Many declined cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declines {
    /// How many within the last hour.
    pub count: i64,
    /// When the first of them was.
    pub since: Utc,
}

impl Declines {
    /// Notes a declined card by the provider's name for it: once, however often it is reported.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn note(tx: &mut Tx<'_>, name: &str) -> Result<()> {
        let row =
            (gate_hits::bucket.eq(DECLINE), gate_hits::key_hash.eq(token::hash(name)), gate_hits::at.eq(tx.now()));
        let conn = tx.conn();
        each!(conn => diesel::insert_into(gate_hits::table).values(row).on_conflict_do_nothing().execute(conn))?;
        Ok(())
    }

    /// Whether so many cards are being declined that buyers are asked to wait.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn many(conn: &mut Conn, now: Utc) -> Result<Option<Declines>> {
        let lately = gate_hits::bucket.eq(DECLINE).and(gate_hits::at.gt(now.minus(AN_HOUR)));
        let (count, since): (i64, Option<Utc>) = gate_hits::table
            .filter(lately)
            .select((diesel::dsl::count_star(), diesel::dsl::min(gate_hits::at)))
            .first(conn)?;
        Ok(since.filter(|_| count >= MANY).map(|since| Declines { count, since }))
    }
}
