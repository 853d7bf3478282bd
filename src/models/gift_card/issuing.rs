//! Making cards: for the lines of an order that is paid, or by hand.

use diesel::prelude::*;

use super::{CODE, Entry, EntryKind, GiftCard};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::fact::{Actor, Fact};
use crate::models::order::{Order, OrderLine};
use crate::schema::gift_cards;
use crate::support::clock::Utc;
use crate::support::money::Money;
use crate::support::token;

/// A card as staff want it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What is on it.
    pub amount: Money,
    /// Until when it can be used.
    pub expires_at: Option<Utc>,
    /// Where its code is mailed to; empty for nowhere.
    pub email: String,
}

impl GiftCard {
    /// Staff make a card, which is mailed if they say where to.
    ///
    /// # Errors
    /// `Invalid` when it would be over before it begins.
    pub fn issue_by_hand(tx: &mut Tx<'_>, wanted: &Wanted, by: &Actor) -> Result<GiftCard> {
        if wanted.expires_at.is_some_and(|end| end <= tx.now()) {
            let message = "This day is over. Choose a later one, or leave it empty.";
            return Err(Error::invalid("expires_on", message));
        }
        let card = insert(tx, wanted, None, by)?;
        Fact::GiftCardMade(card.id).record(tx, by)?;
        Ok(card)
    }

    /// Makes a card for each of so many pieces of a line; each is worth what one piece cost.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn issue_for_line(tx: &mut Tx<'_>, order: &Order, line: &OrderLine, pieces: i64, by: &Actor) -> Result<()> {
        let wanted = Wanted { amount: order.money(line.unit_minor), expires_at: None, email: String::new() };
        for _ in 0..pieces {
            insert(tx, &wanted, Some((order.id, line.id)), by)?;
        }
        Ok(())
    }
}

fn insert(tx: &mut Tx<'_>, wanted: &Wanted, bought: Option<(i64, i64)>, by: &Actor) -> Result<GiftCard> {
    let public_id = tx.public_id()?;
    let code = tx.key().code(CODE, &public_id);
    let last4: String = code.chars().skip(code.len().saturating_sub(4)).collect();
    let row = (
        gift_cards::public_id.eq(&public_id),
        gift_cards::act.eq(tx.act().unwrap_or(&public_id).to_owned()),
        gift_cards::code_hash.eq(token::hash(&code)),
        gift_cards::last4.eq(last4),
        gift_cards::currency.eq(wanted.amount.currency.code()),
        gift_cards::balance_minor.eq(wanted.amount.minor),
        gift_cards::expires_at.eq(wanted.expires_at),
        gift_cards::email.eq(&wanted.email),
        gift_cards::order_line_id.eq(bought.map(|(_, line)| line)),
        gift_cards::created_at.eq(tx.now()),
    );
    let card: i64 =
        diesel::insert_into(gift_cards::table).values(row).returning(gift_cards::id).get_result(tx.conn())?;
    let order = bought.map(|(order, _)| order);
    Entry { card, order, kind: EntryKind::Issue, delta: wanted.amount.minor, by: by.label(), note: "" }.write(tx)?;
    GiftCard::get(tx.conn(), card)
}
