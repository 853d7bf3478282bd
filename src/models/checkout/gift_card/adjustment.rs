//! Changes of a gift card by staff: its balance and its expiry.

use diesel::prelude::*;

use super::{AdjustmentCause, GiftCard, LedgerEntryKind, NewLedgerEntry};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::schema::gift_cards;
use crate::support::clock::Utc;
use crate::support::i18n::Message;

/// A new balance as staff enter it. Minor units.
#[derive(Clone, Debug)]
pub struct BalanceChange {
    pub balance_minor: i64,
    /// The balance when the form was rendered.
    pub previous_balance_minor: i64,
    pub reason: String,
}

impl GiftCard {
    /// Changes the balance by the difference to the previous one, so that a payment made meanwhile is kept.
    ///
    /// # Errors
    /// `Invalid` on `balance` if nothing changes, or more is taken off than is left; `NotFound`.
    pub fn change_balance(tx: &mut Tx<'_>, public_id: &str, change: &BalanceChange, by: &Actor) -> Result<()> {
        let card = GiftCard::find(tx.conn(), public_id)?;
        let delta = change.balance_minor - change.previous_balance_minor;
        if delta == 0 {
            return Err(Error::invalid("balance", Message::GiftCardBalanceSame));
        }
        let entry =
            NewLedgerEntry { note: &change.reason, ..NewLedgerEntry::new(card.id, LedgerEntryKind::Adjust, delta, by) };
        match entry.apply(tx)? {
            true => Ok(()),
            false => Err(Error::invalid("balance", Message::GiftCardBalanceLower)),
        }
    }

    /// Locks the card and checks that its expiry is still `expected`; `None` skips the check.
    ///
    /// # Errors
    /// `Invalid` on `expires_on` if somebody else changed it meanwhile; `NotFound`.
    pub fn check_expiry_unchanged(tx: &mut Tx<'_>, public_id: &str, expected: Option<Option<Utc>>) -> Result<()> {
        // On PostgreSQL, an update that changes nothing locks the row; SQLite has a single writer.
        let mine = gift_cards::table.filter(gift_cards::public_id.eq(public_id));
        let current: Option<Utc> = diesel::update(mine)
            .set(gift_cards::last4.eq(gift_cards::last4))
            .returning(gift_cards::expires_at)
            .get_result(tx.conn())?;
        if expected.is_none_or(|expected| expected == current) {
            return Ok(());
        }
        Err(Error::invalid("expires_on", Message::GiftCardExpiryChanged))
    }

    pub fn set_expiry(tx: &mut Tx<'_>, public_id: &str, expires_at: Option<Utc>, by: &Actor) -> Result<()> {
        let card = GiftCard::find(tx.conn(), public_id)?;
        diesel::update(gift_cards::table.find(card.id))
            .set(gift_cards::expires_at.eq(expires_at))
            .execute(tx.conn())?;
        let cause = match expires_at {
            Some(end) if end <= tx.now() => AdjustmentCause::Blocked,
            Some(_) => AdjustmentCause::ExpiryChanged,
            None => AdjustmentCause::ExpiryRemoved,
        };
        NewLedgerEntry::adjust(card.id, 0, cause, by).insert(tx)
    }

    /// Expires the card now; it keeps its balance.
    pub fn block(tx: &mut Tx<'_>, public_id: &str, by: &Actor) -> Result<()> {
        let now = tx.now();
        GiftCard::set_expiry(tx, public_id, Some(now), by)
    }
}
