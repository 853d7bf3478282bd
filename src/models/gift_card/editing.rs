//! What staff change about a card: its balance, and until when it can be used.

use diesel::prelude::*;

use super::{BLOCKED, Entry, EntryKind, GiftCard};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::schema::gift_cards;
use crate::support::clock::Utc;

/// Another balance, as staff want it. Minor units.
#[derive(Clone, Debug)]
pub struct Change {
    /// What should be on the card.
    pub balance_minor: i64,
    /// What was on it when the form was opened.
    pub balance_was: i64,
    /// Why.
    pub reason: String,
}

impl GiftCard {
    /// Changes the balance by the difference that staff want, whatever was used meanwhile.
    ///
    /// # Errors
    /// `Invalid` on `balance` when nothing changes, or more is taken off than is left; `NotFound`.
    pub fn change_balance(tx: &mut Tx<'_>, public_id: &str, change: &Change, by: &Actor) -> Result<()> {
        let card = GiftCard::find(tx.conn(), public_id)?;
        let delta = change.balance_minor - change.balance_was;
        if delta == 0 {
            return Err(Error::invalid("balance", "This is what is on it already."));
        }
        let entry =
            Entry { card: card.id, order: None, kind: EntryKind::Adjust, delta, by: by.label(), note: &change.reason };
        match entry.book(tx)? {
            true => Ok(()),
            false => Err(Error::invalid("balance", "It was used meanwhile, and so much is no longer on it.")),
        }
    }

    /// The end of a card is what somebody has seen, or has not been asked for.
    ///
    /// # Errors
    /// `Invalid` on `expires_on` when somebody else has changed it meanwhile; `NotFound`.
    pub fn expect_expiry(tx: &mut Tx<'_>, public_id: &str, seen: Option<Option<Utc>>) -> Result<()> {
        // An update of nothing locks the row on PostgreSQL; SQLite has one writer anyway.
        let mine = gift_cards::table.filter(gift_cards::public_id.eq(public_id));
        let now: Option<Utc> = diesel::update(mine)
            .set(gift_cards::last4.eq(gift_cards::last4))
            .returning(gift_cards::expires_at)
            .get_result(tx.conn())?;
        if seen.is_none_or(|seen| seen == now) {
            return Ok(());
        }
        let message = "Somebody has changed this meanwhile: see “Expires”. Save again to put yours in place.";
        Err(Error::invalid("expires_on", message))
    }

    /// Changes until when it can be used; none for always.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn set_expiry(tx: &mut Tx<'_>, public_id: &str, expires_at: Option<Utc>, by: &Actor) -> Result<()> {
        let card = GiftCard::find(tx.conn(), public_id)?;
        diesel::update(gift_cards::table.find(card.id))
            .set(gift_cards::expires_at.eq(expires_at))
            .execute(tx.conn())?;
        let note = match expires_at {
            Some(end) if end <= tx.now() => BLOCKED,
            Some(_) => "Another expiry date",
            None => "Without an expiry date",
        };
        Entry { card: card.id, order: None, kind: EntryKind::Adjust, delta: 0, by: by.label(), note }.write(tx)
    }

    /// Nobody can use it from now on; what is on it stays on it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn block(tx: &mut Tx<'_>, public_id: &str, by: &Actor) -> Result<()> {
        let now = tx.now();
        GiftCard::set_expiry(tx, public_id, Some(now), by)
    }
}
