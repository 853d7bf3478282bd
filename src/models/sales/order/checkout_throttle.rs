//! Rate limit for orders and payments. Clients with many unpaid attempts must wait, longer each time; nobody can lock
//! out others. Each attempt counts for two keys independently: its email address and its network.

pub mod card_testing;
mod wait_proof;

use std::collections::HashSet;

use diesel::prelude::*;
use jiff::SignedDuration;

use super::{Order, OrderState, PaymentState};
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::schema::{checkout_throttle_hits, checkout_throttle_keys, orders};
use crate::support::clock::Utc;
use crate::support::email_address;
use crate::support::ids::{CartId, OrderId};
use card_testing::CardTestingAlert;

/// Attempts per key without a wait within [`SHORT_WINDOW`].
const FREE_ATTEMPTS: i64 = 5;
/// How long an attempt counts.
const SHORT_WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Unpaid orders per key at a time before new ones have to wait.
const FREE_UNPAID: i64 = 3;
/// How long an order paid by bank transfer or on collection counts, and how long most rows are kept.
const LONG_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Maximum payment attempts per order within an hour.
const MAX_ATTEMPTS_PER_ORDER: i64 = 20;
/// The first wait in seconds; it doubles each time.
const FIRST_WAIT: i64 = 5;
/// The longest wait in seconds.
const LONGEST_WAIT: i64 = 60;

const EMAIL: &str = "email";
const NETWORK: &str = "network";

#[derive(Clone, Debug)]
pub struct Client {
    /// Its network; `None` for a private address, which does not identify a buyer.
    pub network: Option<String>,
    /// The proof of waiting issued with an earlier refusal; empty for none.
    pub wait_proof: String,
}

/// A counter, identified by bucket and a keyed hash (HMAC with the site's secret key) of the address or network.
struct Key {
    bucket: &'static str,
    hash: String,
}

#[derive(Insertable)]
#[diesel(table_name = checkout_throttle_keys)]
struct NewThrottleKey<'a> {
    bucket: &'static str,
    key_hash: &'a str,
    seen_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = checkout_throttle_hits, treat_none_as_default_value = false)]
struct NewThrottleHit<'a> {
    bucket: &'static str,
    key_hash: &'a str,
    order_id: Option<OrderId>,
    at: Utc,
}

#[derive(Queryable)]
struct CheckoutAttempt {
    at: Utc,
    order: OrderId,
    state: OrderState,
    payment: PaymentState,
    placed_at: Utc,
}

/// Checks and counts a new order of a cart; `CheckoutThrottled` when the client has to wait.
pub(in crate::models) fn check_order(tx: &mut Tx<'_>, client: &Client, cart: CartId, order: &Order) -> Result<()> {
    let keys = lock_keys(tx, client, order)?;
    check_attempt(tx, client, &subject(cart), order, &keys, true)
}

/// Checks and counts another payment attempt for an order.
///
/// # Errors
/// `CheckoutThrottled` when the client has to wait; `TooManyRequests` when the order has used up its attempts.
pub(in crate::models) fn check_payment(tx: &mut Tx<'_>, client: &Client, order: &Order) -> Result<()> {
    let keys = lock_keys(tx, client, order)?;
    let since = tx.now().minus(LONG_WINDOW);
    let is_recent = checkout_throttle_hits::order_id
        .eq(order.id)
        .and(checkout_throttle_hits::bucket.eq(EMAIL))
        .and(checkout_throttle_hits::at.gt(since));
    let attempts: i64 = checkout_throttle_hits::table.filter(is_recent).count().get_result(tx.conn())?;
    if attempts >= MAX_ATTEMPTS_PER_ORDER {
        return Err(Error::TooManyRequests(LONG_WINDOW.unsigned_abs().as_secs()));
    }
    let cart: Option<CartId> = orders::table.find(order.id).select(orders::cart_id).first(tx.conn())?;
    let subject = cart.map_or_else(|| format!("order {}", order.id), subject);
    check_attempt(tx, client, &subject, order, &keys, false)
}

fn subject(cart: CartId) -> String {
    format!("cart {cart}")
}

pub fn delete_expired(tx: &mut Tx<'_>) -> Result<()> {
    let old = tx.now().minus(LONG_WINDOW);
    let waiting = orders::table.filter(orders::state.eq(OrderState::Pending)).select(orders::id.nullable());
    let is_settled = checkout_throttle_hits::order_id.is_null().or(checkout_throttle_hits::order_id.ne_all(waiting));
    let is_old =
        checkout_throttle_hits::at.lt(old).and(checkout_throttle_hits::bucket.ne(card_testing::DECLINE_BUCKET));
    diesel::delete(checkout_throttle_hits::table.filter(is_old).filter(is_settled)).execute(tx.conn())?;
    let is_old_decline = checkout_throttle_hits::bucket
        .eq(card_testing::DECLINE_BUCKET)
        .and(checkout_throttle_hits::at.lt(tx.now().minus(card_testing::DEDUPE_WINDOW)));
    diesel::delete(checkout_throttle_hits::table.filter(is_old_decline)).execute(tx.conn())?;
    diesel::delete(checkout_throttle_keys::table.filter(checkout_throttle_keys::seen_at.lt(old))).execute(tx.conn())?;
    Ok(())
}

