//! Cards on a cart: which are good for it, and what each pays.

use diesel::prelude::*;

use super::{GiftCard, Standing};
use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::models::cart::{Cart, Line};
use crate::models::setting::Settings;
use crate::schema::{cart_gift_cards, gift_cards};
use crate::support::clock::Utc;

/// Cards on one cart at most.
const MOST: i64 = 5;

/// Why a card does not pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its time is over.
    Expired,
    /// Nothing is left on it.
    Empty,
    /// The shop sells in another currency.
    Currency,
    /// There are as many cards as one cart takes.
    TooMany,
    /// Everything in the cart is a gift card itself.
    OnlyCards,
}

impl Refusal {
    /// For the buyer.
    pub fn message(self) -> &'static str {
        match self {
            Refusal::Expired => "This gift card has expired.",
            Refusal::Empty => "Nothing is left on this gift card.",
            Refusal::Currency => "This gift card is for another currency.",
            Refusal::TooMany => "You can use at most 5 gift cards for one order.",
            Refusal::OnlyCards => "A gift card cannot be bought with a gift card.",
        }
    }
}

/// A card that was put on a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCart {
    /// The card.
    pub card: GiftCard,
    /// Why it does not pay, if it does not.
    pub refused: Option<Refusal>,
}

/// What a card pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The card.
    pub card: GiftCard,
    /// Minor units; nothing when others have paid it all.
    pub minor: i64,
}

impl GiftCard {
    fn refusal(&self, settings: &Settings, now: Utc) -> Option<Refusal> {
        match self.standing(now) {
            _ if self.currency != settings.currency.code() => Some(Refusal::Currency),
            Standing::Expired => Some(Refusal::Expired),
            Standing::Empty => Some(Refusal::Empty),
            Standing::Good => None,
        }
    }
}

impl Cart {
    /// The cards on the cart, those first that expire first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn gift_cards(&self, conn: &mut Conn, settings: &Settings, now: Utc) -> Result<Vec<OnCart>> {
        let cards: Vec<GiftCard> = cart_gift_cards::table
            .inner_join(gift_cards::table)
            .filter(cart_gift_cards::cart_id.eq(self.id))
            .order((gift_cards::expires_at.is_null(), gift_cards::expires_at, gift_cards::id))
            .select(GiftCard::as_select())
            .load(conn)?;
        let on_cart = |card: GiftCard| OnCart { refused: card.refusal(settings, now), card };
        Ok(cards.into_iter().map(on_cart).collect())
    }

    /// Puts the card of a code on the cart. Whether there is such a card.
    ///
    /// # Errors
    /// `Invalid` on `code`, saying why it is not good for this cart.
    pub(in crate::models) fn use_card(
        &self,
        tx: &mut Tx<'_>,
        settings: &Settings,
        lines: &[Line],
        typed: &str,
    ) -> Result<bool> {
        let now = tx.now();
        let Some(card) = GiftCard::by_code(tx.conn(), typed)? else { return Ok(false) };
        let refuse = |refusal: Refusal| Err(Error::invalid("code", refusal.message()));
        if let Some(refusal) = card.refusal(settings, now) {
            return refuse(refusal);
        }
        if lines.iter().all(|line| line.product.gift_card) {
            return refuse(Refusal::OnlyCards);
        }
        self.touch(tx)?;
        let mine = cart_gift_cards::table.filter(cart_gift_cards::cart_id.eq(self.id));
        let others: i64 = mine.filter(cart_gift_cards::gift_card_id.ne(card.id)).count().get_result(tx.conn())?;
        if others >= MOST {
            return refuse(Refusal::TooMany);
        }
        let row = (cart_gift_cards::cart_id.eq(self.id), cart_gift_cards::gift_card_id.eq(card.id));
        let conn = tx.conn();
        each!(conn => diesel::insert_into(cart_gift_cards::table).values(row).on_conflict_do_nothing().execute(conn))?;
        Ok(true)
    }

    /// Takes a card off the cart, by its public id.
    ///
    /// # Errors
    /// `CartChanged` when the cart is no longer open.
    pub fn drop_card(&self, tx: &mut Tx<'_>, public_id: &str) -> Result<()> {
        self.touch(tx)?;
        let card = gift_cards::table.filter(gift_cards::public_id.eq(public_id)).select(gift_cards::id);
        let mine = cart_gift_cards::cart_id.eq(self.id).and(cart_gift_cards::gift_card_id.eq_any(card));
        diesel::delete(cart_gift_cards::table.filter(mine)).execute(tx.conn())?;
        Ok(())
    }
}

/// What each card that is good pays of an amount in minor units: one after the other, as far as each goes.
pub fn split(cards: &[OnCart], payable: i64) -> Vec<Part> {
    let mut left = payable.max(0);
    let good = cards.iter().filter(|on_cart| on_cart.refused.is_none());
    let part = |on_cart: &OnCart| {
        let minor = left.min(on_cart.card.balance_minor);
        left -= minor;
        Part { card: on_cart.card.clone(), minor }
    };
    good.map(part).collect()
}
