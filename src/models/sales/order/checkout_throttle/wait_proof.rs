//! Proofs of waiting: a signed timestamp bound to one cart. Only used proofs are stored.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::NewThrottleHit;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::on_backend;
use crate::schema::checkout_throttle_hits;
use crate::support::clock::Utc;
use crate::support::token;

const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
const USED_BUCKET: &str = "proof";

/// Redeems a proof of having waited at least `needed`; else `CheckoutThrottled`, with the same proof if it is valid but
/// too recent, or with a new one.
pub(super) fn redeem(tx: &mut Tx<'_>, subject: &str, proof: &str, needed: SignedDuration) -> Result<()> {
    let age = match age(tx, subject, proof) {
        Some(age) if !is_used(tx, proof)? => age,
        _ => return Err(Error::CheckoutThrottled { seconds: to_seconds(needed), proof: issue(tx, subject) }),
    };
    if age < needed {
        return Err(Error::CheckoutThrottled { seconds: to_seconds(needed - age), proof: proof.to_owned() });
    }
    let key_hash = token::sha256_hex(proof);
    let row = NewThrottleHit { bucket: USED_BUCKET, key_hash: &key_hash, order_id: None, at: tx.now() };
    let conn = tx.conn();
    let used = on_backend!(conn => diesel::insert_into(checkout_throttle_hits::table).values(row).on_conflict_do_nothing().execute(conn))?;
    if used == 1 {
        Ok(())
    } else {
        Err(Error::CheckoutThrottled { seconds: to_seconds(needed), proof: issue(tx, subject) })
    }
}

fn issue(tx: &Tx<'_>, subject: &str) -> String {
    sign(tx, subject, tx.now().micros())
}

fn sign(tx: &Tx<'_>, subject: &str, since: i64) -> String {
    format!("{since}.{}", tx.secret_key().token("gate proof", &format!("{subject} {since}")))
}

/// The age of a proof; `None` if it is forged, was issued for another cart, or has expired.
fn age(tx: &Tx<'_>, subject: &str, proof: &str) -> Option<SignedDuration> {
    let since: i64 = proof.split_once('.')?.0.parse().ok()?;
    // Compares hashes, so that the timing does not depend on the signature.
    let is_ours = token::sha256_hex(proof) == token::sha256_hex(sign(tx, subject, since));
    let age = tx.now().since(Utc::from_micros(since));
    (is_ours && !age.is_negative() && age <= LIFETIME).then_some(age)
}

fn is_used(tx: &mut Tx<'_>, proof: &str) -> Result<bool> {
    let used = checkout_throttle_hits::bucket
        .eq(USED_BUCKET)
        .and(checkout_throttle_hits::key_hash.eq(token::sha256_hex(proof)));
    Ok(diesel::select(diesel::dsl::exists(checkout_throttle_hits::table.filter(used))).get_result(tx.conn())?)
}

fn to_seconds(span: SignedDuration) -> u64 {
    let seconds = u64::try_from(span.as_secs()).unwrap_or(0);
    if span.subsec_nanos() > 0 { seconds + 1 } else { seconds }
}