/// Deletes the attempts of a buyer's orders, and the keys of the buyer's addresses.
pub(in crate::models) fn delete_for_buyer(tx: &mut Tx<'_>, orders: &[OrderId], addresses: &[String]) -> Result<()> {
    let attempts = checkout_throttle_hits::table.filter(id_in(checkout_throttle_hits::order_id, orders));
    diesel::delete(attempts).execute(tx.conn())?;
    let hashes: Vec<String> = addresses.iter().map(|address| Key::new(tx, EMAIL, address).hash).collect();
    let keys = checkout_throttle_keys::bucket.eq(EMAIL).and(checkout_throttle_keys::key_hash.eq_any(hashes));
    diesel::delete(checkout_throttle_keys::table.filter(keys)).execute(tx.conn())?;
    Ok(())
}

/// Locks the keys of an attempt, always in the same order, so that concurrent attempts cannot deadlock.
fn lock_keys(tx: &mut Tx<'_>, client: &Client, order: &Order) -> Result<Vec<Key>> {
    // Orders to be paid later count for the address too: each sends it an email, and without a public network the
    // address is the only key.
    let email = Key::new(tx, EMAIL, &email_address::normalise(&order.email));
    let network = client.network.as_deref().map(|network| Key::new(tx, NETWORK, network));
    let keys: Vec<Key> = std::iter::once(email).chain(network).collect();
    for key in &keys {
        key.lock(tx)?;
    }
    Ok(keys)
}

fn check_attempt(
    tx: &mut Tx<'_>,
    client: &Client,
    subject: &str,
    order: &Order,
    keys: &[Key],
    is_new: bool,
) -> Result<()> {
    let now = tx.now();
    let free = if is_online(order) && CardTestingAlert::detect(tx.conn(), now)?.is_some() { 0 } else { FREE_ATTEMPTS };
    let mut over = 0;
    for key in keys {
        let attempts = key.attempts(tx.conn())?;
        over = over.max(count_recent(&attempts, now) + 1 - free);
        if is_new {
            over = over.max(count_unpaid(&attempts, now) + 1 - FREE_UNPAID);
        }
    }
    if over > 0 {
        wait_proof::redeem(tx, subject, &client.wait_proof, wait(over))?;
    }
    for key in keys {
        key.count(tx, order.id)?;
    }
    Ok(())
}

fn is_online(order: &Order) -> bool {
    order.payment_method.provider().is_some()
}

fn count_recent(attempts: &[CheckoutAttempt], now: Utc) -> i64 {
    let since = now.minus(SHORT_WINDOW);
    to_i64(attempts.iter().filter(|attempt| attempt.at > since && !attempt.is_paid()).count())
}

fn count_unpaid(attempts: &[CheckoutAttempt], now: Utc) -> i64 {
    let since = now.minus(LONG_WINDOW);
    let waits = |attempt: &&CheckoutAttempt| match attempt.state {
        OrderState::Pending => true,
        OrderState::Placed => attempt.is_owed() && attempt.placed_at > since,
        _ => false,
    };
    to_i64(attempts.iter().filter(waits).map(|attempt| attempt.order).collect::<HashSet<OrderId>>().len())
}

fn to_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Wait for the n-th attempt over the limit: 5 s, doubling, at most 60 s.
fn wait(over: i64) -> SignedDuration {
    let doubled = (over - 1).clamp(0, 6);
    SignedDuration::from_secs((FIRST_WAIT << doubled).min(LONGEST_WAIT))
}

impl Key {
    fn new(tx: &Tx<'_>, bucket: &'static str, value: &str) -> Key {
        Key { bucket, hash: tx.secret_key().token("gate", &format!("{bucket} {value}")) }
    }

    /// Locks the key until the end of the transaction, so that its count stays true.
    fn lock(&self, tx: &mut Tx<'_>) -> Result<()> {
        if tx.is_exclusive() {
            return Ok(());
        }
        let now = tx.now();
        let row = NewThrottleKey { bucket: self.bucket, key_hash: &self.hash, seen_at: now };
        let conn = tx.conn();
        on_backend!(conn => diesel::insert_into(checkout_throttle_keys::table)
            .values(row)
            .on_conflict((checkout_throttle_keys::bucket, checkout_throttle_keys::key_hash))
            .do_update()
            .set(checkout_throttle_keys::seen_at.eq(now))
            .execute(conn))?;
        Ok(())
    }

    /// Its attempts that may still count. The waits keep their number small.
    fn attempts(&self, conn: &mut Conn) -> Result<Vec<CheckoutAttempt>> {
        let matches =
            checkout_throttle_hits::bucket.eq(self.bucket).and(checkout_throttle_hits::key_hash.eq(&self.hash));
        Ok(checkout_throttle_hits::table
            .inner_join(orders::table)
            .filter(matches)
            .select((checkout_throttle_hits::at, orders::id, orders::state, orders::payment_state, orders::created_at))
            .load(conn)?)
    }

    fn count(&self, tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
        let row = NewThrottleHit { bucket: self.bucket, key_hash: &self.hash, order_id: Some(order), at: tx.now() };
        diesel::insert_into(checkout_throttle_hits::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

impl CheckoutAttempt {
    fn is_owed(&self) -> bool {
        matches!(self.payment, PaymentState::Unpaid | PaymentState::PartiallyPaid)
    }

    /// Whether money was received. Free orders do not count as paid: they reserve stock and cost nothing to make up.
    fn is_paid(&self) -> bool {
        matches!(self.state, OrderState::Placed | OrderState::Completed)
            && self.payment != PaymentState::None
            && !self.is_owed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute() {
        let waits: Vec<i64> = (1..8).map(|over| wait(over).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60, 60, 60]);
        assert_eq!(wait(i64::MAX).as_secs(), 60);
    }
}
