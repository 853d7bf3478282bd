//! Proofs of having waited: a moment, signed for one cart. Nothing is stored until one is used.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::Tx;
use crate::each;
use crate::error::{Error, Result};
use crate::schema::gate_hits;
use crate::support::clock::Utc;
use crate::support::token;

/// How long a proof is good.
const LASTS: SignedDuration = SignedDuration::from_mins(10);
/// The kind of row that says a proof was used.
const USED: &str = "proof";

/// Uses a proof of having waited so long.
///
/// # Errors
/// `Wait`: with the same proof when it is good and too young, else with a new one.
pub(super) fn waited(tx: &mut Tx<'_>, subject: &str, proof: &str, needed: SignedDuration) -> Result<()> {
    let age = match age(tx, subject, proof) {
        Some(age) if !is_used(tx, proof)? => age,
        _ => return Err(Error::Wait { seconds: whole(needed), proof: issue(tx, subject) }),
    };
    if age < needed {
        return Err(Error::Wait { seconds: whole(needed - age), proof: proof.to_owned() });
    }
    let row = (gate_hits::bucket.eq(USED), gate_hits::key_hash.eq(token::hash(proof)), gate_hits::at.eq(tx.now()));
    let conn = tx.conn();
    let used = each!(conn => diesel::insert_into(gate_hits::table).values(row).on_conflict_do_nothing().execute(conn))?;
    if used == 1 { Ok(()) } else { Err(Error::Wait { seconds: whole(needed), proof: issue(tx, subject) }) }
}

fn issue(tx: &Tx<'_>, subject: &str) -> String {
    signed(tx, subject, tx.now().micros())
}

fn signed(tx: &Tx<'_>, subject: &str, since: i64) -> String {
    format!("{since}.{}", tx.key().token("gate proof", &format!("{subject} {since}")))
}

/// How long ago a proof was given out; none when it was not given out here, for something else, or is too old.
fn age(tx: &Tx<'_>, subject: &str, proof: &str) -> Option<SignedDuration> {
    let since: i64 = proof.split_once('.')?.0.parse().ok()?;
    // Hashes are compared, so that the time this takes says nothing about the signature.
    let is_ours = token::hash(proof) == token::hash(signed(tx, subject, since));
    let age = tx.now().since(Utc::from_micros(since));
    (is_ours && !age.is_negative() && age <= LASTS).then_some(age)
}

fn is_used(tx: &mut Tx<'_>, proof: &str) -> Result<bool> {
    let used = gate_hits::bucket.eq(USED).and(gate_hits::key_hash.eq(token::hash(proof)));
    Ok(diesel::select(diesel::dsl::exists(gate_hits::table.filter(used))).get_result(tx.conn())?)
}

/// Seconds, the last one begun counted whole.
fn whole(span: SignedDuration) -> u64 {
    let seconds = u64::try_from(span.as_secs()).unwrap_or(0);
    if span.subsec_nanos() > 0 { seconds + 1 } else { seconds }
}
