//! Redemptions: a code is held while its order is pending, used when it is placed, released when it expires or is
//! cancelled. Conditional updates of both counters keep the limits.

use diesel::prelude::*;

use super::Coupon;
use super::application::CouponError;
use crate::db::Tx;
use crate::db::ids::id_in;
use crate::error::{Error, Result};
use crate::models::platform::setting::Settings;
use crate::on_backend;
use crate::schema::{coupon_customer_uses, coupon_redemptions, coupons};
use crate::support::email_address;
use crate::support::ids::{CouponId, OrderId};
use crate::text_enum;

text_enum! {
    RedemptionState {
        Held = "held",
        Used = "used",
        Released = "released",
    }
}

#[derive(Insertable)]
#[diesel(table_name = coupon_customer_uses, treat_none_as_default_value = false)]
struct NewCustomerUse<'a> {
    coupon_id: CouponId,
    customer_key: &'a str,
    used: i64,
}

#[derive(Insertable)]
#[diesel(table_name = coupon_redemptions, treat_none_as_default_value = false)]
struct NewRedemption<'a> {
    coupon_id: CouponId,
    order_id: OrderId,
    customer_key: &'a str,
    code: &'a str,
    amount_minor: i64,
    state: RedemptionState,
}

impl Coupon {
    /// Counts a use of the code for an order and its customer; `Invalid` on `code` if a limit is reached.
    pub fn redeem(&self, tx: &mut Tx<'_>, settings: &Settings, order: OrderId, email: &str, minor: i64) -> Result<()> {
        let refuse = |error: CouponError| Err(Error::invalid("code", error.message(settings)));
        let is_below_limit =
            coupons::usage_limit.is_null().or(coupons::used.lt(coupons::usage_limit.assume_not_null()));
        let usable = coupons::table.filter(coupons::id.eq(self.id).and(coupons::active).and(is_below_limit));
        if diesel::update(usable).set(coupons::used.eq(coupons::used + 1)).execute(tx.conn())? != 1 {
            return refuse(CouponError::UsedUp);
        }
        let key = email_address::normalise(email);
        let row = NewCustomerUse { coupon_id: self.id, customer_key: &key, used: 0 };
        let conn = tx.conn();
        on_backend!(conn => diesel::insert_into(coupon_customer_uses::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
        if !count_for_customer(tx, self.id, &key, self.per_customer_limit)? {
            return refuse(CouponError::CustomerUsedUp);
        }
        let row = NewRedemption {
            coupon_id: self.id,
            order_id: order,
            customer_key: &key,
            code: &self.code,
            amount_minor: minor,
            state: RedemptionState::Held,
        };
        diesel::insert_into(coupon_redemptions::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

/// Counts a use for a customer; returns false if the limit is reached.
fn count_for_customer(tx: &mut Tx<'_>, coupon: CouponId, customer: &str, limit: Option<i64>) -> Result<bool> {
    let limit = limit.unwrap_or(i64::MAX);
    let below_limit = coupon_customer_uses::table.find((coupon, customer)).filter(coupon_customer_uses::used.lt(limit));
    let one_more = coupon_customer_uses::used.eq(coupon_customer_uses::used + 1);
    Ok(diesel::update(below_limit).set(one_more).execute(tx.conn())? == 1)
}

/// Replaces the address in the redemptions of orders by a random key, under which their uses are counted from now on.
pub(in crate::models) fn pseudonymise(tx: &mut Tx<'_>, orders: &[OrderId]) -> Result<()> {
    let rows: Vec<(CouponId, OrderId, String, RedemptionState)> = coupon_redemptions::table
        .filter(id_in(coupon_redemptions::order_id, orders))
        .select((
            coupon_redemptions::coupon_id,
            coupon_redemptions::order_id,
            coupon_redemptions::customer_key,
            coupon_redemptions::state,
        ))
        .load(tx.conn())?;
    let pseudonym = tx.generate_public_id()?;
    for (coupon, order, key, state) in rows {
        let redemption = coupon_redemptions::table.find((coupon, order));
        diesel::update(redemption).set(coupon_redemptions::customer_key.eq(&pseudonym)).execute(tx.conn())?;
        let row = NewCustomerUse { coupon_id: coupon, customer_key: &pseudonym, used: 0 };
        let conn = tx.conn();
        on_backend!(conn => diesel::insert_into(coupon_customer_uses::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
        if state != RedemptionState::Released {
            let fewer = coupon_customer_uses::used.eq(coupon_customer_uses::used - 1);
            diesel::update(coupon_customer_uses::table.find((coupon, &key))).set(fewer).execute(tx.conn())?;
            count_for_customer(tx, coupon, &pseudonym, None)?;
        }
        let unused = coupon_customer_uses::table.find((coupon, &key)).filter(coupon_customer_uses::used.le(0));
        diesel::delete(unused).execute(tx.conn())?;
    }
    Ok(())
}

pub fn commit(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
    let held = coupon_redemptions::order_id.eq(order).and(coupon_redemptions::state.eq(RedemptionState::Held));
    let used = coupon_redemptions::state.eq(RedemptionState::Used);
    diesel::update(coupon_redemptions::table.filter(held)).set(used).execute(tx.conn())?;
    Ok(())
}

/// Holds the released code again after a late payment; `Conflict` if a limit was reached meanwhile.
pub fn reserve_again(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
    let released = coupon_redemptions::order_id.eq(order).and(coupon_redemptions::state.eq(RedemptionState::Released));
    let held: Vec<(CouponId, String)> = diesel::update(coupon_redemptions::table.filter(released))
        .set(coupon_redemptions::state.eq(RedemptionState::Held))
        .returning((coupon_redemptions::coupon_id, coupon_redemptions::customer_key))
        .get_results(tx.conn())?;
    for (coupon, customer) in held {
        let is_below_limit =
            coupons::usage_limit.is_null().or(coupons::used.lt(coupons::usage_limit.assume_not_null()));
        let counted = diesel::update(coupons::table.filter(coupons::id.eq(coupon).and(is_below_limit)))
            .set(coupons::used.eq(coupons::used + 1))
            .execute(tx.conn())?;
        let limit: Option<i64> = coupons::table.find(coupon).select(coupons::per_customer_limit).first(tx.conn())?;
        if counted != 1 || !count_for_customer(tx, coupon, &customer, limit)? {
            return Err(Error::Conflict);
        }
    }
    Ok(())
}

/// Releases the code of an order that expires or is cancelled. The caller has locked the order.
pub fn release(tx: &mut Tx<'_>, order: OrderId) -> Result<()> {
    let unreleased =
        coupon_redemptions::order_id.eq(order).and(coupon_redemptions::state.ne(RedemptionState::Released));
    let released: Vec<(CouponId, String)> = diesel::update(coupon_redemptions::table.filter(unreleased))
        .set(coupon_redemptions::state.eq(RedemptionState::Released))
        .returning((coupon_redemptions::coupon_id, coupon_redemptions::customer_key))
        .get_results(tx.conn())?;
    for (coupon, customer) in released {
        let uses = coupons::used.eq(coupons::used - 1);
        diesel::update(coupons::table.find(coupon)).set(uses).execute(tx.conn())?;
        let uses = coupon_customer_uses::used.eq(coupon_customer_uses::used - 1);
        diesel::update(coupon_customer_uses::table.find((coupon, customer))).set(uses).execute(tx.conn())?;
    }
    Ok(())
}
