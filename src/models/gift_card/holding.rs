//! Cards on an order: held while it waits for the rest of its money, used when it holds, given back when it is given up.
//! Whoever calls holds the order's row; cards are taken in the order of their rows, so that no two orders wait for each
//! other.

use diesel::prelude::*;

use super::applying::Part;
use super::{Entry, EntryKind};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::models::order::{Order, PaymentState};
use crate::schema::{gift_card_ledger, gift_cards, orders};

/// The last that happened between a card and an order that is not decided, or was given up.
#[derive(Queryable)]
struct Last {
    id: i64,
    card: i64,
    kind: EntryKind,
    delta: i64,
}

/// The last hold or release of each card of an order, by card.
fn last_of(conn: &mut Conn, order: i64) -> Result<Vec<Last>> {
    let kinds = [EntryKind::Hold, EntryKind::Release];
    let rows: Vec<Last> = gift_card_ledger::table
        .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(kinds)))
        .order((gift_card_ledger::gift_card_id, gift_card_ledger::id))
        .select((
            gift_card_ledger::id,
            gift_card_ledger::gift_card_id,
            gift_card_ledger::kind,
            gift_card_ledger::delta_minor,
        ))
        .load(conn)?;
    let mut last: Vec<Last> = Vec::new();
    for row in rows {
        last.retain(|known| known.card != row.card);
        last.push(row);
    }
    Ok(last)
}

/// Holds what the cards pay of a new order, and returns the order as it is then.
///
/// # Errors
/// `QuoteChanged` when a card no longer has what the buyer was shown.
pub fn hold(tx: &mut Tx<'_>, order: Order, parts: &[Part]) -> Result<Order> {
    let mut parts: Vec<&Part> = parts.iter().filter(|part| part.minor > 0).collect();
    if parts.is_empty() {
        return Ok(order);
    }
    parts.sort_by_key(|part| part.card.id);
    for part in &parts {
        if !take(tx, &order, part.card.id, part.minor)? {
            return Err(Error::QuoteChanged);
        }
    }
    let paid: i64 = parts.iter().map(|part| part.minor).sum();
    let state = if paid == order.total_minor { PaymentState::Paid } else { PaymentState::Partial };
    diesel::update(orders::table.find(order.id))
        .set((orders::gift_card_minor.eq(paid), orders::payment_state.eq(state)))
        .execute(tx.conn())?;
    Order::get(tx.conn(), order.id)
}

/// Takes an amount off a card that is good, for an order. Whether it was there.
fn take(tx: &mut Tx<'_>, order: &Order, card: i64, minor: i64) -> Result<bool> {
    let now = tx.now();
    let unexpired = gift_cards::expires_at.is_null().or(gift_cards::expires_at.assume_not_null().gt(now));
    let enough = gift_cards::id
        .eq(card)
        .and(gift_cards::currency.eq(&order.currency))
        .and(gift_cards::balance_minor.ge(minor))
        .and(unexpired);
    let taken = diesel::update(gift_cards::table.filter(enough))
        .set(gift_cards::balance_minor.eq(gift_cards::balance_minor - minor))
        .execute(tx.conn())?;
    if taken == 1 {
        let (order, by) = (Some(order.id), Actor::Customer);
        Entry { card, order, kind: EntryKind::Hold, delta: -minor, by: by.label(), note: "" }.write(tx)?;
    }
    Ok(taken == 1)
}

/// The order holds: what it held is used.
///
/// # Errors
/// When the database refuses.
pub fn hold_good(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    if order.gift_card_minor == 0 {
        return Ok(());
    }
    let held: Vec<i64> = last_of(tx.conn(), order.id)?.into_iter().map(|last| last.id).collect();
    let held = gift_card_ledger::id.eq_any(held).and(gift_card_ledger::kind.eq(EntryKind::Hold));
    diesel::update(gift_card_ledger::table.filter(held))
        .set(gift_card_ledger::kind.eq(EntryKind::Use))
        .execute(tx.conn())?;
    Ok(())
}

/// The order is given up: what it held is on the cards again. What it has used stays used.
///
/// # Errors
/// When the database refuses.
pub fn release(tx: &mut Tx<'_>, order: &Order, by: &Actor) -> Result<()> {
    if order.gift_card_minor == 0 {
        return Ok(());
    }
    let held = last_of(tx.conn(), order.id)?.into_iter().filter(|last| last.kind == EntryKind::Hold);
    let mut freed = 0;
    for Last { card, delta, .. } in held {
        let (order, by) = (Some(order.id), by.label());
        Entry { card, order, kind: EntryKind::Release, delta: -delta, by, note: "" }.book(tx)?;
        freed -= delta;
    }
    diesel::update(orders::table.find(order.id))
        .set(orders::gift_card_minor.eq(orders::gift_card_minor - freed))
        .execute(tx.conn())?;
    Ok(())
}

/// What went back to the cards when the order was given up, in minor units.
///
/// # Errors
/// When the database refuses.
pub fn released(conn: &mut Conn, order: i64) -> Result<i64> {
    let back = last_of(conn, order)?.into_iter().filter(|last| last.kind == EntryKind::Release);
    Ok(back.map(|last| last.delta).sum())
}

/// The order's money came late: its cards pay their part after all, if they still can.
///
/// # Errors
/// `Conflict` when one cannot.
pub fn hold_again(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    let back = last_of(tx.conn(), order.id)?.into_iter().filter(|last| last.kind == EntryKind::Release);
    let mut paid = 0;
    for last in back {
        if !take(tx, order, last.card, last.delta)? {
            return Err(Error::Conflict);
        }
        paid += last.delta;
    }
    if paid > 0 {
        diesel::update(orders::table.find(order.id)).set(orders::gift_card_minor.eq(paid)).execute(tx.conn())?;
    }
    Ok(())
}
