//! The gate before orders and payments: whoever tries often and does not pay waits, each time longer, and nobody is
//! locked out by somebody else. An attempt counts for two keys, each on its own: its e-mail address and its network.

pub mod declining;
mod proving;

use std::collections::HashSet;

use diesel::prelude::*;
use jiff::SignedDuration;

use super::order::{Order, OrderState, PaymentState};
use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::{gate_hits, gate_keys, orders};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use declining::Declines;

/// Attempts of one key that nobody waits for, within [`A_WHILE`].
const FREE_ATTEMPTS: i64 = 5;
/// How long an attempt counts.
const A_WHILE: SignedDuration = SignedDuration::from_mins(10);
/// Orders of one key that may wait for their money at once before newcomers wait too.
const FREE_UNPAID: i64 = 3;
/// How long an order counts that is paid by bank transfer or when it is collected, and how long most rows are kept.
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Attempts to pay for one order within an hour; no buyer needs more.
const MOST_OF_AN_ORDER: i64 = 20;
/// The first wait, in seconds; each further one is twice as long.
const FIRST_WAIT: i64 = 5;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 60;

/// The kind of key that is an e-mail address.
const EMAIL: &str = "email";
/// The kind of key that is a network.
const NETWORK: &str = "network";

/// Who knocks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The network they come from; none when the address is not a public one, which says nothing about who buys.
    pub network: Option<String>,
    /// What they were given when they were asked to wait; empty when they were not.
    pub proof: String,
}

/// What is counted: a kind, and who of that kind. Only a hash that needs the site's key is kept.
struct Key {
    bucket: &'static str,
    hash: String,
}

/// An attempt that passed, and the order it was for.
#[derive(Queryable)]
struct Attempt {
    at: Utc,
    order: i64,
    state: OrderState,
    payment: PaymentState,
    placed_at: Utc,
}

/// Lets a new order of a cart pass, or not: one that holds goods, with a payment to follow or not.
///
/// # Errors
/// `Wait` when too many came before it.
pub(super) fn let_order_pass(tx: &mut Tx<'_>, caller: &Caller, cart: i64, order: &Order) -> Result<()> {
    let keys = held(tx, caller, order)?;
    pass(tx, caller, &subject(cart), order, &keys, true)
}

/// Lets a buyer go to the payment page of an order once more, or not.
///
/// # Errors
/// `Wait` when too many came before it; `TooMany` when the order is worn out.
pub(super) fn let_payment_pass(tx: &mut Tx<'_>, caller: &Caller, order: &Order) -> Result<()> {
    let keys = held(tx, caller, order)?;
    let since = tx.now().minus(AN_HOUR);
    let lately = gate_hits::order_id.eq(order.id).and(gate_hits::bucket.eq(EMAIL)).and(gate_hits::at.gt(since));
    let tries: i64 = gate_hits::table.filter(lately).count().get_result(tx.conn())?;
    if tries >= MOST_OF_AN_ORDER {
        return Err(Error::TooMany(AN_HOUR.unsigned_abs().as_secs()));
    }
    let cart: Option<i64> = orders::table.find(order.id).select(orders::cart_id).first(tx.conn())?;
    let subject = cart.map_or_else(|| format!("order {}", order.id), subject);
    pass(tx, caller, &subject, order, &keys, false)
}

/// What a proof of having waited is for.
fn subject(cart: i64) -> String {
    format!("cart {cart}")
}

/// Forgets what does not count any more.
///
/// # Errors
/// When the database refuses.
pub fn forget(tx: &mut Tx<'_>) -> Result<()> {
    let old = tx.now().minus(AN_HOUR);
    let waiting = orders::table.filter(orders::state.eq(OrderState::Pending)).select(orders::id.nullable());
    let over = gate_hits::order_id.is_null().or(gate_hits::order_id.ne_all(waiting));
    let past = gate_hits::at.lt(old).and(gate_hits::bucket.ne(declining::DECLINE));
    diesel::delete(gate_hits::table.filter(past).filter(over)).execute(tx.conn())?;
    let told = gate_hits::bucket.eq(declining::DECLINE).and(gate_hits::at.lt(tx.now().minus(declining::REPEATED)));
    diesel::delete(gate_hits::table.filter(told)).execute(tx.conn())?;
    diesel::delete(gate_keys::table.filter(gate_keys::seen_at.lt(old))).execute(tx.conn())?;
    Ok(())
}

