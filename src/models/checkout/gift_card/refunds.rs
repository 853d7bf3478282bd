//! Refunds to the gift cards that an order was paid with, and of gift cards that were bought.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::{AdjustmentCause, GiftCard, GiftCardStatus, LedgerEntryKind, NewLedgerEntry};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::schema::{gift_card_ledger, gift_cards};
use crate::support::i18n::Message;
use crate::support::ids::{GiftCardId, OrderId, OrderLineId};

/// By how much a refund extends an expired card.
const EXPIRY_EXTENSION: SignedDuration = SignedDuration::from_hours(24 * 365);

/// The gift cards that an order was paid with, and what is left to refund to each, in minor units.
pub fn list_refundable(conn: &mut Conn, order: OrderId) -> Result<Vec<(GiftCardId, i64)>> {
    let kinds = [LedgerEntryKind::Use, LedgerEntryKind::Refund];
    let rows: Vec<(GiftCardId, i64)> = gift_card_ledger::table
        .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(kinds)))
        .order((gift_card_ledger::gift_card_id, gift_card_ledger::id))
        .select((gift_card_ledger::gift_card_id, gift_card_ledger::delta_minor))
        .load(conn)?;
    let mut left: Vec<(GiftCardId, i64)> = Vec::new();
    for (card, delta) in rows {
        match left.iter_mut().find(|(other, _)| *other == card) {
            Some((_, minor)) => *minor -= delta,
            None => left.push((card, -delta)),
        }
    }
    Ok(left)
}

/// Refunds an amount in minor units. An expired card is extended by a year, unless staff have blocked it.
pub fn refund_to_card(tx: &mut Tx<'_>, card: GiftCardId, order: OrderId, minor: i64, by: &Actor) -> Result<()> {
    NewLedgerEntry { order: Some(order), ..NewLedgerEntry::new(card, LedgerEntryKind::Refund, minor, by) }.apply(tx)?;
    if GiftCard::get(tx.conn(), card)?.status(tx.now()) == GiftCardStatus::Expired && !is_blocked(tx.conn(), card)? {
        let new_expiry = tx.now().plus(EXPIRY_EXTENSION);
        diesel::update(gift_cards::table.find(card)).set(gift_cards::expires_at.eq(new_expiry)).execute(tx.conn())?;
        NewLedgerEntry::adjust(card, 0, AdjustmentCause::ExtendedAfterRefund, by).insert(tx)?;
    }
    Ok(())
}

/// Whether the latest change of the expiry was a block by staff.
fn is_blocked(conn: &mut Conn, card: GiftCardId) -> Result<bool> {
    let of_expiry = gift_card_ledger::kind.eq(LedgerEntryKind::Adjust).and(gift_card_ledger::delta_minor.eq(0));
    let last: Option<Option<AdjustmentCause>> = gift_card_ledger::table
        .filter(gift_card_ledger::gift_card_id.eq(card).and(of_expiry))
        .order(gift_card_ledger::id.desc())
        .select(gift_card_ledger::cause)
        .first(conn)
        .optional()?;
    Ok(last.flatten() == Some(AdjustmentCause::Blocked))
}

/// Takes `unit_minor` off each of `pieces` unused cards of a refunded line; `Invalid` on `refund_quantity_{line}` if
/// fewer are unused.
pub fn void_unused_cards(
    tx: &mut Tx<'_>,
    order: OrderId,
    line: OrderLineId,
    unit_minor: i64,
    pieces: i64,
    by: &Actor,
) -> Result<()> {
    let cards = GiftCard::list_for_line(tx.conn(), line)?;
    let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
    let adjusted = gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq(LedgerEntryKind::Adjust));
    let refunded: Vec<GiftCardId> = gift_card_ledger::table
        .filter(adjusted.and(gift_card_ledger::gift_card_id.eq_any(ids)))
        .select(gift_card_ledger::gift_card_id)
        .load(tx.conn())?;
    let (mut voided, delta) = (0, -unit_minor);
    for card in cards.iter().filter(|card| !refunded.contains(&card.id)) {
        if voided == pieces {
            break;
        }
        let entry = NewLedgerEntry::adjust(card.id, delta, AdjustmentCause::Refunded, by);
        if (NewLedgerEntry { order: Some(order), ..entry }).apply(tx)? {
            voided += 1;
        }
    }
    if voided == pieces {
        return Ok(());
    }
    Err(Error::invalid(format!("refund_quantity_{line}"), Message::GiftCardsUsed { unused: voided }))
}
