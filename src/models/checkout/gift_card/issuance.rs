//! Creates gift cards: for the lines of a paid order, or by staff.

use diesel::prelude::*;

use super::{CODE_PURPOSE, GiftCard, LedgerEntryKind, NewLedgerEntry};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::schema::gift_cards;
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{GiftCardId, OrderId, OrderLineId};
use crate::support::money::Money;
use crate::support::token;

/// A gift card as staff enter it.
#[derive(Clone, Debug)]
pub struct NewGiftCard {
    pub amount: Money,
    pub expires_at: Option<Utc>,
    /// The recipient of the code; empty for none.
    pub email: String,
}

impl GiftCard {
    /// Creates a card on behalf of staff; its code is emailed if there is a recipient.
    ///
    /// # Errors
    /// `Invalid` on `expires_on` if that is in the past.
    pub fn issue_manually(tx: &mut Tx<'_>, wanted: &NewGiftCard, by: &Actor) -> Result<GiftCard> {
        if wanted.expires_at.is_some_and(|end| end <= tx.now()) {
            return Err(Error::invalid("expires_on", Message::GiftCardExpiryPast));
        }
        let card = insert(tx, wanted, None, by)?;
        Event::GiftCardIssuedManually { gift_card: card.id }.record(tx, by)?;
        Ok(card)
    }

    /// Creates `pieces` cards worth `amount` each for an order line.
    pub fn issue_for_line(
        tx: &mut Tx<'_>,
        order: OrderId,
        line: OrderLineId,
        amount: Money,
        pieces: i64,
        by: &Actor,
    ) -> Result<()> {
        let wanted = NewGiftCard { amount, expires_at: None, email: String::new() };
        for _ in 0..pieces {
            insert(tx, &wanted, Some((order, line)), by)?;
        }
        Ok(())
    }
}

fn insert(
    tx: &mut Tx<'_>,
    wanted: &NewGiftCard,
    bought: Option<(OrderId, OrderLineId)>,
    by: &Actor,
) -> Result<GiftCard> {
    let public_id = tx.generate_public_id()?;
    let code = tx.secret_key().code(CODE_PURPOSE, &public_id);
    let last4: String = code.chars().skip(code.len().saturating_sub(4)).collect();
    let row = (
        gift_cards::public_id.eq(&public_id),
        gift_cards::idempotency_key.eq(tx.idempotency_key().unwrap_or(&public_id).to_owned()),
        gift_cards::code_hash.eq(token::sha256_hex(&code)),
        gift_cards::last4.eq(last4),
        gift_cards::currency.eq(wanted.amount.currency),
        gift_cards::balance_minor.eq(wanted.amount.minor),
        gift_cards::expires_at.eq(wanted.expires_at),
        gift_cards::email.eq(&wanted.email),
        gift_cards::order_line_id.eq(bought.map(|(_, line)| line)),
        gift_cards::created_at.eq(tx.now()),
    );
    let card: GiftCardId =
        diesel::insert_into(gift_cards::table).values(row).returning(gift_cards::id).get_result(tx.conn())?;
    let order = bought.map(|(order, _)| order);
    NewLedgerEntry { order, ..NewLedgerEntry::new(card, LedgerEntryKind::Issue, wanted.amount.minor, by) }
        .insert(tx)?;
    GiftCard::get(tx.conn(), card)
}
