//! A visitor's cart, stored under the hash of an opaque cookie, or of a token that is derived for an account. It
//! reserves no stock.

pub mod account_cart;

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::product::options::variant_name;
use crate::models::catalog::product::{Product, ProductStatus};
use crate::models::catalog::variant::{Variant, stock};
use crate::models::checkout::quote::QuoteItem;
use crate::on_backend;
use crate::schema::{cart_gift_cards, cart_lines, carts, products, variants};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{AccountId, CartId, CartLineId, GiftCardId, VariantId};
use crate::support::token;
use crate::text_enum;

text_enum! {
    CartStatus {
        Open = "open",
        Converted = "converted",
        Merged = "merged",
        Expired = "expired",
    }
}

/// A cart expires after this time without a change.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 60);
const MAX_LINES: i64 = 100;
/// Largest quantity of a line.
pub const MAX_QUANTITY: i64 = 999;

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = carts, check_for_backend(AnyBackend))]
pub struct Cart {
    pub id: CartId,
    /// Incremented by each change, so that an outdated checkout page is detected.
    pub version: i64,
    pub coupon_code: String,
    /// The customer whose cart it is on every device; `None` for a guest's.
    pub account_id: Option<AccountId>,
}

#[derive(Clone, Debug)]
pub struct CartLine {
    pub id: CartLineId,
    pub quantity: i64,
    pub variant: Variant,
    pub product: Product,
}

#[derive(Insertable)]
#[diesel(table_name = carts, treat_none_as_default_value = false)]
struct NewCart {
    token_hash: String,
    status: CartStatus,
    version: i64,
    updated_at: Utc,
    expires_at: Utc,
    previous_id: Option<CartId>,
    account_id: Option<AccountId>,
}

#[derive(Insertable)]
#[diesel(table_name = cart_lines, treat_none_as_default_value = false)]
struct NewCartLine {
    cart_id: CartId,
    variant_id: VariantId,
    quantity: i64,
}

#[derive(Insertable)]
#[diesel(table_name = cart_gift_cards, treat_none_as_default_value = false)]
struct NewCartGiftCard {
    cart_id: CartId,
    gift_card_id: GiftCardId,
}

impl CartLine {
    pub fn is_for_sale(&self) -> bool {
        self.product.status == ProductStatus::Active && self.variant.for_sale
    }

    pub fn name(&self) -> String {
        variant_name(&self.product.title, &self.variant.options)
    }

    /// Unit price × quantity, minor units; includes tax or not, as the shop's prices do.
    pub fn goods_minor(&self) -> i64 {
        self.variant.price_minor.saturating_mul(self.quantity)
    }

    pub fn to_quote_item(&self, discountable: bool) -> QuoteItem {
        QuoteItem {
            unit_minor: self.variant.price_minor,
            quantity: self.quantity,
            tax_class: self.product.tax_class,
            discountable: discountable && !self.product.gift_card,
            gift_card: self.product.gift_card,
        }
    }
}

impl Cart {
    pub fn find_open(conn: &mut Conn, token: Option<&str>, now: Utc) -> Result<Option<Cart>> {
        let Some(token) = token else { return Ok(None) };
        Ok(Cart::query()
            .filter(carts::token_hash.eq(token::sha256_hex(token)))
            .filter(carts::status.eq(CartStatus::Open).and(carts::expires_at.gt(now)))
            .first(conn)
            .optional()?)
    }

    /// Returns the open cart of a token, or creates one and returns the token of its cookie too, if it is a guest's.
    pub fn find_or_create(tx: &mut Tx<'_>, token: Option<&str>) -> Result<(Cart, Option<String>)> {
        let now = tx.now();
        match Cart::find_open(tx.conn(), token, now)? {
            Some(cart) => Ok((cart, None)),
            None => Cart::create(tx, token),
        }
    }

