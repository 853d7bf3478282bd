//! What is kept for how long. Each rule names what goes, after how long, and why; it goes in bites, so that nobody waits
//! for the writer. What the law or the audit needs is in no rule: orders with their events, payments, invoices, ledgers.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::cart::LIFETIME;
use super::form_submission;
use super::gate;
use super::job::Queue;
use super::order::{OrderState, PaymentMethod};
use super::session::LONGEST;
use super::setting::Settings;
use crate::db::among::among;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::schema::{
    account_tokens, auth_throttles, cart_gift_cards, cart_lines, carts, facts, form_submissions, gate_hits, gate_keys,
    jobs, letters, orders, sessions, webhook_inbox,
};
use crate::support::clock::Utc;

/// Rows of one bite at most.
pub const BITE: usize = 250;
/// As [`BITE`], for the database.
const LIMIT: i64 = 250;
/// A date this far ahead of now is no rounding and no difference between machines: the clock was wrong.
const SLACK: SignedDuration = SignedDuration::from_mins(5);
/// How long an order that was placed by a clock that was ahead still holds its goods.
const HOLD: SignedDuration = SignedDuration::from_hours(1);

/// Rows whose time has come.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Their ids, or what else [`Rule::forget`] tells them by.
    pub rows: Vec<i64>,
    /// There may be more.
    pub more: bool,
}

