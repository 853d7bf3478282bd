//! Discount codes: the discount, what it applies to, and its limits.

pub mod application;
pub mod edit;
pub mod redemption;

use diesel::prelude::*;

use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::models::checkout::quote::Discount;
use crate::schema::coupons;
use crate::support::clock::Utc;
use crate::support::ids::CouponId;
use crate::support::normalisation;
use crate::text_enum;

text_enum! {
    CouponKind {
        Percent = "percent",
        /// An amount, at most the eligible goods' total.
        Fixed = "fixed",
        FreeShipping = "free_shipping",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = coupons, check_for_backend(AnyBackend))]
pub struct Coupon {
    pub id: CouponId,
    pub public_id: String,
    /// As the owner entered it.
    pub code: String,
    pub kind: CouponKind,
    /// Parts per million, or minor units; zero for free shipping.
    pub value: i64,
    /// Minimum value of the goods: minor units, with tax or not, as the shop's prices are.
    pub minimum_minor: Option<i64>,
    /// Maximum number of orders.
    pub usage_limit: Option<i64>,
    /// Maximum number of orders for each customer.
    pub per_customer_limit: Option<i64>,
    /// Orders that hold or use it now.
    pub used: i64,
    pub starts_at: Option<Utc>,
    pub ends_at: Option<Utc>,
    pub active: bool,
    pub lock_version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CouponStatus {
    Disabled,
    Scheduled,
    Expired,
    UsedUp,
    Active,
}

/// Codes are compared in upper case, NFKC-normalised and without white space.
fn normalise_code(code: &str) -> String {
    normalisation::normalise_nfkc(code).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

impl Coupon {
    pub fn find_by_code(conn: &mut Conn, typed: &str) -> Result<Option<Coupon>> {
        Ok(Coupon::query().filter(coupons::code_normal.eq(normalise_code(typed))).first(conn).optional()?)
    }

    pub fn status(&self, now: Utc) -> CouponStatus {
        if !self.active {
            CouponStatus::Disabled
        } else if self.starts_at.is_some_and(|start| now < start) {
            CouponStatus::Scheduled
        } else if self.ends_at.is_some_and(|end| end <= now) {
            CouponStatus::Expired
        } else if self.usage_limit.is_some_and(|limit| self.used >= limit) {
            CouponStatus::UsedUp
        } else {
            CouponStatus::Active
        }
    }

    pub fn discount(&self) -> Discount {
        match self.kind {
            CouponKind::Percent => Discount::Percent(self.value),
            CouponKind::Fixed => Discount::Fixed(self.value),
            CouponKind::FreeShipping => Discount::FreeShipping,
        }
    }
}
