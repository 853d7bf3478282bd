//! A visitor's cart: kept in the database under the hash of an opaque cookie. It promises no stock.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::coupon::Coupon;
use super::coupon::applying::Refusal;
use super::product::choosing::named;
use super::product::{Product, Status};
use super::quote::Item;
use super::setting::Settings;
use super::variant::{Variant, stock};
use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::{cart_gift_cards, cart_lines, carts, products, variants};
use crate::support::clock::Utc;
use crate::support::token;

/// A cart is forgotten after so long without a change.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 60);
/// Different things a cart holds at most.
const MOST_LINES: i64 = 100;
/// Pieces of one thing at most.
pub const MOST_PIECES: i64 = 999;

/// An open cart.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = carts, check_for_backend(Db))]
pub struct Cart {
    /// The row.
    pub id: i64,
    /// Goes up with each change.
    pub version: i64,
    /// The discount code that was typed; empty for none.
    pub coupon_code: String,
}

/// A line with what it buys.
#[derive(Clone, Debug)]
pub struct Line {
    /// The row.
    pub id: i64,
    /// Pieces.
    pub quantity: i64,
    /// What is bought.
    pub variant: Variant,
    /// Its product.
    pub product: Product,
}

impl Line {
    /// Whether it can still be bought.
    pub fn is_for_sale(&self) -> bool {
        self.product.status == Status::Active && self.variant.for_sale
    }

    /// What it is called, with what was chosen: `Shirt (Size: M)`.
    pub fn name(&self) -> String {
        named(&self.product.title, &self.variant.options)
    }

    /// Price of all its pieces, in minor units, on the shop's basis.
    pub fn goods_minor(&self) -> i64 {
        self.variant.price_minor.saturating_mul(self.quantity)
    }

    /// As it is priced.
    pub fn item(&self, discountable: bool) -> Item {
        Item {
            unit_minor: self.variant.price_minor,
            quantity: self.quantity,
            tax_class: self.product.tax_class,
            discountable: discountable && !self.product.gift_card,
            gift_card: self.product.gift_card,
        }
    }
}

