//! Lists and saves discount codes for the admin.

use diesel::prelude::*;

use super::{Coupon, CouponKind, normalise_code};
use crate::db::{Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::catalog::category::Category;
use crate::schema::{coupon_categories, coupon_products, coupons, products};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{CategoryId, CouponId, ProductId};

/// The products that a code applies to; all if both fields are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CouponScope {
    pub products: Vec<String>,
    /// Paths; their descendants are included.
    pub categories: Vec<String>,
}

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = coupons, treat_none_as_default_value = false, treat_none_as_null = true)]
struct CouponColumns<'a> {
    code: &'a str,
    code_normal: String,
    kind: CouponKind,
    value: i64,
    minimum_minor: Option<i64>,
    usage_limit: Option<i64>,
    per_customer_limit: Option<i64>,
    starts_at: Option<Utc>,
    ends_at: Option<Utc>,
    active: bool,
    lock_version: i64,
}

#[derive(Insertable)]
#[diesel(table_name = coupons, treat_none_as_default_value = false)]
struct NewCoupon<'a> {
    #[diesel(embed)]
    columns: CouponColumns<'a>,
    public_id: String,
    created_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = coupon_products, treat_none_as_default_value = false)]
struct NewCouponProduct {
    coupon_id: CouponId,
    product_id: ProductId,
}

#[derive(Insertable)]
#[diesel(table_name = coupon_categories, treat_none_as_default_value = false)]
struct NewCouponCategory {
    coupon_id: CouponId,
    category_id: CategoryId,
}

impl Coupon {
    pub fn all(conn: &mut Conn) -> Result<Vec<Coupon>> {
        let order = (coupons::created_at.desc(), coupons::id.desc());
        Ok(Coupon::query().order(order).load(conn)?)
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Coupon> {
        Ok(Coupon::query().filter(coupons::public_id.eq(public_id)).first(conn)?)
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
        let columns = CouponColumns {
            code: &self.code,
            code_normal: normalise_code(&self.code),
            kind: self.kind,
            value: self.value,
            minimum_minor: self.minimum_minor,
            usage_limit: self.usage_limit,
            per_customer_limit: self.per_customer_limit,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            active: self.active,
            lock_version: self.lock_version + 1,
        };
        let saved: QueryResult<CouponId> = if self.public_id.is_empty() {
            let row = NewCoupon {
                columns: CouponColumns { lock_version: 1, ..columns },
                public_id: tx.generate_public_id()?,
                created_at: tx.now(),
            };
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
            diesel::update(mine).set(columns).returning(coupons::id).get_result(tx.conn())
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
        let row = NewCouponProduct { coupon_id: id, product_id: product };
        diesel::insert_into(coupon_products::table).values(row).execute(tx.conn())?;
    }
    diesel::delete(coupon_categories::table.filter(coupon_categories::coupon_id.eq(id))).execute(tx.conn())?;
    for category in Category::all(tx.conn())?.iter().filter(|category| scope.categories.contains(&category.path)) {
        let row = NewCouponCategory { coupon_id: id, category_id: category.id };
        diesel::insert_into(coupon_categories::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}