/// The keys of an attempt, in the order in which everybody holds them, so that two never wait for each other.
fn held(tx: &mut Tx<'_>, caller: &Caller, order: &Order) -> Result<Vec<Key>> {
    // Orders that are paid later count for the address too: each sends it a letter, and where the network says nothing
    // about who buys, nothing else is known.
    let email = EmailAddress::parse(&order.email).map_or_else(|| order.email.clone(), |email| email.normal);
    let email = Key::of(tx, EMAIL, &email);
    let network = caller.network.as_deref().map(|network| Key::of(tx, NETWORK, network));
    let keys: Vec<Key> = std::iter::once(email).chain(network).collect();
    for key in &keys {
        key.hold(tx)?;
    }
    Ok(keys)
}

fn pass(tx: &mut Tx<'_>, caller: &Caller, subject: &str, order: &Order, keys: &[Key], is_new: bool) -> Result<()> {
    let now = tx.now();
    let free = if is_online(order) && Declines::many(tx.conn(), now)?.is_some() { 0 } else { FREE_ATTEMPTS };
    let mut over = 0;
    for key in keys {
        let attempts = key.attempts(tx.conn())?;
        over = over.max(in_a_while(&attempts, now) + 1 - free);
        if is_new {
            over = over.max(unpaid(&attempts, now) + 1 - FREE_UNPAID);
        }
    }
    if over > 0 {
        proving::waited(tx, subject, &caller.proof, wait(over))?;
    }
    for key in keys {
        key.count(tx, order.id)?;
    }
    Ok(())
}

fn is_online(order: &Order) -> bool {
    order.payment_method.provider().is_some()
}

/// How many attempts of the last while have not led to a paid order.
fn in_a_while(attempts: &[Attempt], now: Utc) -> i64 {
    let since = now.minus(A_WHILE);
    counted(attempts.iter().filter(|attempt| attempt.at > since && !attempt.is_paid()).count())
}

/// How many orders wait for their money.
fn unpaid(attempts: &[Attempt], now: Utc) -> i64 {
    let since = now.minus(AN_HOUR);
    let waits = |attempt: &&Attempt| match attempt.state {
        OrderState::Pending => true,
        OrderState::Placed => attempt.owes() && attempt.placed_at > since,
        _ => false,
    };
    counted(attempts.iter().filter(waits).map(|attempt| attempt.order).collect::<HashSet<i64>>().len())
}

fn counted(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How long the so manyth attempt over the limit waits.
fn wait(over: i64) -> SignedDuration {
    let doubled = (over - 1).clamp(0, 6);
    SignedDuration::from_secs((FIRST_WAIT << doubled).min(LONGEST_WAIT))
}

impl Key {
    fn of(tx: &Tx<'_>, bucket: &'static str, who: &str) -> Key {
        Key { bucket, hash: tx.key().token("gate", &format!("{bucket} {who}")) }
    }

    /// Keeps others with this key waiting until this transaction has ended: what it counts is true until then.
    fn hold(&self, tx: &mut Tx<'_>) -> Result<()> {
        if tx.is_alone() {
            return Ok(());
        }
        let now = tx.now();
        let row = (gate_keys::bucket.eq(self.bucket), gate_keys::key_hash.eq(&self.hash), gate_keys::seen_at.eq(now));
        let conn = tx.conn();
        each!(conn => diesel::insert_into(gate_keys::table)
            .values(row)
            .on_conflict((gate_keys::bucket, gate_keys::key_hash))
            .do_update()
            .set(gate_keys::seen_at.eq(now))
            .execute(conn))?;
        Ok(())
    }

    /// Its attempts that may still count. They are few: each was waited for.
    fn attempts(&self, conn: &mut Conn) -> Result<Vec<Attempt>> {
        let mine = gate_hits::bucket.eq(self.bucket).and(gate_hits::key_hash.eq(&self.hash));
        Ok(gate_hits::table
            .inner_join(orders::table)
            .filter(mine)
            .select((gate_hits::at, orders::id, orders::state, orders::payment_state, orders::created_at))
            .load(conn)?)
    }

    fn count(&self, tx: &mut Tx<'_>, order: i64) -> Result<()> {
        let row = (
            gate_hits::bucket.eq(self.bucket),
            gate_hits::key_hash.eq(&self.hash),
            gate_hits::order_id.eq(order),
            gate_hits::at.eq(tx.now()),
        );
        diesel::insert_into(gate_hits::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

impl Attempt {
    fn owes(&self) -> bool {
        matches!(self.payment, PaymentState::Unpaid | PaymentState::Partial)
    }

    /// Money has come for it: an order for nothing holds goods and costs whoever made it up no more than a click.
    fn is_paid(&self) -> bool {
        matches!(self.state, OrderState::Placed | OrderState::Completed)
            && self.payment != PaymentState::None
            && !self.owes()
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
