//! Whether a code is good for a cart, and for which of its lines.

use diesel::prelude::*;

use super::redeeming::customer_key;
use super::{Coupon, Standing};
use crate::db::Conn;
use crate::error::Result;
use crate::models::cart::Line;
use crate::models::category::Category;
use crate::models::quote::Item;
use crate::models::setting::Settings;
use crate::schema::{categories, coupon_categories, coupon_customer_uses, coupon_products};
use crate::support::clock::Utc;
use crate::support::money::Money;

/// A code that is good for a cart.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The code.
    pub coupon: Coupon,
    /// For each line of the cart whether it takes something off it.
    pub lines: Vec<bool>,
}

impl Applied {
    /// What it takes off these lines, in minor units on the shop's basis.
    ///
    /// # Errors
    /// `Invalid` when an amount is past what we can take.
    pub fn off(&self, lines: &[Line]) -> Result<i64> {
        let items = self.items(lines);
        let goods: Vec<i64> = items.iter().map(|item| item.unit_minor.saturating_mul(item.quantity)).collect();
        Ok(self.coupon.discount().split(&goods, &items)?.iter().sum())
    }

    fn items(&self, lines: &[Line]) -> Vec<Item> {
        lines.iter().zip(&self.lines).map(|(line, discountable)| line.item(*discountable)).collect()
    }
}

/// Why a code is not good for a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such code, or it is switched off.
    Unknown,
    /// It begins later.
    NotYet(Utc),
    /// It is over.
    Expired,
    /// Others have used it up.
    UsedUp,
    /// This customer has used it up.
    CustomerUsedUp,
    /// The goods come to less than this, in minor units.
    Minimum(i64),
    /// Nothing in the cart is what it is for.
    NothingApplies,
}

impl Refusal {
    /// For the buyer.
    pub fn message(self, settings: &Settings) -> String {
        match self {
            Refusal::Unknown => "We do not know this code. Please check how it is written.".to_owned(),
            Refusal::NotYet(start) => {
                format!("This code is good from {} on.", start.format_in(&settings.time_zone, "%-d %B %Y, %H:%M"))
            }
            Refusal::Expired => "This code has expired.".to_owned(),
            Refusal::UsedUp => "This code has been used up.".to_owned(),
            Refusal::CustomerUsedUp => "You have used this code as often as it allows.".to_owned(),
            Refusal::Minimum(minor) => {
                let least = Money::new(minor, settings.currency).text(&settings.locale);
                format!("This code is for orders of {least} or more.")
            }
            Refusal::NothingApplies => "This code is for other things than those in your cart.".to_owned(),
        }
    }
}

impl Coupon {
    /// Whether a code is good for these lines of a cart now, for whoever has this e-mail address, if it is known yet.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn apply(
        conn: &mut Conn,
        typed: &str,
        lines: &[Line],
        email: &str,
        now: Utc,
    ) -> Result<std::result::Result<Applied, Refusal>> {
        let Some(coupon) = Coupon::by_code(conn, typed)? else { return Ok(Err(Refusal::Unknown)) };
        match coupon.standing(now) {
            Standing::Off => return Ok(Err(Refusal::Unknown)),
            Standing::Scheduled => return Ok(Err(Refusal::NotYet(coupon.starts_at.unwrap_or(now)))),
            Standing::Over => return Ok(Err(Refusal::Expired)),
            Standing::UsedUp => return Ok(Err(Refusal::UsedUp)),
            Standing::Running => {}
        }
        if coupon.is_used_up_by(conn, email)? {
            return Ok(Err(Refusal::CustomerUsedUp));
        }
        let goods: i64 = lines.iter().filter(|line| !line.product.gift_card).map(Line::goods_minor).sum();
        if let Some(least) = coupon.minimum_minor.filter(|least| goods < *least) {
            return Ok(Err(Refusal::Minimum(least)));
        }
        let lines = coupon.applies_to(conn, lines)?;
        Ok(if lines.contains(&true) { Ok(Applied { coupon, lines }) } else { Err(Refusal::NothingApplies) })
    }

    fn is_used_up_by(&self, conn: &mut Conn, email: &str) -> Result<bool> {
        let Some(limit) = self.per_customer_limit.filter(|_| !email.is_empty()) else { return Ok(false) };
        let mine = (self.id, customer_key(email));
        let used: Option<i64> =
            coupon_customer_uses::table.find(mine).select(coupon_customer_uses::used).first(conn).optional()?;
        Ok(used.unwrap_or(0) >= limit)
    }

    /// For each line whether it is one of the code's products, or in one of its categories or below; all are when the
    /// code has neither. Nothing is taken off gift cards.
    fn applies_to(&self, conn: &mut Conn, lines: &[Line]) -> Result<Vec<bool>> {
        let products: Vec<i64> = coupon_products::table
            .filter(coupon_products::coupon_id.eq(self.id))
            .select(coupon_products::product_id)
            .load(conn)?;
        let mine = coupon_categories::table
            .filter(coupon_categories::coupon_id.eq(self.id))
            .select(coupon_categories::category_id);
        let paths: Vec<String> =
            categories::table.filter(categories::id.eq_any(mine)).select(categories::path).load(conn)?;
        if products.is_empty() && paths.is_empty() {
            return Ok(lines.iter().map(|line| !line.product.gift_card).collect());
        }
        let in_cart: Vec<i64> = lines.iter().map(|line| line.product.id).collect();
        let placed = Category::of_products(conn, &in_cart)?;
        let inside = |at: &str| paths.iter().any(|path| at == path || at.starts_with(&format!("{path}/")));
        let applies = |line: &Line| {
            products.contains(&line.product.id)
                || placed.iter().any(|(product, category)| *product == line.product.id && inside(&category.path))
        };
        Ok(lines.iter().map(|line| !line.product.gift_card && applies(line)).collect())
    }
}
