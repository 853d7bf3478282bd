//! Gift cards of an order: held while it is pending, used when it is placed, released when it expires or is cancelled.
//! The caller has locked the order. Cards are updated in order of their ids, so that concurrent orders do not deadlock.

use diesel::prelude::*;

use super::application::GiftCardAllocation;
use super::{LedgerEntryKind, NewLedgerEntry};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::models::sales::order::{Order, PaymentState};
use crate::schema::{gift_card_ledger, gift_cards, orders};

/// The latest hold or release of a card for an order.
#[derive(Queryable)]
struct Last {
    id: i64,
    card: i64,
    kind: LedgerEntryKind,
    delta: i64,
}

/// The latest hold or release of each card of an order, by card id. Holds that became uses do not count.
fn last_of(conn: &mut Conn, order: i64) -> Result<Vec<Last>> {
    let kinds = [LedgerEntryKind::Hold, LedgerEntryKind::Release];
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

/// Holds the allocated amounts for a new order, and returns the updated order.
///
/// # Errors
/// `QuoteChanged` if a card no longer has the balance that the buyer saw.
pub fn hold(tx: &mut Tx<'_>, order: Order, parts: &[GiftCardAllocation]) -> Result<Order> {
    let mut parts: Vec<&GiftCardAllocation> = parts.iter().filter(|part| part.amount_minor > 0).collect();
    if parts.is_empty() {
        return Ok(order);
    }
    parts.sort_by_key(|part| part.card.id);
    for part in &parts {
        if !take(tx, &order, part.card.id, part.amount_minor)? {
            return Err(Error::QuoteChanged);
        }
    }
    let paid: i64 = parts.iter().map(|part| part.amount_minor).sum();
    let state = if paid == order.total_minor { PaymentState::Paid } else { PaymentState::PartiallyPaid };
    diesel::update(orders::table.find(order.id))
        .set((orders::gift_card_minor.eq(paid), orders::payment_state.eq(state)))
        .execute(tx.conn())?;
    Order::get(tx.conn(), order.id)
}

/// Takes an amount off a card that is neither expired nor in another currency. Returns false if it cannot.
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
        NewLedgerEntry { card, order, kind: LedgerEntryKind::Hold, delta: -minor, by: by.label(), note: "" }
            .insert(tx)?;
    }
    Ok(taken == 1)
}

/// Marks the held amounts of an order that is placed as used.
pub fn commit(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    if order.gift_card_minor == 0 {
        return Ok(());
    }
    let held: Vec<i64> = last_of(tx.conn(), order.id)?.into_iter().map(|last| last.id).collect();
    let held = gift_card_ledger::id.eq_any(held).and(gift_card_ledger::kind.eq(LedgerEntryKind::Hold));
    diesel::update(gift_card_ledger::table.filter(held))
        .set(gift_card_ledger::kind.eq(LedgerEntryKind::Use))
        .execute(tx.conn())?;
    Ok(())
}

/// Releases the held amounts of an order to their cards. Used amounts stay used, and are refunded instead.
pub fn release(tx: &mut Tx<'_>, order: &Order, by: &Actor) -> Result<()> {
    if order.gift_card_minor == 0 {
        return Ok(());
    }
    let held = last_of(tx.conn(), order.id)?.into_iter().filter(|last| last.kind == LedgerEntryKind::Hold);
    let mut freed = 0;
    for Last { card, delta, .. } in held {
        let (order, by) = (Some(order.id), by.label());
        NewLedgerEntry { card, order, kind: LedgerEntryKind::Release, delta: -delta, by, note: "" }.apply(tx)?;
        freed -= delta;
    }
    diesel::update(orders::table.find(order.id))
        .set(orders::gift_card_minor.eq(orders::gift_card_minor - freed))
        .execute(tx.conn())?;
    Ok(())
}

/// The released amounts of an order, minor units.
pub fn sum_released(conn: &mut Conn, order: i64) -> Result<i64> {
    let back = last_of(conn, order)?.into_iter().filter(|last| last.kind == LedgerEntryKind::Release);
    Ok(back.map(|last| last.delta).sum())
}

/// Holds the released amounts again after a late payment.
///
/// # Errors
/// `Conflict` if a card can no longer pay its amount.
pub fn reserve_again(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    let back = last_of(tx.conn(), order.id)?.into_iter().filter(|last| last.kind == LedgerEntryKind::Release);
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
