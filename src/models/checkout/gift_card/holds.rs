//! Gift cards of an order: held while it is pending, used when it is placed, released when it expires or is cancelled.
//! The caller has locked the order. Cards are updated in order of their ids, so that concurrent orders do not deadlock.

use diesel::prelude::*;

use super::application::GiftCardAllocation;
use super::{LedgerEntryKind, NewLedgerEntry};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::schema::{gift_card_ledger, gift_cards};
use crate::support::ids::{GiftCardId, GiftCardLedgerEntryId, OrderId};
use crate::support::money::Currency;

#[derive(Queryable)]
struct LastEntry {
    id: GiftCardLedgerEntryId,
    card: GiftCardId,
    kind: LedgerEntryKind,
    delta: i64,
}

/// The latest hold or release of each card of an order, by card id. Holds that became uses do not count.
fn find_last_entries(conn: &mut Conn, order: OrderId) -> Result<Vec<LastEntry>> {
    let kinds = [LedgerEntryKind::Hold, LedgerEntryKind::Release];
    let rows: Vec<LastEntry> = gift_card_ledger::table
        .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(kinds)))
        .order((gift_card_ledger::gift_card_id, gift_card_ledger::id))
        .select((
            gift_card_ledger::id,
            gift_card_ledger::gift_card_id,
            gift_card_ledger::kind,
            gift_card_ledger::delta_minor,
        ))
        .load(conn)?;
    let mut entries: Vec<LastEntry> = Vec::new();
    for row in rows {
        entries.retain(|entry| entry.card != row.card);
        entries.push(row);
    }
    Ok(entries)
}

/// Holds the allocated amounts, and returns their sum in minor units; `QuoteChanged` if a balance has changed since.
pub fn hold(tx: &mut Tx<'_>, order: OrderId, currency: Currency, parts: &[GiftCardAllocation]) -> Result<i64> {
    let mut parts: Vec<&GiftCardAllocation> = parts.iter().filter(|part| part.amount_minor > 0).collect();
    parts.sort_by_key(|part| part.card.id);
    for part in &parts {
        if !deduct(tx, order, currency, part.card.id, part.amount_minor)? {
            return Err(Error::QuoteChanged);
        }
    }
    Ok(parts.iter().map(|part| part.amount_minor).sum())
}

/// Takes an amount off a card that is neither expired nor in another currency. Returns false if it cannot.
fn deduct(tx: &mut Tx<'_>, order: OrderId, currency: Currency, card: GiftCardId, minor: i64) -> Result<bool> {
    let now = tx.now();
    let unexpired = gift_cards::expires_at.is_null().or(gift_cards::expires_at.assume_not_null().gt(now));
    let enough = gift_cards::id
        .eq(card)
        .and(gift_cards::currency.eq(currency))
        .and(gift_cards::balance_minor.ge(minor))
        .and(unexpired);
    let updated = diesel::update(gift_cards::table.filter(enough))
        .set(gift_cards::balance_minor.eq(gift_cards::balance_minor - minor))
        .execute(tx.conn())?;
    if updated == 1 {
        let entry = NewLedgerEntry::new(card, LedgerEntryKind::Hold, -minor, &Actor::Customer);
        NewLedgerEntry { order: Some(order), ..entry }.insert(tx)?;
    }
    Ok(updated == 1)
}

pub fn commit(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
    let ids: Vec<GiftCardLedgerEntryId> =
        find_last_entries(tx.conn(), order)?.into_iter().map(|entry| entry.id).collect();
    let held = gift_card_ledger::id.eq_any(ids).and(gift_card_ledger::kind.eq(LedgerEntryKind::Hold));
    diesel::update(gift_card_ledger::table.filter(held))
        .set(gift_card_ledger::kind.eq(LedgerEntryKind::Use))
        .execute(tx.conn())?;
    Ok(())
}

/// Releases the held amounts, and returns their sum in minor units. Used amounts stay used, and are refunded instead.
pub fn release(tx: &mut Tx<'_>, order: OrderId, by: &Actor) -> Result<i64> {
    let held = find_last_entries(tx.conn(), order)?.into_iter().filter(|entry| entry.kind == LedgerEntryKind::Hold);
    let mut released = 0;
    for LastEntry { card, delta, .. } in held {
        let entry = NewLedgerEntry::new(card, LedgerEntryKind::Release, -delta, by);
        NewLedgerEntry { order: Some(order), ..entry }.apply(tx)?;
        released -= delta;
    }
    Ok(released)
}

/// The released amounts of an order, minor units.
pub fn sum_released(conn: &mut Conn, order: OrderId) -> Result<i64> {
    let released = find_last_entries(conn, order)?.into_iter().filter(|entry| entry.kind == LedgerEntryKind::Release);
    Ok(released.map(|entry| entry.delta).sum())
}

/// Holds the released amounts again after a late payment, and returns their sum in minor units; `Conflict` if a card
/// can no longer pay its amount.
pub fn reserve_again(tx: &mut Tx<'_>, order: OrderId, currency: Currency) -> Result<i64> {
    let released =
        find_last_entries(tx.conn(), order)?.into_iter().filter(|entry| entry.kind == LedgerEntryKind::Release);
    let mut held = 0;
    for entry in released {
        if !deduct(tx, order, currency, entry.card, entry.delta)? {
            return Err(Error::Conflict);
        }
        held += entry.delta;
    }
    Ok(held)
}
