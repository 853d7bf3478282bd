//! Discount codes: what they take off, of what, for whom and how often.

pub mod applying;
pub mod editing;
pub mod redeeming;

use diesel::prelude::*;

use super::quote::Discount;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::schema::coupons;
use crate::support::clock::Utc;
use crate::support::fold;
use crate::text_enum;

text_enum! {
    /// What a code takes off.
    CouponKind {
        /// A share of the goods it applies to.
        Percent = "percent",
        /// An amount, as far as the goods it applies to go.
        Fixed = "fixed",
        /// What shipping costs.
        FreeShipping = "free_shipping",
    }
}

/// A discount code.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = coupons, check_for_backend(Db))]
pub struct Coupon {
    /// The row.
    pub id: i64,
    /// For the admin's URLs.
    pub public_id: String,
    /// As the owner writes it.
    pub code: String,
    /// What it takes off.
    pub kind: CouponKind,
    /// Parts per million, or minor units; nothing for free shipping.
    pub value: i64,
    /// Only for goods of this value or more, minor units, on the shop's basis.
    pub minimum_minor: Option<i64>,
    /// Orders altogether.
    pub usage_limit: Option<i64>,
    /// Orders of one customer.
    pub per_customer_limit: Option<i64>,
    /// Orders that have it now.
    pub used: i64,
    /// From when on.
    pub starts_at: Option<Utc>,
    /// Until when.
    pub ends_at: Option<Utc>,
    /// Switched on.
    pub active: bool,
    /// Goes up whenever it is saved.
    pub lock_version: i64,
}

/// How a code stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Switched off.
    Off,
    /// Its time is still to come.
    Scheduled,
    /// Its time is over.
    Over,
    /// Used as often as it may be.
    UsedUp,
    /// It can be used.
    Running,
}

/// Codes are compared in capitals and without blanks, whatever forms their letters and dashes have.
fn normal(code: &str) -> String {
    fold::plain(code).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

impl Coupon {
    /// The code that somebody typed, whatever its state.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn by_code(conn: &mut Conn, typed: &str) -> Result<Option<Coupon>> {
        let known = coupons::table.filter(coupons::code_normal.eq(normal(typed)));
        Ok(known.select(Coupon::as_select()).first(conn).optional()?)
    }

    /// How it stands.
    pub fn standing(&self, now: Utc) -> Standing {
        if !self.active {
            Standing::Off
        } else if self.starts_at.is_some_and(|start| now < start) {
            Standing::Scheduled
        } else if self.ends_at.is_some_and(|end| end <= now) {
            Standing::Over
        } else if self.usage_limit.is_some_and(|limit| self.used >= limit) {
            Standing::UsedUp
        } else {
            Standing::Running
        }
    }

    /// What it takes off, for the arithmetic.
    pub fn discount(&self) -> Discount {
        match self.kind {
            CouponKind::Percent => Discount::Percent(self.value),
            CouponKind::Fixed => Discount::Fixed(self.value),
            CouponKind::FreeShipping => Discount::FreeShipping,
        }
    }
}
