//! A code on an order: held while the order waits, used when it holds, given back when it is given up. Both counters
//! are guarded in their updates, so that a code is never used more often than it may be.

use diesel::prelude::*;

use super::Coupon;
use super::applying::Refusal;
use crate::db::Tx;
use crate::each;
use crate::error::{Error, Result};
use crate::models::setting::Settings;
use crate::schema::{coupon_customer_uses, coupon_redemptions, coupons};
use crate::support::email_address::EmailAddress;

/// Who counts as one customer: an e-mail address in its normal form.
pub(super) fn customer_key(email: &str) -> String {
    EmailAddress::parse(email).map_or_else(|| email.trim().to_lowercase(), |address| address.normal)
}

impl Coupon {
    /// Uses the code for an order of whoever has this e-mail address.
    ///
    /// # Errors
    /// `Invalid` on `code` when it has been used up.
    pub fn redeem(&self, tx: &mut Tx<'_>, settings: &Settings, order: i64, email: &str, minor: i64) -> Result<()> {
        let used_up = |refusal: Refusal| Err(Error::invalid("code", refusal.message(settings)));
        let left = coupons::usage_limit.is_null().or(coupons::used.lt(coupons::usage_limit.assume_not_null()));
        let mine = coupons::table.filter(coupons::id.eq(self.id).and(coupons::active).and(left));
        if diesel::update(mine).set(coupons::used.eq(coupons::used + 1)).execute(tx.conn())? != 1 {
            return used_up(Refusal::UsedUp);
        }
        let key = customer_key(email);
        let row = (
            coupon_customer_uses::coupon_id.eq(self.id),
            coupon_customer_uses::customer_key.eq(&key),
            coupon_customer_uses::used.eq(0),
        );
        let conn = tx.conn();
        each!(conn => diesel::insert_into(coupon_customer_uses::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn))?;
        if !count_for_customer(tx, self.id, &key, self.per_customer_limit)? {
            return used_up(Refusal::CustomerUsedUp);
        }
        let row = (
            coupon_redemptions::coupon_id.eq(self.id),
            coupon_redemptions::order_id.eq(order),
            coupon_redemptions::customer_key.eq(key),
            coupon_redemptions::code.eq(&self.code),
            coupon_redemptions::amount_minor.eq(minor),
            coupon_redemptions::state.eq("held"),
        );
        diesel::insert_into(coupon_redemptions::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

/// Counts one more use of a customer's, unless that is one too many.
fn count_for_customer(tx: &mut Tx<'_>, coupon: i64, customer: &str, most: Option<i64>) -> Result<bool> {
    let most = most.unwrap_or(i64::MAX);
    let theirs = coupon_customer_uses::table.find((coupon, customer)).filter(coupon_customer_uses::used.lt(most));
    let one_more = coupon_customer_uses::used.eq(coupon_customer_uses::used + 1);
    Ok(diesel::update(theirs).set(one_more).execute(tx.conn())? == 1)
}

/// The order holds: what it held is used.
///
/// # Errors
/// When the database refuses.
pub fn hold_good(tx: &mut Tx<'_>, order: i64) -> Result<()> {
    let held = coupon_redemptions::order_id.eq(order).and(coupon_redemptions::state.eq("held"));
    let used = coupon_redemptions::state.eq("used");
    diesel::update(coupon_redemptions::table.filter(held)).set(used).execute(tx.conn())?;
    Ok(())
}

/// The order's money came late: its code is used after all, if it still may be.
///
/// # Errors
/// `Conflict` when it has been used up meanwhile.
pub fn hold_again(tx: &mut Tx<'_>, order: i64) -> Result<()> {
    let released = coupon_redemptions::order_id.eq(order).and(coupon_redemptions::state.eq("released"));
    let again: Vec<(i64, String)> = diesel::update(coupon_redemptions::table.filter(released))
        .set(coupon_redemptions::state.eq("held"))
        .returning((coupon_redemptions::coupon_id, coupon_redemptions::customer_key))
        .get_results(tx.conn())?;
    for (coupon, customer) in again {
        let left = coupons::usage_limit.is_null().or(coupons::used.lt(coupons::usage_limit.assume_not_null()));
        let counted = diesel::update(coupons::table.filter(coupons::id.eq(coupon).and(left)))
            .set(coupons::used.eq(coupons::used + 1))
            .execute(tx.conn())?;
        let most: Option<i64> = coupons::table.find(coupon).select(coupons::per_customer_limit).first(tx.conn())?;
        if counted != 1 || !count_for_customer(tx, coupon, &customer, most)? {
            return Err(Error::Conflict);
        }
    }
    Ok(())
}

/// The order is given up: its code can be used again. Whoever calls holds the order's row.
///
/// # Errors
/// When the database refuses.
pub fn give_back(tx: &mut Tx<'_>, order: i64) -> Result<()> {
    let taken = coupon_redemptions::order_id.eq(order).and(coupon_redemptions::state.ne("released"));
    let freed: Vec<(i64, String)> = diesel::update(coupon_redemptions::table.filter(taken))
        .set(coupon_redemptions::state.eq("released"))
        .returning((coupon_redemptions::coupon_id, coupon_redemptions::customer_key))
        .get_results(tx.conn())?;
    for (coupon, customer) in freed {
        let uses = coupons::used.eq(coupons::used - 1);
        diesel::update(coupons::table.find(coupon)).set(uses).execute(tx.conn())?;
        let uses = coupon_customer_uses::used.eq(coupon_customer_uses::used - 1);
        diesel::update(coupon_customer_uses::table.find((coupon, customer))).set(uses).execute(tx.conn())?;
    }
    Ok(())
}
