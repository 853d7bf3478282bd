//! The gate before orders and payments: whoever tries often waits, each time longer, and nobody is locked out by
//! somebody else. An attempt counts for three keys, each on its own: its cart, its e-mail address, its network.

pub mod declining;
mod proving;

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
/// Attempts with one cart and its order within an hour; no buyer needs more.
const MOST_OF_A_CART: i64 = 20;
/// The first wait, in seconds; each further one is twice as long.
const FIRST_WAIT: i64 = 5;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 60;

/// Who knocks.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The network they come from.
    pub network: String,
    /// What they were given when they were asked to wait; empty when they were not.
    pub proof: String,
}

/// What is counted: a kind, and who of that kind. Only a hash that needs the site's key is kept.
struct Key {
    bucket: &'static str,
    hash: String,
}

/// Lets a new order pass, or not: one that holds goods, with a payment to follow or not.
///
/// # Errors
/// `Wait` when too many came before it; `TooMany` when the cart is worn out.
pub(super) fn let_order_pass(tx: &mut Tx<'_>, caller: &Caller, order: &Order) -> Result<()> {
    pass(tx, caller, order, true)
}

/// Lets a buyer go to the payment page once more, or not.
///
/// # Errors
/// `Wait` when too many came before it; `TooMany` when the order is worn out.
pub(super) fn let_payment_pass(tx: &mut Tx<'_>, caller: &Caller, order: &Order) -> Result<()> {
    pass(tx, caller, order, false)
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

fn pass(tx: &mut Tx<'_>, caller: &Caller, order: &Order, is_new: bool) -> Result<()> {
    let now = tx.now();
    let cart: Option<i64> = orders::table.find(order.id).select(orders::cart_id).first(tx.conn())?;
    let subject = cart.map_or_else(|| format!("order {}", order.id), |cart| format!("cart {cart}"));
    let email = EmailAddress::parse(&order.email).map_or_else(|| order.email.clone(), |email| email.normal);
    let cart = Key::of(tx, "cart", &subject);
    // Everybody holds them in this order, so that two never wait for each other.
    let keys = [&cart, &Key::of(tx, "email", &email), &Key::of(tx, "network", &caller.network)];
    for key in keys {
        key.hold(tx)?;
    }
    if cart.attempts(tx.conn(), now.minus(AN_HOUR))? >= MOST_OF_A_CART {
        return Err(Error::TooMany(AN_HOUR.unsigned_abs().as_secs()));
    }
    let is_online = order.payment_method.provider().is_some();
    let free = if is_online && Declines::many(tx.conn(), now)?.is_some() { 0 } else { FREE_ATTEMPTS };
    let mut over = 0;
    for key in keys {
        over = over.max(key.attempts(tx.conn(), now.minus(A_WHILE))? + 1 - free);
        if is_new {
            over = over.max(key.unpaid(tx.conn(), now)? + 1 - FREE_UNPAID);
        }
    }
    if over > 0 {
        proving::waited(tx, &subject, &caller.proof, wait(over))?;
    }
    for key in keys {
        key.count(tx, order.id)?;
    }
    Ok(())
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

    /// How many of its attempts have passed since then.
    fn attempts(&self, conn: &mut Conn, since: Utc) -> Result<i64> {
        let mine = gate_hits::bucket.eq(self.bucket).and(gate_hits::key_hash.eq(&self.hash));
        Ok(gate_hits::table.filter(mine).filter(gate_hits::at.gt(since)).count().get_result(conn)?)
    }

    /// How many of its orders wait for their money.
    fn unpaid(&self, conn: &mut Conn, now: Utc) -> Result<i64> {
        let mine = gate_hits::bucket.eq(self.bucket).and(gate_hits::key_hash.eq(&self.hash));
        let passed: Vec<Option<i64>> =
            gate_hits::table.filter(mine).select(gate_hits::order_id).distinct().load(conn)?;
        if passed.is_empty() {
            return Ok(0);
        }
        // States are compared here: asked for them, SQLite goes through every order that waits instead of these few.
        let its: Vec<(OrderState, PaymentState, Utc)> = orders::table
            .filter(orders::id.eq_any(passed.into_iter().flatten()))
            .select((orders::state, orders::payment_state, orders::created_at))
            .load(conn)?;
        let since = now.minus(AN_HOUR);
        let waits = |(state, payment, at): &(OrderState, PaymentState, Utc)| match state {
            OrderState::Pending => true,
            OrderState::Placed => *payment == PaymentState::Unpaid && *at > since,
            _ => false,
        };
        Ok(i64::try_from(its.iter().filter(|one| waits(one)).count()).unwrap_or(i64::MAX))
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