impl Cart {
    /// The cart behind a cookie, if it is still open.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn open(conn: &mut Conn, token: Option<&str>, now: Utc) -> Result<Option<Cart>> {
        let Some(token) = token else { return Ok(None) };
        Ok(carts::table
            .filter(carts::token_hash.eq(token::hash(token)))
            .filter(carts::status.eq("open").and(carts::expires_at.gt(now)))
            .select(Cart::as_select())
            .first(conn)
            .optional()?)
    }

    /// The cart behind a cookie, or a new one and its token. The new one knows the cart before it if that became an order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ensure(tx: &mut Tx<'_>, token: Option<&str>) -> Result<(Cart, Option<String>)> {
        let now = tx.now();
        match Cart::open(tx.conn(), token, now)? {
            Some(cart) => Ok((cart, None)),
            None => Cart::begin(tx, token).map(|(cart, secret)| (cart, Some(secret))),
        }
    }

    /// A new cart and its token. It knows the cart behind `replaced` if that became an order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn begin(tx: &mut Tx<'_>, replaced: Option<&str>) -> Result<(Cart, String)> {
        let now = tx.now();
        let previous: Option<i64> = match replaced {
            Some(token) => carts::table
                .filter(carts::token_hash.eq(token::hash(token)).and(carts::status.eq("converted")))
                .select(carts::id)
                .first(tx.conn())
                .optional()?,
            None => None,
        };
        let secret = tx.secret()?;
        let row = (
            carts::token_hash.eq(token::hash(&secret)),
            carts::status.eq("open"),
            carts::version.eq(0),
            carts::updated_at.eq(now),
            carts::expires_at.eq(now.plus(LIFETIME)),
            carts::previous_id.eq(previous),
        );
        let id: i64 = diesel::insert_into(carts::table).values(row).returning(carts::id).get_result(tx.conn())?;
        Ok((Cart { id, version: 0, coupon_code: String::new() }, secret))
    }

    /// Puts pieces of a variant on sale into the cart. Returns the line's row.
    ///
    /// # Errors
    /// `Invalid` on `quantity` when it is no longer for sale or there are too many, or `OutOfStock`; `NotFound` when its
    /// product is not on sale.
    pub fn add(&self, tx: &mut Tx<'_>, variant_id: &str, quantity: i64) -> Result<i64> {
        let (variant, for_sale): (i64, bool) = variants::table
            .inner_join(products::table)
            .filter(variants::public_id.eq(variant_id).and(products::status.eq("active")))
            .select((variants::id, variants::for_sale))
            .first(tx.conn())?;
        if !for_sale {
            return Err(Error::invalid("quantity", "We no longer sell this one. Please choose another."));
        }
        self.touch(tx)?;
        let mine = cart_lines::cart_id.eq(self.id);
        let known: Option<(i64, i64)> = cart_lines::table
            .filter(mine.and(cart_lines::variant_id.eq(variant)))
            .select((cart_lines::id, cart_lines::quantity))
            .first(tx.conn())
            .optional()?;
        let wanted = quantity + known.map_or(0, |(_, there)| there);
        check_stock(tx, variant, wanted)?;
        if let Some((line, _)) = known {
            diesel::update(cart_lines::table.find(line)).set(cart_lines::quantity.eq(wanted)).execute(tx.conn())?;
            return Ok(line);
        }
        let lines: i64 = cart_lines::table.filter(mine).count().get_result(tx.conn())?;
        if lines >= MOST_LINES {
            return Err(Error::invalid("quantity", "A cart holds at most 100 different things."));
        }
        let row =
            (cart_lines::cart_id.eq(self.id), cart_lines::variant_id.eq(variant), cart_lines::quantity.eq(quantity));
        Ok(diesel::insert_into(cart_lines::table).values(row).returning(cart_lines::id).get_result(tx.conn())?)
    }

    /// Changes how many pieces a line has; none takes it out.
    ///
    /// # Errors
    /// `OutOfStock`, or `NotFound` when the line is not in this cart.
    pub fn change(&self, tx: &mut Tx<'_>, line: i64, quantity: i64) -> Result<()> {
        self.touch(tx)?;
        let mine = cart_lines::id.eq(line).and(cart_lines::cart_id.eq(self.id));
        let variant: i64 = cart_lines::table.filter(mine).select(cart_lines::variant_id).first(tx.conn())?;
        if quantity == 0 {
            diesel::delete(cart_lines::table.find(line)).execute(tx.conn())?;
            return Ok(());
        }
        check_stock(tx, variant, quantity)?;
        diesel::update(cart_lines::table.find(line)).set(cart_lines::quantity.eq(quantity)).execute(tx.conn())?;
        Ok(())
    }

    /// Puts what was in a cart that became an order into this one: things, code and gift cards. What does not fit any more
    /// is cut off; whether it can still be bought is not asked here.
    ///
    /// # Errors
    /// `CartChanged` when this cart is not open any more.
    pub(super) fn put_back(&self, tx: &mut Tx<'_>, from: i64) -> Result<()> {
        self.touch(tx)?;
        let lines = |cart: i64| cart_lines::table.filter(cart_lines::cart_id.eq(cart)).order(cart_lines::id);
        let columns = (cart_lines::variant_id, cart_lines::quantity);
        let back: Vec<(i64, i64)> = lines(from).select(columns).load(tx.conn())?;
        let mut there: Vec<(i64, i64)> = lines(self.id).select(columns).load(tx.conn())?;
        for (variant, quantity) in back {
            let mine = cart_lines::cart_id.eq(self.id).and(cart_lines::variant_id.eq(variant));
            match there.iter().find(|(known, _)| *known == variant) {
                Some((_, known)) => {
                    let all = (known + quantity).min(MOST_PIECES);
                    diesel::update(cart_lines::table.filter(mine))
                        .set(cart_lines::quantity.eq(all))
                        .execute(tx.conn())?;
                }
                None if i64::try_from(there.len()).is_ok_and(|lines| lines < MOST_LINES) => {
                    let row = (
                        cart_lines::cart_id.eq(self.id),
                        cart_lines::variant_id.eq(variant),
                        cart_lines::quantity.eq(quantity),
                    );
                    diesel::insert_into(cart_lines::table).values(row).execute(tx.conn())?;
                    there.push((variant, quantity));
                }
                None => {}
            }
        }
        let code: String = carts::table.find(from).select(carts::coupon_code).first(tx.conn())?;
        let without = carts::id.eq(self.id).and(carts::coupon_code.eq(""));
        diesel::update(carts::table.filter(without)).set(carts::coupon_code.eq(code)).execute(tx.conn())?;
        let cards: Vec<i64> = cart_gift_cards::table
            .filter(cart_gift_cards::cart_id.eq(from))
            .select(cart_gift_cards::gift_card_id)
            .load(tx.conn())?;
        for card in cards {
            let row = (cart_gift_cards::cart_id.eq(self.id), cart_gift_cards::gift_card_id.eq(card));
            let conn = tx.conn();
            each!(conn => diesel::insert_into(cart_gift_cards::table).values(row).on_conflict_do_nothing().execute(conn))?;
        }
        Ok(())
    }

    /// Puts a discount code on the cart, or the gift card of a code.
    ///
    /// # Errors
    /// `Invalid` on `code`, saying why it is not good for this cart.
    pub fn use_code(&self, tx: &mut Tx<'_>, settings: &Settings, typed: &str) -> Result<()> {
        let now = tx.now();
        let lines = self.lines(tx.conn())?;
        match Coupon::apply(tx.conn(), typed, &lines, "", now)? {
            Ok(applied) => self.keep_code(tx, &applied.coupon.code),
            Err(Refusal::Unknown) if self.use_card(tx, settings, &lines, typed)? => Ok(()),
            Err(refusal) => Err(Error::invalid("code", refusal.message(settings))),
        }
    }

    /// Takes the discount code off the cart.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn drop_code(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.keep_code(tx, "")
    }

    fn keep_code(&self, tx: &mut Tx<'_>, code: &str) -> Result<()> {
        self.touch(tx)?;
        diesel::update(carts::table.find(self.id)).set(carts::coupon_code.eq(code)).execute(tx.conn())?;
        Ok(())
    }

    /// Each change makes a new version, so that a checkout page of an old one is noticed. Whoever changes a cart
    /// holds its row until the end of the transaction.
    pub(super) fn touch(&self, tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let open = carts::id.eq(self.id).and(carts::status.eq("open"));
        let touched = diesel::update(carts::table.filter(open))
            .set((
                carts::version.eq(carts::version + 1),
                carts::updated_at.eq(now),
                carts::expires_at.eq(now.plus(LIFETIME)),
            ))
            .execute(tx.conn())?;
        if touched == 1 { Ok(()) } else { Err(Error::CartChanged) }
    }

    /// Its lines, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn lines(&self, conn: &mut Conn) -> Result<Vec<Line>> {
        let rows: Vec<(i64, i64, Variant, Product)> = cart_lines::table
            .inner_join(variants::table.inner_join(products::table))
            .filter(cart_lines::cart_id.eq(self.id))
            .order(cart_lines::id)
            .select((cart_lines::id, cart_lines::quantity, Variant::as_select(), Product::as_select()))
            .load(conn)?;
        let lines = rows.into_iter().map(|(id, quantity, variant, product)| Line { id, quantity, variant, product });
        Ok(lines.collect())
    }

    /// Pieces in the cart behind a cookie.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn pieces(conn: &mut Conn, token: Option<&str>, now: Utc) -> Result<i64> {
        let Some(token) = token else { return Ok(0) };
        let hash = token::hash(token);
        // Asked of the connection inside, which knows the question by its type and does not spell it anew.
        let pieces: Vec<i64> = each!(conn => cart_lines::table
            .inner_join(carts::table)
            .filter(carts::token_hash.eq(hash))
            .filter(carts::status.eq("open").and(carts::expires_at.gt(now)))
            .select(cart_lines::quantity)
            .load(conn))?;
        Ok(pieces.iter().sum())
    }
}

fn check_stock(tx: &mut Tx<'_>, variant: i64, wanted: i64) -> Result<()> {
    let left = stock::left(tx.conn(), variant)?;
    if wanted > left {
        return Err(Error::OutOfStock { variant, left });
    }
    if wanted > MOST_PIECES {
        return Err(Error::invalid("quantity", "You can order at most 999 pieces of one thing."));
    }
    Ok(())
}