    /// Creates a cart and returns the token of its cookie; an account's cart has none. If the cart behind `replaced`
    /// became an order, the new cart refers to it, so that the buyer can return to a pending payment.
    pub fn create(tx: &mut Tx<'_>, replaced: Option<&str>) -> Result<(Cart, Option<String>)> {
        let now = tx.now();
        let previous: Option<CartId> = match replaced {
            Some(token) => carts::table
                .filter(carts::token_hash.eq(token::sha256_hex(token)).and(carts::status.eq(CartStatus::Converted)))
                .select(carts::id)
                .first(tx.conn())
                .optional()?,
            None => None,
        };
        let account = replaced.and_then(|token| Cart::account_of_token(tx.secret_key(), token));
        let secret = match (account, replaced) {
            (Some(_), Some(token)) => {
                Cart::release_account_token(tx, token)?;
                token.to_owned()
            }
            _ => tx.generate_secret()?,
        };
        let row = NewCart {
            token_hash: token::sha256_hex(&secret),
            status: CartStatus::Open,
            version: 0,
            updated_at: now,
            expires_at: now.plus(LIFETIME),
            previous_id: previous,
            account_id: account,
        };
        let conn = tx.conn();
        let id: Option<CartId> = on_backend!(conn => diesel::insert_into(carts::table)
            .values(row)
            .on_conflict_do_nothing()
            .returning(carts::id)
            .get_result(conn)
            .optional())?;
        let cart = match id {
            Some(id) => Cart { id, version: 0, coupon_code: String::new(), account_id: account },
            // Another device of the account was faster.
            None => Cart::find_open(tx.conn(), Some(&secret), now)?.ok_or(Error::CartChanged)?,
        };
        Ok((cart, account.is_none().then_some(secret)))
    }

    /// Adds a quantity of a variant and returns the line's id.
    ///
    /// # Errors
    /// `Invalid` on `quantity` if the variant is not for sale, the quantity is above [`MAX_QUANTITY`], or the cart is
    /// full; `OutOfStock`; `NotFound` if the product is not active; `CartChanged` if the cart is no longer open.
    pub fn add(&self, tx: &mut Tx<'_>, variant_id: &str, quantity: i64) -> Result<CartLineId> {
        let (variant, for_sale): (VariantId, bool) = variants::table
            .inner_join(products::table)
            .filter(variants::public_id.eq(variant_id).and(products::status.eq(ProductStatus::Active)))
            .select((variants::id, variants::for_sale))
            .first(tx.conn())?;
        if !for_sale {
            return Err(Error::invalid("quantity", Message::VariantUnavailable));
        }
        self.touch(tx)?;
        let mine = cart_lines::cart_id.eq(self.id);
        let existing: Option<(CartLineId, i64)> = cart_lines::table
            .filter(mine.and(cart_lines::variant_id.eq(variant)))
            .select((cart_lines::id, cart_lines::quantity))
            .first(tx.conn())
            .optional()?;
        let total = quantity + existing.map_or(0, |(_, quantity)| quantity);
        check_stock(tx, variant, total)?;
        if let Some((line, _)) = existing {
            diesel::update(cart_lines::table.find(line)).set(cart_lines::quantity.eq(total)).execute(tx.conn())?;
            return Ok(line);
        }
        let lines: i64 = cart_lines::table.filter(mine).count().get_result(tx.conn())?;
        if lines >= MAX_LINES {
            return Err(Error::invalid("quantity", Message::CartFull { max: MAX_LINES }));
        }
        let row = NewCartLine { cart_id: self.id, variant_id: variant, quantity };
        Ok(diesel::insert_into(cart_lines::table).values(row).returning(cart_lines::id).get_result(tx.conn())?)
    }

    /// Sets the quantity of a line; zero removes the line.
    ///
    /// # Errors
    /// `OutOfStock`; `Invalid` on `quantity` above [`MAX_QUANTITY`]; `NotFound` if the line is not in this cart;
    /// `CartChanged` if the cart is no longer open.
    pub fn set_quantity(&self, tx: &mut Tx<'_>, line: CartLineId, quantity: i64) -> Result<()> {
        self.touch(tx)?;
        let mine = cart_lines::id.eq(line).and(cart_lines::cart_id.eq(self.id));
        let variant: VariantId = cart_lines::table.filter(mine).select(cart_lines::variant_id).first(tx.conn())?;
        if quantity == 0 {
            diesel::delete(cart_lines::table.find(line)).execute(tx.conn())?;
            return Ok(());
        }
        check_stock(tx, variant, quantity)?;
        diesel::update(cart_lines::table.find(line)).set(cart_lines::quantity.eq(quantity)).execute(tx.conn())?;
        Ok(())
    }

