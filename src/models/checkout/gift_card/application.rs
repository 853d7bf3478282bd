//! Gift cards on a cart: which can be used, and what each pays.

use diesel::prelude::*;

use super::{GiftCard, GiftCardStatus};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::checkout::cart::{Cart, CartLine};
use crate::models::platform::setting::Settings;
use crate::schema::{cart_gift_cards, gift_cards};
use crate::support::clock::Utc;
use crate::support::i18n::Message;

const MAX_PER_CART: i64 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiftCardError {
    Expired,
    Empty,
    WrongCurrency,
    TooMany,
    OnlyGiftCards,
}

impl GiftCardError {
    pub fn message(self) -> Message {
        match self {
            GiftCardError::Expired => Message::GiftCardExpired,
            GiftCardError::Empty => Message::GiftCardEmpty,
            GiftCardError::WrongCurrency => Message::GiftCardCurrency,
            GiftCardError::TooMany => Message::GiftCardsTooMany { max: MAX_PER_CART },
            GiftCardError::OnlyGiftCards => Message::GiftCardForGiftCards,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedGiftCard {
    pub card: GiftCard,
    /// `None` if it can be used.
    pub error: Option<GiftCardError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiftCardAllocation {
    pub card: GiftCard,
    /// Minor units; zero if other cards cover the total.
    pub amount_minor: i64,
}

impl GiftCard {
    fn find_error(&self, settings: &Settings, now: Utc) -> Option<GiftCardError> {
        match self.status(now) {
            _ if self.currency != settings.currency => Some(GiftCardError::WrongCurrency),
            GiftCardStatus::Expired => Some(GiftCardError::Expired),
            GiftCardStatus::Empty => Some(GiftCardError::Empty),
            GiftCardStatus::Active => None,
        }
    }
}

impl Cart {
    /// The gift cards on the cart, in order of expiry.
    pub fn gift_cards(&self, conn: &mut Conn, settings: &Settings, now: Utc) -> Result<Vec<AppliedGiftCard>> {
        let cards: Vec<GiftCard> = cart_gift_cards::table
            .inner_join(gift_cards::table)
            .filter(cart_gift_cards::cart_id.eq(self.id))
            .order((gift_cards::expires_at.is_null(), gift_cards::expires_at, gift_cards::id))
            .select(GiftCard::as_select())
            .load(conn)?;
        let apply = |card: GiftCard| AppliedGiftCard { error: card.find_error(settings, now), card };
        Ok(cards.into_iter().map(apply).collect())
    }

    /// Applies the gift card of a code to the cart. Returns false if there is no such card.
    ///
    /// # Errors
    /// `Invalid` on `code`, with the reason why it cannot be used; `CartChanged` if the cart is no longer open.
    pub(in crate::models) fn apply_gift_card(
        &self,
        tx: &mut Tx<'_>,
        settings: &Settings,
        lines: &[CartLine],
        typed: &str,
    ) -> Result<bool> {
        let now = tx.now();
        let Some(card) = GiftCard::find_by_code(tx.conn(), typed)? else { return Ok(false) };
        let refuse = |error: GiftCardError| Err(Error::invalid("code", error.message()));
        if let Some(error) = card.find_error(settings, now) {
            return refuse(error);
        }
        if lines.iter().all(|line| line.product.gift_card) {
            return refuse(GiftCardError::OnlyGiftCards);
        }
        self.touch(tx)?;
        let mine = cart_gift_cards::table.filter(cart_gift_cards::cart_id.eq(self.id));
        let others: i64 = mine.filter(cart_gift_cards::gift_card_id.ne(card.id)).count().get_result(tx.conn())?;
        if others >= MAX_PER_CART {
            return refuse(GiftCardError::TooMany);
        }
        self.insert_gift_card(tx, card.id)?;
        Ok(true)
    }

    /// Removes a gift card by its public id; `CartChanged` if the cart is no longer open.
    pub fn remove_gift_card(&self, tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        self.touch(tx)?;
        let card = gift_cards::table.filter(gift_cards::public_id.eq(public_id)).select(gift_cards::id);
        let mine = cart_gift_cards::cart_id.eq(self.id).and(cart_gift_cards::gift_card_id.eq_any(card));
        diesel::delete(cart_gift_cards::table.filter(mine)).execute(tx.conn())?;
        Ok(())
    }
}

/// Allocates an amount (minor units) to the usable cards, one after the other up to each balance.
pub fn allocate_gift_cards(cards: &[AppliedGiftCard], payable: i64) -> Vec<GiftCardAllocation> {
    let mut left = payable.max(0);
    let usable = cards.iter().filter(|applied| applied.error.is_none());
    let allocate = |applied: &AppliedGiftCard| {
        let amount_minor = left.min(applied.card.balance_minor);
        left -= amount_minor;
        GiftCardAllocation { card: applied.card.clone(), amount_minor }
    };
    usable.map(allocate).collect()
}
