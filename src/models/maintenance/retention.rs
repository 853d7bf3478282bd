//! Data retention: which rows are deleted after what time, and why. Rules delete in batches, so that other writers need
//! not wait. Orders with their events, payments, invoices and ledgers are kept, because the law or the audit needs
//! them.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::models::checkout::cart::CartStatus;
use crate::models::checkout::cart::LIFETIME;
use crate::models::maintenance::erasure::invoices;
use crate::models::people::session::MAX_LIFETIME;
use crate::models::platform::email::EmailState;
use crate::models::platform::form_submission;
use crate::models::platform::job::JobState;
use crate::models::platform::job::Queue;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::OrderState;
use crate::models::sales::order::checkout_throttle;
use crate::models::sales::payment_method::PaymentMethod;
use crate::models::sales::webhook::WebhookState;
use crate::schema::{
    account_tokens, auth_throttles, cart_gift_cards, cart_lines, carts, checkout_throttle_hits, checkout_throttle_keys,
    emails, events, form_submissions, invitations, jobs, orders, pending_identity_logins, pending_registrations,
    sessions, webhook_inbox,
};
use crate::support::clock::Utc;

pub const BATCH_SIZE: usize = 250;
const ROW_LIMIT: i64 = 250;
/// Timestamps further ahead than this come from a wrong clock, not from rounding or differences between machines.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);
/// How long an order placed by a clock that was ahead still reserves its stock.
const MAX_HOLD: SignedDuration = SignedDuration::from_hours(1);

#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Row ids, or timestamps in microseconds for tables without an id.
    pub rows: Vec<i64>,
    pub has_more: bool,
}

