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
use crate::support::money::{Currency, Money};
use crate::support::token;

#[derive(Clone, Debug)]
pub struct NewGiftCard {
    pub amount: Money,
    pub expires_at: Option<Utc>,
    pub email: String,
}

#[derive(Insertable)]
#[diesel(table_name = gift_cards, treat_none_as_default_value = false)]
struct GiftCardRow<'a> {
    public_id: &'a str,
    idempotency_key: String,
    code_hash: String,
    last4: String,
    currency: Currency,
    balance_minor: i64,
    expires_at: Option<Utc>,
    email: &'a str,
    order_line_id: Option<OrderLineId>,
    created_at: Utc,
}

impl GiftCard {
    /// Creates a card and emails its code to the recipient, if any; `Invalid` on `expires_on` in the past.
    pub fn issue_manually(tx: &mut Tx<'_>, new: &NewGiftCard, by: &Actor) -> Result<GiftCard> {
        if new.expires_at.is_some_and(|end| end <= tx.now()) {
            return Err(Error::invalid("expires_on", Message::GiftCardExpiryPast));
        }
        let card = insert(tx, new, None, by)?;
        Event::GiftCardIssuedManually { gift_card: card.id }.record(tx, by)?;
        Ok(card)
    }

    pub fn issue_for_line(
        tx: &mut Tx<'_>,
        order: OrderId,
        line: OrderLineId,
        amount: Money,
        pieces: i64,
        by: &Actor,
    ) -> Result<()> {
        let new = NewGiftCard { amount, expires_at: None, email: String::new() };
        for _ in 0..pieces {
            insert(tx, &new, Some((order, line)), by)?;
        }
        Ok(())
    }
}

fn insert(
    tx: &mut Tx<'_>,
    new: &NewGiftCard,
    purchase: Option<(OrderId, OrderLineId)>,
    by: &Actor,
) -> Result<GiftCard> {
    let public_id = tx.generate_public_id()?;
    let code = tx.secret_key().code(CODE_PURPOSE, &public_id);
    let last4: String = code.chars().skip(code.len().saturating_sub(4)).collect();
    let row = GiftCardRow {
        public_id: &public_id,
        idempotency_key: tx.idempotency_key().unwrap_or(&public_id).to_owned(),
        code_hash: token::sha256_hex(&code),
        last4,
        currency: new.amount.currency,
        balance_minor: new.amount.minor,
        expires_at: new.expires_at,
        email: &new.email,
        order_line_id: purchase.map(|(_, line)| line),
        created_at: tx.now(),
    };
    let card: GiftCardId =
        diesel::insert_into(gift_cards::table).values(row).returning(gift_cards::id).get_result(tx.conn())?;
    let order = purchase.map(|(order, _)| order);
    NewLedgerEntry { order, ..NewLedgerEntry::new(card, LedgerEntryKind::Issue, new.amount.minor, by) }.insert(tx)?;
    GiftCard::get(tx.conn(), card)
}
