//! Codes that a buyer enters in the cart: of a discount or of a gift card.

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::checkout::cart::Cart;
use crate::models::checkout::coupon::Coupon;
use crate::models::checkout::coupon::application::CouponError;
use crate::models::platform::setting::Settings;

impl Cart {
    /// Applies a discount code or a gift card code to the cart; `Invalid` on `code`, with the reason, if it does not
    /// apply.
    pub fn apply_code(&self, tx: &mut Tx<'_>, settings: &Settings, typed: &str) -> Result<()> {
        let now = tx.now();
        let lines = self.lines(tx.conn())?;
        match Coupon::apply(tx.conn(), typed, &lines, "", now)? {
            Ok(applied) => self.set_coupon_code(tx, &applied.coupon.code),
            Err(CouponError::Unknown) if self.apply_gift_card(tx, settings, &lines, typed)? => Ok(()),
            Err(refusal) => Err(Error::invalid("code", refusal.message(settings))),
        }
    }

    pub fn remove_code(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.set_coupon_code(tx, "")
    }
}
