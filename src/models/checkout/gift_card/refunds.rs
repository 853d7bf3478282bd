//! Refunds to the gift cards that an order was paid with, and of gift cards that were bought.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::{BLOCKED, GiftCard, GiftCardStatus, LedgerEntryKind, NewLedgerEntry};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::models::sales::order::OrderLine;
use crate::schema::{gift_card_ledger, gift_cards};

/// By how much a refund extends an expired card.
const A_YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// The gift cards that an order was paid with, and what is left to refund to each, in minor units.
pub fn list_refundable(conn: &mut Conn, order: i64) -> Result<Vec<(i64, i64)>> {
    let kinds = [LedgerEntryKind::Use, LedgerEntryKind::Refund];
    let rows: Vec<(i64, i64)> = gift_card_ledger::table
        .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(kinds)))
        .order((gift_card_ledger::gift_card_id, gift_card_ledger::id))
        .select((gift_card_ledger::gift_card_id, gift_card_ledger::delta_minor))
        .load(conn)?;
    let mut left: Vec<(i64, i64)> = Vec::new();
    for (card, delta) in rows {
        match left.iter_mut().find(|(known, _)| *known == card) {
            Some((_, minor)) => *minor -= delta,
            None => left.push((card, -delta)),
        }
    }
    Ok(left)
}

/// Refunds an amount (minor units) of an order to a card. An expired card is extended by a year, unless staff have
/// blocked it.
pub fn refund_to_card(tx: &mut Tx<'_>, card: i64, order: i64, minor: i64, by: &str) -> Result<()> {
    NewLedgerEntry { card, order: Some(order), kind: LedgerEntryKind::Refund, delta: minor, by, note: "" }.apply(tx)?;
    if GiftCard::get(tx.conn(), card)?.status(tx.now()) == GiftCardStatus::Expired && !is_blocked(tx.conn(), card)? {
        let later = tx.now().plus(A_YEAR);
        diesel::update(gift_cards::table.find(card)).set(gift_cards::expires_at.eq(later)).execute(tx.conn())?;
        let note = "Extended by a year after a refund";
        NewLedgerEntry { card, order: None, kind: LedgerEntryKind::Adjust, delta: 0, by, note }.insert(tx)?;
    }
    Ok(())
}

/// Whether the latest change of the expiry was a block by staff.
fn is_blocked(conn: &mut Conn, card: i64) -> Result<bool> {
    let of_expiry = gift_card_ledger::kind.eq(LedgerEntryKind::Adjust).and(gift_card_ledger::delta_minor.eq(0));
    let last: Option<String> = gift_card_ledger::table
        .filter(gift_card_ledger::gift_card_id.eq(card).and(of_expiry))
        .order(gift_card_ledger::id.desc())
        .select(gift_card_ledger::note)
        .first(conn)
        .optional()?;
    Ok(last.as_deref() == Some(BLOCKED))
}

/// Takes the value off `pieces` unused cards of a line that is refunded.
///
/// # Errors
/// `Invalid` on `refund_quantity_{line}` if fewer cards are unused.
pub fn void_unused_cards(tx: &mut Tx<'_>, order: i64, line: &OrderLine, pieces: i64, by: &Actor) -> Result<()> {
    let cards = GiftCard::list_for_line(tx.conn(), line.id)?;
    let ids: Vec<i64> = cards.iter().map(|card| card.id).collect();
    let adjusted = gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq(LedgerEntryKind::Adjust));
    let paid_back: Vec<i64> = gift_card_ledger::table
        .filter(adjusted.and(gift_card_ledger::gift_card_id.eq_any(ids)))
        .select(gift_card_ledger::gift_card_id)
        .load(tx.conn())?;
    let (mut emptied, delta) = (0, -line.unit_minor);
    for card in cards.iter().filter(|card| !paid_back.contains(&card.id)) {
        if emptied == pieces {
            break;
        }
        let (order, by, note) = (Some(order), by.label(), "The gift card was refunded");
        if (NewLedgerEntry { card: card.id, order, kind: LedgerEntryKind::Adjust, delta, by, note }).apply(tx)? {
            emptied += 1;
        }
    }
    if emptied == pieces {
        return Ok(());
    }
    let words = match emptied {
        0 => "This gift card has been used, so it cannot be refunded.".to_owned(),
        1 => "Only 1 of these gift cards has not been used.".to_owned(),
        some => format!("Only {some} of these gift cards have not been used."),
    };
    Err(Error::invalid(format!("refund_quantity_{}", line.id), words))
}