pub struct RetentionRule {
    pub name: &'static str,
    pub max_age: SignedDuration,
    pub reason: &'static str,
    pub find_expired: fn(&mut Conn, Utc) -> Result<Batch>,
    /// Deletes a batch, except for rows that have changed since they were found.
    pub purge: fn(&mut Tx<'_>, Utc, &[i64]) -> Result<()>,
}

pub const RULES: &[RetentionRule] = &[
    RetentionRule {
        name: "Abandoned carts",
        max_age: SignedDuration::ZERO,
        reason: "Their cookie has expired: a cart lives for 60 days after its last change",
        find_expired: |conn, before| find_expired_carts(conn, CartStatus::Open, before),
        purge: |tx, before, rows| purge_carts(tx, CartStatus::Open, before, rows),
    },
    RetentionRule {
        name: "Empty carts",
        max_age: days(1),
        reason: "Their owner gets a new one with the first thing put in",
        find_expired: find_empty_carts,
        purge: purge_empty_carts,
    },
    RetentionRule {
        name: "Lines of carts that were ordered",
        max_age: days(7),
        reason: "The order has lines of its own",
        find_expired: find_ordered_lines,
        purge: purge_ordered_lines,
    },
    RetentionRule {
        name: "Carts that were ordered",
        max_age: days(30),
        reason: "Counted from the end of their cookie, by which a repeated checkout finds its order",
        find_expired: |conn, before| find_expired_carts(conn, CartStatus::Converted, before),
        purge: |tx, before, rows| purge_carts(tx, CartStatus::Converted, before, rows),
    },
    RetentionRule {
        name: "HTML of emails",
        max_age: days(90),
        reason: "The text says the same and takes a fifth of the room",
        find_expired: find_html,
        purge: purge_html,
    },
    RetentionRule {
        name: "Emails not about an order",
        max_age: days(400),
        reason: "As long as the records of what happened",
        find_expired: find_other_emails,
        purge: purge_other_emails,
    },
    RetentionRule {
        name: "Text of emails about orders",
        max_age: days(2922),
        reason: "Business letters are kept for six to eight years (§ 257 HGB and its like). That it was written stays known",
        find_expired: find_texts,
        purge: purge_texts,
    },
    RetentionRule {
        name: "Buyers on invoices of erased customers",
        max_age: days(3653),
        reason: "Counted from the end of the year: tax law asks for up to ten years. Numbers, amounts and hashes stay",
        find_expired: |conn, before| to_batch(invoices::find_expired(conn, before, ROW_LIMIT)?),
        purge: |tx, _, rows| invoices::erase_buyers(tx, rows),
    },
    RetentionRule {
        name: "Events not about an order",
        max_age: days(400),
        reason: "More than a year, so that a year can be compared with the one before. The events of an order are its timeline",
        find_expired: find_events,
        purge: |tx, before, rows| {
            let old = events::order_id.is_null().and(events::at.lt(before));
            diesel::delete(events::table.filter(id_in(events::id, rows).and(old))).execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Processed webhooks",
        max_age: days(90),
        reason: "No provider sends one again after so long",
        find_expired: find_webhooks,
        purge: |tx, _, rows| {
            let done = id_in(webhook_inbox::id, rows)
                .and(webhook_inbox::state.eq_any([WebhookState::Done, WebhookState::Ignored]));
            diesel::delete(webhook_inbox::table.filter(done)).execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Failed jobs, unless they concern payments",
        max_age: days(90),
        reason: "Nobody has wanted them tried again",
        find_expired: find_dead_jobs,
        purge: |tx, _, rows| {
            diesel::delete(jobs::table.filter(id_in(jobs::id, rows).and(jobs::state.eq(JobState::Dead))))
                .execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Sessions that have ended",
        max_age: SignedDuration::ZERO,
        reason: "Nobody can use them",
        find_expired: |conn, before| {
            let ended = sessions::table.filter(sessions::expires_at.lt(before)).order(sessions::expires_at);
            to_batch(ended.select(sessions::id).limit(ROW_LIMIT).load(conn)?)
        },
        purge: |tx, _, rows| {
            diesel::delete(sessions::table.filter(id_in(sessions::id, rows))).execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Links to reset a password, log in or change an address",
        max_age: days(30),
        reason: "They have worked for three days at most; staff may ask when one was made",
        find_expired: |conn, before| {
            let ended = account_tokens::table.filter(account_tokens::expires_at.lt(before)).order(account_tokens::id);
            to_batch(ended.select(account_tokens::id).limit(ROW_LIMIT).load(conn)?)
        },
        purge: |tx, _, rows| {
            diesel::delete(account_tokens::table.filter(id_in(account_tokens::id, rows))).execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Invitations to the staff",
        max_age: days(30),
        reason: "They have worked for seven days; the event log says who was invited and who accepted",
        find_expired: |conn, before| {
            let ended = invitations::table.filter(invitations::expires_at.lt(before)).order(invitations::id);
            to_batch(ended.select(invitations::id).limit(ROW_LIMIT).load(conn)?)
        },
        purge: |tx, _, rows| {
            diesel::delete(invitations::table.filter(id_in(invitations::id, rows))).execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Registrations that were not confirmed",
        max_age: SignedDuration::ZERO,
        reason: "Their link works for a day",
        find_expired: |conn, before| {
            let ended = pending_registrations::table.filter(pending_registrations::expires_at.lt(before));
            let ended = ended.order(pending_registrations::expires_at).select(pending_registrations::id);
            to_batch(ended.limit(ROW_LIMIT).load(conn)?)
        },
        purge: |tx, _, rows| {
            diesel::delete(pending_registrations::table.filter(id_in(pending_registrations::id, rows)))
                .execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Log-ins that wait for an identity provider",
        max_age: SignedDuration::ZERO,
        reason: "They work for ten minutes",
        find_expired: |conn, before| {
            let ended = pending_identity_logins::table.filter(pending_identity_logins::expires_at.lt(before));
            let ended = ended.order(pending_identity_logins::expires_at).select(pending_identity_logins::id);
            to_batch(ended.limit(ROW_LIMIT).load(conn)?)
        },
        purge: |tx, _, rows| {
            diesel::delete(pending_identity_logins::table.filter(id_in(pending_identity_logins::id, rows)))
                .execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Failed log-in attempts and wrong codes",
        max_age: days(2),
        reason: "They are forgiven after an hour",
        find_expired: find_throttles,
        purge: |tx, _, rows| {
            let until = rows.iter().copied().max().map_or(Utc::from_micros(0), Utc::from_micros);
            diesel::delete(auth_throttles::table.filter(auth_throttles::updated_at.le(until))).execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Idempotency keys of submitted forms",
        max_age: form_submission::RETENTION,
        reason: "Nobody sends a form again after half a year",
        find_expired: find_submissions,
        purge: |tx, _, rows| {
            let until = rows.iter().copied().max().map_or(Utc::from_micros(0), Utc::from_micros);
            diesel::delete(form_submissions::table.filter(form_submissions::created_at.le(until)))
                .execute(tx.conn())?;
            Ok(())
        },
    },
    RetentionRule {
        name: "Order and payment attempts",
        max_age: SignedDuration::ZERO,
        reason: "They count for an hour, declined cards for four days",
        find_expired: |_, _| Ok(Batch { rows: vec![0], has_more: false }),
        purge: |tx, _, _| checkout_throttle::delete_expired(tx),
    },
];

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn to_batch(rows: Vec<i64>) -> Result<Batch> {
    Ok(Batch { has_more: rows.len() >= BATCH_SIZE, rows })
}

fn find_expired_carts(conn: &mut Conn, status: CartStatus, before: Utc) -> Result<Batch> {
    let ended = carts::table.filter(carts::status.eq(status).and(carts::expires_at.le(before)));
    to_batch(ended.order(carts::expires_at).select(carts::id).limit(ROW_LIMIT).load(conn)?)
}

fn purge_carts(tx: &mut Tx<'_>, status: CartStatus, before: Utc, rows: &[i64]) -> Result<()> {
    // A visitor may have used a cart since it was found, so the condition is repeated. Its lines are deleted by
    // cascade.
    let still = id_in(carts::id, rows).and(carts::status.eq(status)).and(carts::expires_at.le(before));
    diesel::delete(carts::table.filter(still)).execute(tx.conn())?;
    Ok(())
}

fn find_empty_carts(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let lines = cart_lines::table.filter(cart_lines::cart_id.eq(carts::id));
    let idle = carts::status.eq(CartStatus::Open).and(carts::expires_at.lt(before.plus(LIFETIME)));
    let empty = carts::table.filter(idle.and(diesel::dsl::not(diesel::dsl::exists(lines))));
    to_batch(empty.order(carts::expires_at).select(carts::id).limit(ROW_LIMIT).load(conn)?)
}

fn purge_empty_carts(tx: &mut Tx<'_>, before: Utc, rows: &[i64]) -> Result<()> {
    // Adding a line extends the lifetime of the cart.
    purge_carts(tx, CartStatus::Open, before.plus(LIFETIME), rows)
}

fn find_ordered_lines(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let lines = cart_lines::table.filter(cart_lines::cart_id.eq(carts::id));
    let old = carts::status.eq(CartStatus::Converted).and(carts::expires_at.lt(before.plus(LIFETIME)));
    let full = carts::table.filter(old.and(diesel::dsl::exists(lines)));
    to_batch(full.order(carts::expires_at).select(carts::id).limit(ROW_LIMIT).load(conn)?)
}

fn purge_ordered_lines(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    // A converted cart never reopens.
    diesel::delete(cart_lines::table.filter(id_in(cart_lines::cart_id, rows))).execute(tx.conn())?;
    diesel::delete(cart_gift_cards::table.filter(id_in(cart_gift_cards::cart_id, rows))).execute(tx.conn())?;
    Ok(())
}

fn find_html(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let old = emails::created_at.lt(before).and(emails::state.ne(EmailState::Queued)).and(emails::html.ne(""));
    to_batch(emails::table.filter(old).order(emails::id).select(emails::id).limit(ROW_LIMIT).load(conn)?)
}

fn purge_html(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    let old = emails::table.filter(id_in(emails::id, rows).and(emails::state.ne(EmailState::Queued)));
    diesel::update(old).set(emails::html.eq("")).execute(tx.conn())?;
    Ok(())
}

fn find_other_emails(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let old = emails::created_at.lt(before).and(emails::state.ne(EmailState::Queued)).and(emails::order_id.is_null());
    to_batch(emails::table.filter(old).order(emails::id).select(emails::id).limit(ROW_LIMIT).load(conn)?)
}

fn purge_other_emails(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    let old = emails::table.filter(id_in(emails::id, rows).and(emails::state.ne(EmailState::Queued)));
    diesel::delete(old).execute(tx.conn())?;
    Ok(())
}

fn find_texts(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let old = emails::created_at.lt(before).and(emails::state.ne(EmailState::Queued)).and(emails::body_text.ne(""));
    to_batch(emails::table.filter(old).order(emails::id).select(emails::id).limit(ROW_LIMIT).load(conn)?)
}

fn purge_texts(tx: &mut Tx<'_>, _: Utc, rows: &[i64]) -> Result<()> {
    let old = emails::table.filter(id_in(emails::id, rows).and(emails::state.ne(EmailState::Queued)));
    diesel::update(old).set((emails::body_text.eq(""), emails::html.eq(""))).execute(tx.conn())?;
    Ok(())
}

fn find_events(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let old = events::table.filter(events::order_id.is_null().and(events::at.lt(before)));
    to_batch(old.order((events::at, events::id)).select(events::id).limit(ROW_LIMIT).load(conn)?)
}

fn find_webhooks(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let done = webhook_inbox::state
        .eq_any([WebhookState::Done, WebhookState::Ignored])
        .and(webhook_inbox::received_at.lt(before));
    let old = webhook_inbox::table.filter(done).order(webhook_inbox::id).select(webhook_inbox::id).limit(ROW_LIMIT);
    to_batch(old.load(conn)?)
}

fn find_dead_jobs(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let dead =
        jobs::state.eq(JobState::Dead).and(jobs::run_at.lt(before)).and(jobs::queue.ne(Queue::Payments.as_str()));
    to_batch(jobs::table.filter(dead).order(jobs::id).select(jobs::id).limit(ROW_LIMIT).load(conn)?)
}

/// The table has no row id: a batch is identified by the latest of its timestamps.
fn find_submissions(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let old = form_submissions::table.filter(form_submissions::created_at.lt(before));
    let dates: Vec<Utc> =
        old.order(form_submissions::created_at).select(form_submissions::created_at).limit(ROW_LIMIT).load(conn)?;
    to_batch(dates.into_iter().map(Utc::micros).collect())
}

/// The table has no row id: a batch is identified by the latest of its timestamps.
fn find_throttles(conn: &mut Conn, before: Utc) -> Result<Batch> {
    let old = auth_throttles::table.filter(auth_throttles::updated_at.lt(before));
    let dates: Vec<Utc> =
        old.order(auth_throttles::updated_at).select(auth_throttles::updated_at).limit(ROW_LIMIT).load(conn)?;
    to_batch(dates.into_iter().map(Utc::micros).collect())
}

/// Orders dated in the future that reserve their goods longer than an order placed now.
macro_rules! overlong_hold {
    ($state:expr, $late:expr, $until:expr) => {
        orders::state.eq($state).and(orders::created_at.gt($late)).and(orders::hold_until.gt($until))
    };
}

macro_rules! overlong_transfer {
    ($late:expr, $until:expr) => {
        overlong_hold!(OrderState::Placed, $late, $until).and(orders::payment_method.eq(PaymentMethod::BankTransfer))
    };
}

/// Whether rows have timestamps that only a clock that was ahead can have written.
pub fn has_future_timestamps(conn: &mut Conn, now: Utc) -> Result<bool> {
    use diesel::dsl::exists;
    let late = now.plus(MAX_CLOCK_SKEW);
    let throttles = auth_throttles::table.filter(auth_throttles::updated_at.gt(late));
    let hits = checkout_throttle_hits::table.filter(checkout_throttle_hits::at.gt(late));
    let keys = checkout_throttle_keys::table.filter(checkout_throttle_keys::seen_at.gt(late));
    let links = account_tokens::table.filter(account_tokens::created_at.gt(late));
    let visits = sessions::table.filter(sessions::last_seen_at.gt(late));
    let stays = sessions::table.filter(sessions::expires_at.gt(late.plus(MAX_LIFETIME)));
    let open = carts::table.filter(carts::status.eq(CartStatus::Open).and(carts::expires_at.gt(late.plus(LIFETIME))));
    let holds = orders::table.filter(overlong_hold!(OrderState::Pending, late, now.plus(MAX_HOLD)));
    let transfers = orders::table.filter(overlong_transfer!(late, transfer_hold(conn, now)?));
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

fn transfer_hold(conn: &mut Conn, now: Utc) -> Result<Utc> {
    let settings = Settings::load(conn)?;
    Ok(now.end_of_day_in(&settings.time_zone, settings.transfer_hold_days))
}

/// Corrects timestamps of a clock that was ahead, so that throttles, sessions, carts and holds keep their limits.
pub fn repair_future_timestamps(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    let late = now.plus(MAX_CLOCK_SKEW);
    let conn = tx.conn();
    diesel::delete(auth_throttles::table.filter(auth_throttles::updated_at.gt(late))).execute(conn)?;
    diesel::delete(checkout_throttle_hits::table.filter(checkout_throttle_hits::at.gt(late))).execute(conn)?;
    diesel::delete(checkout_throttle_keys::table.filter(checkout_throttle_keys::seen_at.gt(late))).execute(conn)?;
    diesel::delete(account_tokens::table.filter(account_tokens::created_at.gt(late))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::expires_at.gt(late.plus(MAX_LIFETIME)))).execute(conn)?;
    diesel::update(sessions::table.filter(sessions::last_seen_at.gt(late)))
        .set(sessions::last_seen_at.eq(now))
        .execute(conn)?;
    let open = carts::status.eq(CartStatus::Open).and(carts::expires_at.gt(late.plus(LIFETIME)));
    diesel::update(carts::table.filter(open)).set(carts::expires_at.eq(now.plus(LIFETIME))).execute(conn)?;
    let held = overlong_hold!(OrderState::Pending, late, now.plus(MAX_HOLD));
    diesel::update(orders::table.filter(held)).set(orders::hold_until.eq(now.plus(MAX_HOLD))).execute(conn)?;
    let until = transfer_hold(conn, now)?;
    diesel::update(orders::table.filter(overlong_transfer!(late, until)))
        .set(orders::hold_until.eq(until))
        .execute(conn)?;
    Ok(())
}
