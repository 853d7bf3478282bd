//! The cart of a customer, the same on every device. Its token is derived from the site's key and never leaves the
//! server: whoever is signed in has it, so no cookie of a shared computer opens it.

use diesel::prelude::*;

use super::{Cart, CartStatus, MAX_LINES, MAX_QUANTITY, NewCartLine};
use crate::db::Tx;
use crate::error::Result;
use crate::models::catalog::variant::stock;
use crate::schema::{cart_gift_cards, cart_lines, carts};
use crate::support::ids::{AccountId, CartId, CartLineId, GiftCardId};
use crate::support::token::{self, SecretKey};

const PURPOSE: &str = "account cart";

impl Cart {
    /// The token of an account's cart.
    pub fn account_token(key: &SecretKey, account: AccountId) -> String {
        format!("{account}.{}", key.token(PURPOSE, &account.to_string()))
    }

    /// The account of a token of [`Cart::account_token`].
    pub(super) fn account_of_token(key: &SecretKey, token: &str) -> Option<AccountId> {
        let account: AccountId = token.split_once('.')?.0.parse().ok()?;
        token::are_equal(&Cart::account_token(key, account), token).then_some(account)
    }

    /// Takes the account's token off its last cart, which was ordered or has expired, for the next one.
    pub(super) fn release_account_token(tx: &mut Tx<'_>, token: &str) -> Result<()> {
        let (now, hash, unused) = (tx.now(), token::sha256_hex(token), token::sha256_hex(tx.generate_secret()?));
        let mine = carts::token_hash.eq(&hash);
        let expired = mine.and(carts::status.eq(CartStatus::Open)).and(carts::expires_at.le(now));
        diesel::update(carts::table.filter(expired))
            .set((carts::token_hash.eq(&unused), carts::account_id.eq(None::<AccountId>)))
            .execute(tx.conn())?;
        let ordered = carts::token_hash.eq(&hash).and(carts::status.ne(CartStatus::Open));
        diesel::update(carts::table.filter(ordered)).set(carts::token_hash.eq(&unused)).execute(tx.conn())?;
        Ok(())
    }

    /// Moves what a guest has collected into the account's cart. Quantities are added up, as far as stock and the
    /// limits of a cart allow. Returns the names of the items of which less was taken over.
    pub fn merge_into_account(tx: &mut Tx<'_>, account: AccountId, guest_token: &str) -> Result<Vec<String>> {
        let now = tx.now();
        let guest: Option<(CartId, CartStatus, Option<CartId>, String)> = carts::table
            .filter(carts::token_hash.eq(token::sha256_hex(guest_token)).and(carts::account_id.is_null()))
            .filter(carts::expires_at.gt(now))
            .select((carts::id, carts::status, carts::previous_id, carts::coupon_code))
            .first(tx.conn())
            .optional()?;
        let Some((guest, status, previous, coupon)) = guest else { return Ok(Vec::new()) };
        let token = Cart::account_token(tx.secret_key(), account);
        let (mine, _) = Cart::find_or_create(tx, Some(&token))?;
        mine.touch(tx)?;
        // A guest's order that waits for its payment stays in reach.
        let pending = if status == CartStatus::Open { previous } else { Some(guest) };
        let without = carts::table.filter(carts::id.eq(mine.id).and(carts::previous_id.is_null()));
        diesel::update(without).set(carts::previous_id.eq(pending)).execute(tx.conn())?;
        if status != CartStatus::Open {
            return Ok(Vec::new());
        }
        let reduced = mine.take_over_lines(tx, guest)?;
        let without = carts::table.filter(carts::id.eq(mine.id).and(carts::coupon_code.eq("")));
        diesel::update(without).set(carts::coupon_code.eq(coupon)).execute(tx.conn())?;
        let cards: Vec<GiftCardId> = cart_gift_cards::table
            .filter(cart_gift_cards::cart_id.eq(guest))
            .select(cart_gift_cards::gift_card_id)
            .load(tx.conn())?;
        for card in cards {
            mine.insert_gift_card(tx, card)?;
        }
        // Its lines and gift cards go with it.
        diesel::delete(carts::table.find(guest)).execute(tx.conn())?;
        Ok(reduced)
    }

    fn take_over_lines(&self, tx: &mut Tx<'_>, guest: CartId) -> Result<Vec<String>> {
        let from = Cart { id: guest, ..self.clone() };
        let mut existing = self.lines(tx.conn())?;
        let mut reduced = Vec::new();
        for line in from.lines(tx.conn())? {
            let found: Option<(CartLineId, i64)> = existing
                .iter()
                .find(|other| other.variant.id == line.variant.id)
                .map(|other| (other.id, other.quantity));
            let before = found.map_or(0, |(_, quantity)| quantity);
            let wanted = before + line.quantity;
            let limit = stock::available_quantity(tx.conn(), line.variant.id)?.clamp(1, MAX_QUANTITY);
            let quantity = wanted.min(limit.max(before));
            let is_full = found.is_none() && i64::try_from(existing.len()).is_ok_and(|lines| lines >= MAX_LINES);
            if quantity < wanted || is_full {
                reduced.push(line.name());
            }
            match found {
                Some((id, _)) => {
                    diesel::update(cart_lines::table.find(id))
                        .set(cart_lines::quantity.eq(quantity))
                        .execute(tx.conn())?;
                }
                None if is_full => {}
                None => {
                    let row = NewCartLine { cart_id: self.id, variant_id: line.variant.id, quantity };
                    diesel::insert_into(cart_lines::table).values(row).execute(tx.conn())?;
                    existing.push(line);
                }
            }
        }
        Ok(reduced)
    }
}