/// What goes after how long.
pub struct Rule {
    /// What goes.
    pub what: &'static str,
    /// After how long.
    pub age: SignedDuration,
    /// Why then.
    pub why: &'static str,
    /// Finds one bite of what is older than an instant.
    pub find: fn(&mut Conn, Utc) -> Result<Found>,
    /// Forgets that bite. Rows that have changed meanwhile stay.
    pub forget: fn(&mut Tx<'_>, Utc, &[i64]) -> Result<()>,
}

/// All rules.
pub const RULES: &[Rule] = &[
    Rule {
        what: "Carts that nobody has touched",
        age: SignedDuration::ZERO,
        why: "Their cookie has expired: a cart lives for 60 days after its last change",
        find: |conn, before| carts_ended(conn, "open", before),
        forget: |tx, before, rows| forget_carts(tx, "open", before, rows),
    },
    Rule {
        what: "Carts with nothing in them",
        age: days(1),
        why: "Their owner gets a new one with the first thing put in",
        find: empty_carts,
        forget: forget_empty_carts,
    },
    Rule {
        what: "Lines of carts that were ordered",
        age: days(7),
        why: "The order has lines of its own",
        find: lines_of_ordered,
        forget: forget_lines_of_ordered,
    },
    Rule {
        what: "Carts that were ordered",
        age: days(30),
        why: "Counted from the end of their cookie, by which a repeated checkout finds its order",
        find: |conn, before| carts_ended(conn, "converted", before),
        forget: |tx, before, rows| forget_carts(tx, "converted", before, rows),
    },
    Rule {
        what: "Markup of letters",
        age: days(90),
        why: "The text says the same and takes a fifth of the room",
        find: markup_of_letters,
        forget: forget_markup,
    },
    Rule {
        what: "Letters that are not about an order",
        age: days(400),
        why: "As long as the records of what happened",
        find: other_letters,
        forget: forget_other_letters,
    },
    Rule {
        what: "Text of letters about orders",
        age: days(2922),
        why: "Business letters are kept for six to eight years (§ 257 HGB and its like). That it was written stays known",
        find: text_of_letters,
        forget: forget_text,
    },
    Rule {
        what: "Records of what happened",
        age: days(400),
        why: "More than a year, so that a year can be compared with the one before. Orders have a timeline of their own",
        find: old_facts,
        forget: |tx, before, rows| {
            diesel::delete(facts::table.filter(among(facts::id, rows).and(facts::at.lt(before)))).execute(tx.conn())?;
            Ok(())
        },
    },
    Rule {
        what: "Messages of the payment provider that were dealt with",
        age: days(90),
        why: "No provider sends one again after so long",
        find: old_webhooks,
        forget: |tx, _, rows| {
            let done = among(webhook_inbox::id, rows).and(webhook_inbox::state.eq_any(["done", "ignored"]));
            diesel::delete(webhook_inbox::table.filter(done)).execute(tx.conn())?;
            Ok(())
        },
    },
    Rule {
        what: "Jobs that were given up, unless they are about money",
        age: days(90),
        why: "Nobody has wanted them tried again",
        find: dead_jobs,
        forget: |tx, _, rows| {
            diesel::delete(jobs::table.filter(among(jobs::id, rows).and(jobs::state.eq("dead")))).execute(tx.conn())?;
            Ok(())
        },
    },
    Rule {
        what: "Sessions that have ended",
        age: SignedDuration::ZERO,
        why: "Nobody can use them",
        find: |conn, before| {
            let ended = sessions::table.filter(sessions::expires_at.lt(before)).order(sessions::expires_at);
            found(ended.select(sessions::id).limit(LIMIT).load(conn)?)
        },
        forget: |tx, _, rows| {
            diesel::delete(sessions::table.filter(among(sessions::id, rows))).execute(tx.conn())?;
            Ok(())
        },
    },
    Rule {
        what: "Links to reset a password",
        age: days(30),
        why: "They have worked for minutes; staff may ask when one was made",
        find: |conn, before| {
            let ended = account_tokens::table.filter(account_tokens::expires_at.lt(before)).order(account_tokens::id);
            found(ended.select(account_tokens::id).limit(LIMIT).load(conn)?)
        },
        forget: |tx, _, rows| {
            diesel::delete(account_tokens::table.filter(among(account_tokens::id, rows))).execute(tx.conn())?;
            Ok(())
        },
    },
    Rule {
        what: "Counted failures to sign in, and wrong codes",
        age: days(2),
        why: "They are forgiven after an hour",
        find: old_throttles,
        forget: |tx, _, rows| {
            let until = rows.iter().copied().max().map_or(Utc::from_micros(0), Utc::from_micros);
            diesel::delete(auth_throttles::table.filter(auth_throttles::updated_at.le(until))).execute(tx.conn())?;
            Ok(())
        },
    },
    Rule {
        what: "Marks of forms that were carried out",
        age: form_submission::KEPT,
        why: "Nobody sends a form again after half a year",
        find: old_submissions,
        forget: |tx, _, rows| {
            let until = rows.iter().copied().max().map_or(Utc::from_micros(0), Utc::from_micros);
            diesel::delete(form_submissions::table.filter(form_submissions::created_at.le(until)))
                .execute(tx.conn())?;
            Ok(())
        },
    },
    Rule {
        what: "Counted tries to order and to pay",
        age: SignedDuration::ZERO,
        why: "They count for an hour, declined cards for four days",
        find: |_, _| Ok(Found { rows: vec![0], more: false }),
        forget: |tx, _, _| gate::forget(tx),
    },
];

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn found(rows: Vec<i64>) -> Result<Found> {
    Ok(Found { more: rows.len() >= BITE, rows })
}

fn carts_ended(conn: &mut Conn, status: &str, before: Utc) -> Result<Found> {
    let ended = carts::table.filter(carts::status.eq(status).and(carts::expires_at.le(before)));
    found(ended.order(carts::expires_at).select(carts::id).limit(LIMIT).load(conn)?)
}

fn forget_carts(tx: &mut Tx<'_>, status: &str, before: Utc, rows: &[i64]) -> Result<()> {
    // Somebody may have used one meanwhile: it is asked again when the row is held. What is in it goes with it.
    let still = among(carts::id, rows).and(carts::status.eq(status)).and(carts::expires_at.le(before));
    diesel::delete(carts::table.filter(still)).execute(tx.conn())?;
    Ok(())
}

fn empty_carts(conn: &mut Conn, before: Utc) -> Result<Found> {
    let lines = cart_lines::table.filter(cart_lines::cart_id.eq(carts::id));
    let idle = carts::status.eq("open").and(carts::expires_at.lt(before.plus(LIFETIME)));
    let empty = carts::table.filter(idle.and(diesel::dsl::not(diesel::dsl::exists(lines))));
    found(empty.order(carts::expires_at).select(carts::id).limit(LIMIT).load(conn)?)
}

fn forget_empty_carts(tx: &mut Tx<'_>, before: Utc, rows: &[i64]) -> Result<()> {
    // Putting something in moves the end of the cart's life on.
    forget_carts(tx, "open", before.plus(LIFETIME), rows)
}

fn lines_of_ordered(conn: &mut Conn, before: Utc) -> Result<Found> {
    let lines = cart_lines::table.filter(cart_lines::cart_id.eq(carts::id));
    let old = carts::status.eq("converted").and(carts::expires_at.lt(before.plus(LIFETIME)));
    let full = carts::table.filter(old.and(diesel::dsl::exists(lines)));
    found(full.order(carts::expires_at).select(carts::id).limit(LIMIT).load(conn)?)
}

fn forget_lines_of_ordered(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    // A cart that was ordered never opens again.
    diesel::delete(cart_lines::table.filter(among(cart_lines::cart_id, rows))).execute(tx.conn())?;
    diesel::delete(cart_gift_cards::table.filter(among(cart_gift_cards::cart_id, rows))).execute(tx.conn())?;
    Ok(())
}

fn markup_of_letters(conn: &mut Conn, before: Utc) -> Result<Found> {
    let old = letters::created_at.lt(before).and(letters::state.ne("queued")).and(letters::html.ne(""));
    found(letters::table.filter(old).order(letters::id).select(letters::id).limit(LIMIT).load(conn)?)
}

fn forget_markup(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    let old = letters::table.filter(among(letters::id, rows).and(letters::state.ne("queued")));
    diesel::update(old).set(letters::html.eq("")).execute(tx.conn())?;
    Ok(())
}

fn other_letters(conn: &mut Conn, before: Utc) -> Result<Found> {
    let old = letters::created_at.lt(before).and(letters::state.ne("queued")).and(letters::order_id.is_null());
    found(letters::table.filter(old).order(letters::id).select(letters::id).limit(LIMIT).load(conn)?)
}

fn forget_other_letters(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    let old = letters::table.filter(among(letters::id, rows).and(letters::state.ne("queued")));
    diesel::delete(old).execute(tx.conn())?;
    Ok(())
}

fn text_of_letters(conn: &mut Conn, before: Utc) -> Result<Found> {
    let old = letters::created_at.lt(before).and(letters::state.ne("queued")).and(letters::body_text.ne(""));
    found(letters::table.filter(old).order(letters::id).select(letters::id).limit(LIMIT).load(conn)?)
}

fn forget_text(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    let old = letters::table.filter(among(letters::id, rows).and(letters::state.ne("queued")));
    diesel::update(old).set((letters::body_text.eq(""), letters::html.eq(""))).execute(tx.conn())?;
    Ok(())
}

/// The oldest come first, and the first that is young ends the search.
fn old_facts(conn: &mut Conn, before: Utc) -> Result<Found> {
    let oldest: Vec<(i64, Utc)> =
        facts::table.order(facts::id).select((facts::id, facts::at)).limit(LIMIT).load(conn)?;
    found(oldest.into_iter().filter(|(_, at)| *at < before).map(|(id, _)| id).collect())
}

fn old_webhooks(conn: &mut Conn, before: Utc) -> Result<Found> {
    let done = webhook_inbox::state.eq_any(["done", "ignored"]).and(webhook_inbox::received_at.lt(before));
    let old = webhook_inbox::table.filter(done).order(webhook_inbox::id).select(webhook_inbox::id).limit(LIMIT);
    found(old.load(conn)?)
}

fn dead_jobs(conn: &mut Conn, before: Utc) -> Result<Found> {
    let dead = jobs::state.eq("dead").and(jobs::run_at.lt(before)).and(jobs::queue.ne(Queue::Payments.as_str()));
    found(jobs::table.filter(dead).order(jobs::id).select(jobs::id).limit(LIMIT).load(conn)?)
}

/// They have no row number, like throttles.
fn old_submissions(conn: &mut Conn, before: Utc) -> Result<Found> {
    let old = form_submissions::table.filter(form_submissions::created_at.lt(before));
    let dates: Vec<Utc> =
        old.order(form_submissions::created_at).select(form_submissions::created_at).limit(LIMIT).load(conn)?;
    found(dates.into_iter().map(Utc::micros).collect())
}

/// They have no row number: a bite of them is told by the last of their dates.
fn old_throttles(conn: &mut Conn, before: Utc) -> Result<Found> {
    let old = auth_throttles::table.filter(auth_throttles::updated_at.lt(before));
    let dates: Vec<Utc> =
        old.order(auth_throttles::updated_at).select(auth_throttles::updated_at).limit(LIMIT).load(conn)?;
    found(dates.into_iter().map(Utc::micros).collect())
}

/// Whether something would wait for a date that only a clock that was ahead can have given it.
///
/// # Errors
/// When the database refuses.
pub fn any_in_future(conn: &mut Conn, now: Utc) -> Result<bool> {
    use diesel::dsl::exists;
    let late = now.plus(SLACK);
    let throttles = auth_throttles::table.filter(auth_throttles::updated_at.gt(late));
    let hits = gate_hits::table.filter(gate_hits::at.gt(late));
    let keys = gate_keys::table.filter(gate_keys::seen_at.gt(late));
    let links = account_tokens::table.filter(account_tokens::created_at.gt(late));
    let visits = sessions::table.filter(sessions::last_seen_at.gt(late));
    let stays = sessions::table.filter(sessions::expires_at.gt(late.plus(LONGEST)));
    let open = carts::table.filter(carts::status.eq("open").and(carts::expires_at.gt(late.plus(LIFETIME))));
    let holds = orders::table.filter(
        orders::state
            .eq(OrderState::Pending)
            .and(orders::created_at.gt(late))
            .and(orders::hold_until.gt(now.plus(HOLD))),
    );
    let transfers = orders::table.filter(
        orders::state
            .eq(OrderState::Placed)
            .and(orders::payment_method.eq(PaymentMethod::BankTransfer))
            .and(orders::created_at.gt(late))
            .and(orders::hold_until.gt(transfer_hold(conn, now)?)),
    );
    Ok(diesel::select(exists(throttles)).get_result(conn)?
        || diesel::select(exists(hits)).get_result(conn)?
        || diesel::select(exists(keys)).get_result(conn)?
        || diesel::select(exists(links)).get_result(conn)?
        || diesel::select(exists(visits)).get_result(conn)?
        || diesel::select(exists(stays)).get_result(conn)?
        || diesel::select(exists(open)).get_result(conn)?
        || diesel::select(exists(holds)).get_result(conn)?
        || diesel::select(exists(transfers)).get_result(conn)?)
}

/// Until when an order that is placed now waits for a bank transfer.
fn transfer_hold(conn: &mut Conn, now: Utc) -> Result<Utc> {
    let settings = Settings::load(conn)?;
    Ok(now.end_of_day_in(&settings.time_zone, settings.transfer_hold_days))
}

/// Puts right what a clock that was ahead has left: nobody is locked out, signed in or holds goods until then.
///
/// # Errors
/// When the database refuses.
pub fn mend_future(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    let late = now.plus(SLACK);
    let conn = tx.conn();
    diesel::delete(auth_throttles::table.filter(auth_throttles::updated_at.gt(late))).execute(conn)?;
    diesel::delete(gate_hits::table.filter(gate_hits::at.gt(late))).execute(conn)?;
    diesel::delete(gate_keys::table.filter(gate_keys::seen_at.gt(late))).execute(conn)?;
    diesel::delete(account_tokens::table.filter(account_tokens::created_at.gt(late))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::expires_at.gt(late.plus(LONGEST)))).execute(conn)?;
    diesel::update(sessions::table.filter(sessions::last_seen_at.gt(late)))
        .set(sessions::last_seen_at.eq(now))
        .execute(conn)?;
    let open = carts::status.eq("open").and(carts::expires_at.gt(late.plus(LIFETIME)));
    diesel::update(carts::table.filter(open)).set(carts::expires_at.eq(now.plus(LIFETIME))).execute(conn)?;
    let held = orders::state
        .eq(OrderState::Pending)
        .and(orders::created_at.gt(late))
        .and(orders::hold_until.gt(now.plus(HOLD)));
    diesel::update(orders::table.filter(held)).set(orders::hold_until.eq(now.plus(HOLD))).execute(conn)?;
    let until = transfer_hold(conn, now)?;
    let transfers = orders::state
        .eq(OrderState::Placed)
        .and(orders::payment_method.eq(PaymentMethod::BankTransfer))
        .and(orders::created_at.gt(late))
        .and(orders::hold_until.gt(until));
    diesel::update(orders::table.filter(transfers)).set(orders::hold_until.eq(until)).execute(conn)?;
    Ok(())
}
