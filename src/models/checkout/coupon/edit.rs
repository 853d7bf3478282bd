//! Lists and saves discount codes for the admin.

use diesel::prelude::*;

use super::{Coupon, normalise_code};
use crate::db::{Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::catalog::category::Category;
use crate::schema::{coupon_categories, coupon_products, coupons, products};
use crate::support::i18n::Message;
use crate::support::ids::{CategoryId, CouponId, ProductId};

/// What a code applies to; everything if both are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CouponScope {
    /// Public ids.
    pub products: Vec<String>,
    /// Paths; their descendants are included.
    pub categories: Vec<String>,
}

impl Coupon {
    /// All discount codes, newest first.
    pub fn all(conn: &mut Conn) -> Result<Vec<Coupon>> {
        let order = (coupons::created_at.desc(), coupons::id.desc());
        Ok(coupons::table.order(order).select(Coupon::as_select()).load(conn)?)
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Coupon> {
        Ok(coupons::table.filter(coupons::public_id.eq(public_id)).select(Coupon::as_select()).first(conn)?)
    }

    pub fn scope(&self, conn: &mut Conn) -> Result<CouponScope> {
        let chosen =
            coupon_products::table.filter(coupon_products::coupon_id.eq(self.id)).select(coupon_products::product_id);
        let products = products::table.filter(products::id.eq_any(chosen)).select(products::public_id).load(conn)?;
        let chosen: Vec<CategoryId> = coupon_categories::table
            .filter(coupon_categories::coupon_id.eq(self.id))
            .select(coupon_categories::category_id)
            .load(conn)?;
        let categories = Category::all(conn)?.into_iter().filter(|category| chosen.contains(&category.id));
        Ok(CouponScope { products, categories: categories.map(|category| category.path).collect() })
    }

    /// Inserts the code if it has no public id yet, else updates it by compare-and-swap on `lock_version`. The usage
    /// count is kept.
    ///
    /// # Errors
    /// `Conflict` if somebody else saved it meanwhile; `Invalid` on `code` if the code exists, and on `usage_limit` if
    /// it is below the usage count; `NotFound`.
    pub fn save(&self, tx: &mut Tx<'_>, scope: &CouponScope) -> Result<()> {
        let values = (
            coupons::code.eq(&self.code),
            coupons::code_normal.eq(normalise_code(&self.code)),
            coupons::kind.eq(self.kind),
            coupons::value.eq(self.value),
            coupons::minimum_minor.eq(self.minimum_minor),
            coupons::usage_limit.eq(self.usage_limit),
            coupons::per_customer_limit.eq(self.per_customer_limit),
            coupons::starts_at.eq(self.starts_at),
            coupons::ends_at.eq(self.ends_at),
            coupons::active.eq(self.active),
        );
        let saved: QueryResult<CouponId> = if self.public_id.is_empty() {
            let row = (coupons::public_id.eq(tx.generate_public_id()?), coupons::created_at.eq(tx.now()), values);
            diesel::insert_into(coupons::table).values(row).returning(coupons::id).get_result(tx.conn())
        } else {
            let mine = coupons::table.filter(coupons::public_id.eq(&self.public_id));
            // Locks the row, so that the code is not redeemed while the limit is checked.
            let (used, version): (i64, i64) = diesel::update(mine)
                .set(coupons::used.eq(coupons::used))
                .returning((coupons::used, coupons::lock_version))
                .get_result(tx.conn())?;
            if version != self.lock_version {
                return Err(Error::Conflict);
            }
            if self.usage_limit.is_some_and(|limit| limit < used) {
                return Err(Error::invalid("usage_limit", Message::CouponLimitTooLow { used }));
            }
            diesel::update(mine)
                .set((values, coupons::lock_version.eq(self.lock_version + 1)))
                .returning(coupons::id)
                .get_result(tx.conn())
        };
        match saved {
            Err(error) if is_unique_violation(&error) => Err(Error::invalid("code", Message::CouponCodeTaken)),
            Err(error) => Err(error.into()),
            Ok(id) => save_scope(tx, id, scope),
        }
    }
}

fn save_scope(tx: &mut Tx<'_>, id: CouponId, scope: &CouponScope) -> Result<()> {
    diesel::delete(coupon_products::table.filter(coupon_products::coupon_id.eq(id))).execute(tx.conn())?;
    let chosen: Vec<ProductId> =
        products::table.filter(products::public_id.eq_any(&scope.products)).select(products::id).load(tx.conn())?;
    for product in chosen {
        let row = (coupon_products::coupon_id.eq(id), coupon_products::product_id.eq(product));
        diesel::insert_into(coupon_products::table).values(row).execute(tx.conn())?;
    }
    diesel::delete(coupon_categories::table.filter(coupon_categories::coupon_id.eq(id))).execute(tx.conn())?;
    for category in Category::all(tx.conn())?.iter().filter(|category| scope.categories.contains(&category.path)) {
        let row = (coupon_categories::coupon_id.eq(id), coupon_categories::category_id.eq(category.id));
        diesel::insert_into(coupon_categories::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}
