//! Decides whether a discount code applies to a cart, and to which lines.

use diesel::prelude::*;

use super::{Coupon, CouponStatus};
use crate::db::Conn;
use crate::error::Result;
use crate::models::catalog::category::Category;
use crate::models::checkout::cart::CartLine;
use crate::models::checkout::quote::QuoteItem;
use crate::models::platform::setting::Settings;
use crate::schema::{categories, coupon_categories, coupon_customer_uses, coupon_products};
use crate::support::clock::Utc;
use crate::support::email_address;
use crate::support::i18n::Message;
use crate::support::ids::ProductId;
use crate::support::money::Money;

#[derive(Clone, Debug)]
pub struct AppliedCoupon {
    pub coupon: Coupon,
    pub eligible_lines: Vec<bool>,
}

impl AppliedCoupon {
    /// The discount on these lines, in minor units, with tax or not, as the shop's prices are; `Invalid` above the
    /// limit of TAX.md T12.
    pub fn discount_minor(&self, lines: &[CartLine]) -> Result<i64> {
        let items = self.items(lines);
        let goods: Vec<i64> = items.iter().map(|item| item.unit_minor.saturating_mul(item.quantity)).collect();
        Ok(self.coupon.discount().split(&goods, &items)?.iter().sum())
    }

    fn items(&self, lines: &[CartLine]) -> Vec<QuoteItem> {
        lines.iter().zip(&self.eligible_lines).map(|(line, discountable)| line.to_quote_item(*discountable)).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponError {
    /// There is no such code, or it is disabled.
    Unknown,
    NotStarted(Utc),
    Expired,
    UsedUp,
    CustomerUsedUp,
    /// The required minimum, in minor units.
    BelowMinimum(i64),
    NotApplicable,
}

impl CouponError {
    pub fn message(self, settings: &Settings) -> Message {
        match self {
            CouponError::Unknown => Message::CodeUnknown,
            CouponError::NotStarted(start) => {
                Message::CodeNotStarted { start: settings.locale.format_date_time(start, &settings.time_zone) }
            }
            CouponError::Expired => Message::CodeExpired,
            CouponError::UsedUp => Message::CodeUsedUp,
            CouponError::CustomerUsedUp => Message::CodeUsedUpByCustomer,
            CouponError::BelowMinimum(minor) => {
                Message::CodeBelowMinimum { least: Money::new(minor, settings.currency) }
            }
            CouponError::NotApplicable => Message::CodeNotApplicable,
        }
    }
}

impl Coupon {
    /// Checks a typed code against the lines of a cart. `email` counts for the customer's limit; empty if it is not
    /// known yet.
    pub fn apply(
        conn: &mut Conn,
        typed: &str,
        lines: &[CartLine],
        email: &str,
        now: Utc,
    ) -> Result<std::result::Result<AppliedCoupon, CouponError>> {
        let Some(coupon) = Coupon::find_by_code(conn, typed)? else { return Ok(Err(CouponError::Unknown)) };
        match coupon.status(now) {
            CouponStatus::Disabled => return Ok(Err(CouponError::Unknown)),
            CouponStatus::Scheduled => return Ok(Err(CouponError::NotStarted(coupon.starts_at.unwrap_or(now)))),
            CouponStatus::Expired => return Ok(Err(CouponError::Expired)),
            CouponStatus::UsedUp => return Ok(Err(CouponError::UsedUp)),
            CouponStatus::Active => {}
        }
        if coupon.is_used_up_by(conn, email)? {
            return Ok(Err(CouponError::CustomerUsedUp));
        }
        let goods: i64 = lines.iter().filter(|line| !line.product.gift_card).map(CartLine::goods_minor).sum();
        if let Some(minimum) = coupon.minimum_minor.filter(|minimum| goods < *minimum) {
            return Ok(Err(CouponError::BelowMinimum(minimum)));
        }
        let lines = coupon.applies_to(conn, lines)?;
        Ok(if lines.contains(&true) {
            Ok(AppliedCoupon { coupon, eligible_lines: lines })
        } else {
            Err(CouponError::NotApplicable)
        })
    }

    fn is_used_up_by(&self, conn: &mut Conn, email: &str) -> Result<bool> {
        let Some(limit) = self.per_customer_limit.filter(|_| !email.is_empty()) else { return Ok(false) };
        let mine = (self.id, email_address::normalise(email));
        let used: Option<i64> =
            coupon_customer_uses::table.find(mine).select(coupon_customer_uses::used).first(conn).optional()?;
        Ok(used.unwrap_or(0) >= limit)
    }

    /// For each line, whether its product is one of the code's products, or in one of its categories or their
    /// descendants. A code without either applies to all lines. Gift cards are never eligible.
    fn applies_to(&self, conn: &mut Conn, lines: &[CartLine]) -> Result<Vec<bool>> {
        let products: Vec<ProductId> = coupon_products::table
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
        let cart_products: Vec<ProductId> = lines.iter().map(|line| line.product.id).collect();
        let product_categories = Category::for_products(conn, &cart_products)?;
        let is_in_scope = |of_product: &str| {
            paths.iter().any(|path| of_product == path || of_product.starts_with(&format!("{path}/")))
        };
        let applies = |line: &CartLine| {
            products.contains(&line.product.id)
                || product_categories
                    .iter()
                    .any(|(product, category)| *product == line.product.id && is_in_scope(&category.path))
        };
        Ok(lines.iter().map(|line| !line.product.gift_card && applies(line)).collect())
    }
}
