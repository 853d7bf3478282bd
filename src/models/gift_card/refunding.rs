//! Paying back: onto the cards that an order was paid with, and off the cards that were bought with it.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::{BLOCKED, Entry, EntryKind, GiftCard, Standing};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::models::order::OrderLine;
use crate::schema::{gift_card_ledger, gift_cards};

/// How long a card can be used whose time was over when money went back on it.
const A_YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// The cards an order was paid with, and what of it has not been paid back, in minor units.
///
/// # Errors
/// When the database refuses.
pub fn paid_by(conn: &mut Conn, order: i64) -> Result<Vec<(i64, i64)>> {
    let kinds = [EntryKind::Use, EntryKind::Refund];
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

/// Puts money of an order back on a card it was paid with. Minor units. A card whose time is over can be used for
/// another year, unless staff have blocked it.
///
/// # Errors
/// When the database refuses.
pub fn put_back(tx: &mut Tx<'_>, card: i64, order: i64, minor: i64, by: &str) -> Result<()> {
    Entry { card, order: Some(order), kind: EntryKind::Refund, delta: minor, by, note: "" }.book(tx)?;
    if GiftCard::get(tx.conn(), card)?.standing(tx.now()) == Standing::Expired && !is_blocked(tx.conn(), card)? {
        let later = tx.now().plus(A_YEAR);
        diesel::update(gift_cards::table.find(card)).set(gift_cards::expires_at.eq(later)).execute(tx.conn())?;
        let note = "Good for another year: money went back on it";
        Entry { card, order: None, kind: EntryKind::Adjust, delta: 0, by, note }.write(tx)?;
    }
    Ok(())
}

/// Whether it was staff who last said until when a card can be used, and they said that it cannot.
fn is_blocked(conn: &mut Conn, card: i64) -> Result<bool> {
    let of_expiry = gift_card_ledger::kind.eq(EntryKind::Adjust).and(gift_card_ledger::delta_minor.eq(0));
    let last: Option<String> = gift_card_ledger::table
        .filter(gift_card_ledger::gift_card_id.eq(card).and(of_expiry))
        .order(gift_card_ledger::id.desc())
        .select(gift_card_ledger::note)
        .first(conn)
        .optional()?;
    Ok(last.as_deref() == Some(BLOCKED))
}

/// Pieces of a line of cards are paid back: so many of its cards that nobody has used are emptied.
///
/// # Errors
/// `Invalid` on `refund_quantity_{line}` when too many have been used.
pub fn empty(tx: &mut Tx<'_>, order: i64, line: &OrderLine, pieces: i64, by: &Actor) -> Result<()> {
    let cards = GiftCard::of_line(tx.conn(), line.id)?;
    let ids: Vec<i64> = cards.iter().map(|card| card.id).collect();
    let adjusted = gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq(EntryKind::Adjust));
    let paid_back: Vec<i64> = gift_card_ledger::table
        .filter(adjusted.and(gift_card_ledger::gift_card_id.eq_any(ids)))
        .select(gift_card_ledger::gift_card_id)
        .load(tx.conn())?;
    let (mut emptied, delta) = (0, -line.unit_minor);
    for card in cards.iter().filter(|card| !paid_back.contains(&card.id)) {
        if emptied == pieces {
            break;
        }
        let (order, by, note) = (Some(order), by.label(), "The card was paid back");
        if (Entry { card: card.id, order, kind: EntryKind::Adjust, delta, by, note }).book(tx)? {
            emptied += 1;
        }
    }
    if emptied == pieces {
        return Ok(());
    }
    let words = match emptied {
        0 => "This gift card has been used, so it cannot be paid back.".to_owned(),
        1 => "Only 1 of these gift cards has not been used.".to_owned(),
        some => format!("Only {some} of these gift cards have not been used."),
    };
    Err(Error::invalid(format!("refund_quantity_{}", line.id), words))
}