    /// Copies lines, discount code and gift cards of a cart that became an order into this one, up to the limits of a
    /// cart, without checking availability; `CartChanged` if this cart is no longer open.
    pub(in crate::models) fn restore_from(&self, tx: &mut Tx<'_>, from: CartId) -> Result<()> {
        self.touch(tx)?;
        let lines = |cart: CartId| cart_lines::table.filter(cart_lines::cart_id.eq(cart)).order(cart_lines::id);
        let columns = (cart_lines::variant_id, cart_lines::quantity);
        let ordered: Vec<(VariantId, i64)> = lines(from).select(columns).load(tx.conn())?;
        let mut existing: Vec<(VariantId, i64)> = lines(self.id).select(columns).load(tx.conn())?;
        for (variant, quantity) in ordered {
            let mine = cart_lines::cart_id.eq(self.id).and(cart_lines::variant_id.eq(variant));
            match existing.iter().find(|(other, _)| *other == variant) {
                Some((_, old_quantity)) => {
                    let total = (old_quantity + quantity).min(MAX_QUANTITY);
                    diesel::update(cart_lines::table.filter(mine))
                        .set(cart_lines::quantity.eq(total))
                        .execute(tx.conn())?;
                }
                None if i64::try_from(existing.len()).is_ok_and(|lines| lines < MAX_LINES) => {
                    let row = NewCartLine { cart_id: self.id, variant_id: variant, quantity };
                    diesel::insert_into(cart_lines::table).values(row).execute(tx.conn())?;
                    existing.push((variant, quantity));
                }
                None => {}
            }
        }
        let code: String = carts::table.find(from).select(carts::coupon_code).first(tx.conn())?;
        let without = carts::id.eq(self.id).and(carts::coupon_code.eq(""));
        diesel::update(carts::table.filter(without)).set(carts::coupon_code.eq(code)).execute(tx.conn())?;
        let cards: Vec<GiftCardId> = cart_gift_cards::table
            .filter(cart_gift_cards::cart_id.eq(from))
            .select(cart_gift_cards::gift_card_id)
            .load(tx.conn())?;
        for card in cards {
            self.insert_gift_card(tx, card)?;
        }
        Ok(())
    }

    /// Puts a gift card on the cart, unless it is there already.
    pub(super) fn insert_gift_card(&self, tx: &mut Tx<'_>, card: GiftCardId) -> Result<()> {
        let row = NewCartGiftCard { cart_id: self.id, gift_card_id: card };
        let conn = tx.conn();
        on_backend!(conn => diesel::insert_into(cart_gift_cards::table).values(row).on_conflict_do_nothing().execute(conn))?;
        Ok(())
    }

    pub(super) fn set_coupon_code(&self, tx: &mut Tx<'_>, code: &str) -> Result<()> {
        self.touch(tx)?;
        diesel::update(carts::table.find(self.id)).set(carts::coupon_code.eq(code)).execute(tx.conn())?;
        Ok(())
    }

    /// Increments the version, so that an outdated checkout page is detected, and locks the cart's row until the end of
    /// the transaction; `CartChanged` if the cart is no longer open.
    pub(in crate::models) fn touch(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let open = carts::id.eq(self.id).and(carts::status.eq(CartStatus::Open));
        let touched = diesel::update(carts::table.filter(open))
            .set((
                carts::version.eq(carts::version + 1),
                carts::updated_at.eq(now),
                carts::expires_at.eq(now.plus(LIFETIME)),
            ))
            .execute(tx.conn())?;
        if touched == 1 { Ok(()) } else { Err(Error::CartChanged) }
    }

    pub fn lines(&self, conn: &mut Conn) -> Result<Vec<CartLine>> {
        let rows: Vec<(CartLineId, i64, Variant, Product)> = cart_lines::table
            .inner_join(variants::table.inner_join(products::table))
            .filter(cart_lines::cart_id.eq(self.id))
            .order(cart_lines::id)
            .select((cart_lines::id, cart_lines::quantity, Variant::as_select(), Product::as_select()))
            .load(conn)?;
        let lines =
            rows.into_iter().map(|(id, quantity, variant, product)| CartLine { id, quantity, variant, product });
        Ok(lines.collect())
    }

    pub fn count_items(conn: &mut Conn, token: Option<&str>, now: Utc) -> Result<i64> {
        let Some(token) = token else { return Ok(0) };
        let hash = token::sha256_hex(token);
        // Run on the inner connection, whose statement cache finds the query by its type without building its SQL.
        let pieces: Vec<i64> = on_backend!(conn => cart_lines::table
            .inner_join(carts::table)
            .filter(carts::token_hash.eq(hash))
            .filter(carts::status.eq(CartStatus::Open).and(carts::expires_at.gt(now)))
            .select(cart_lines::quantity)
            .load(conn))?;
        Ok(pieces.iter().sum())
    }
}

fn check_stock(tx: &mut Tx<'_>, variant: VariantId, quantity: i64) -> Result<()> {
    let available = stock::available_quantity(tx.conn(), variant)?;
    if quantity > available {
        return Err(Error::OutOfStock { variant, available });
    }
    if quantity > MAX_QUANTITY {
        return Err(Error::invalid("quantity", Message::QuantityTooHigh { max: MAX_QUANTITY }));
    }
    Ok(())
}
