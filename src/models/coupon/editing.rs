//! Codes as the owner writes them: the list, one with what it applies to, and saving.

use diesel::prelude::*;

use super::{Coupon, normal};
use crate::db::{Conn, Tx, is_taken};
use crate::error::{Error, Result};
use crate::models::category::Category;
use crate::schema::{coupon_categories, coupon_products, coupons, products};

/// What a code applies to; to everything when both are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Products, by public id.
    pub products: Vec<String>,
    /// Categories, by path; what is below them counts too.
    pub categories: Vec<String>,
}

impl Coupon {
    /// All codes, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<Coupon>> {
        let order = (coupons::created_at.desc(), coupons::id.desc());
        Ok(coupons::table.order(order).select(Coupon::as_select()).load(conn)?)
    }

    /// A code by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Coupon> {
        Ok(coupons::table.filter(coupons::public_id.eq(public_id)).select(Coupon::as_select()).first(conn)?)
    }

    /// What it applies to.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn scope(&self, conn: &mut Conn) -> Result<Scope> {
        let chosen =
            coupon_products::table.filter(coupon_products::coupon_id.eq(self.id)).select(coupon_products::product_id);
        let products = products::table.filter(products::id.eq_any(chosen)).select(products::public_id).load(conn)?;
        let chosen: Vec<i64> = coupon_categories::table
            .filter(coupon_categories::coupon_id.eq(self.id))
            .select(coupon_categories::category_id)
            .load(conn)?;
        let categories = Category::all(conn)?.into_iter().filter(|category| chosen.contains(&category.id));
        Ok(Scope { products, categories: categories.map(|category| category.path).collect() })
    }

    /// Adds the code, or changes the one of the same public id if nobody has since `lock_version`. How often it was used
    /// stays as it is.
    ///
    /// # Errors
    /// `Conflict` when somebody has; `Invalid` on `code` when there is such a code, on `usage_limit` when it has been used more often already;
    /// `NotFound`.
    pub fn save(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<()> {
        let values = (
            coupons::code.eq(&self.code),
            coupons::code_normal.eq(normal(&self.code)),
            coupons::kind.eq(self.kind),
            coupons::value.eq(self.value),
            coupons::minimum_minor.eq(self.minimum_minor),
            coupons::usage_limit.eq(self.usage_limit),
            coupons::per_customer_limit.eq(self.per_customer_limit),
            coupons::starts_at.eq(self.starts_at),
            coupons::ends_at.eq(self.ends_at),
            coupons::active.eq(self.active),
        );
        let saved: QueryResult<i64> = if self.public_id.is_empty() {
            let row = (coupons::public_id.eq(tx.public_id()?), coupons::created_at.eq(tx.now()), values);
            diesel::insert_into(coupons::table).values(row).returning(coupons::id).get_result(tx.conn())
        } else {
            let mine = coupons::table.filter(coupons::public_id.eq(&self.public_id));
            // Locks the row, so that nobody uses the code while its limit is looked at.
            let (used, version): (i64, i64) = diesel::update(mine)
                .set(coupons::used.eq(coupons::used))
                .returning((coupons::used, coupons::lock_version))
                .get_result(tx.conn())?;
            if version != self.lock_version {
                return Err(Error::Conflict);
            }
            if self.usage_limit.is_some_and(|limit| limit < used) {
                let message = format!("This code is on {used} orders already. Type {used} or more, or leave it empty.");
                return Err(Error::invalid("usage_limit", message));
            }
            diesel::update(mine)
                .set((values, coupons::lock_version.eq(self.lock_version + 1)))
                .returning(coupons::id)
                .get_result(tx.conn())
        };
        match saved {
            Err(error) if is_taken(&error) => Err(Error::invalid("code", "There is such a code already.")),
            Err(error) => Err(error.into()),
            Ok(id) => save_scope(tx, id, scope),
        }
    }
}

fn save_scope(tx: &mut Tx<'_>, id: i64, scope: &Scope) -> Result<()> {
    diesel::delete(coupon_products::table.filter(coupon_products::coupon_id.eq(id))).execute(tx.conn())?;
    let chosen: Vec<i64> =
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
