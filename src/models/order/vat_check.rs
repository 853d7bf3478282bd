//! VAT numbers that took the tax off an order: only a number that is valid on the day makes the sale exempt (directive
//! 2006/112/EC, article 138, as changed by 2018/1910), so each is looked up, by the program or by staff.

use diesel::prelude::*;

use super::{Address, Order, OrderState};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::schema::{order_addresses, orders};
use crate::text_enum;

/// Most orders of the list.
const SHOWN: i64 = 100;

text_enum! {
    /// What is known about the VAT number of an order.
    VatCheck {
        /// Nothing depends on it.
        None = "none",
        /// It took the tax off, and nobody has looked it up.
        Unchecked = "unchecked",
        /// It was found to be valid.
        Valid = "valid",
        /// It was found not to be.
        Invalid = "invalid",
    }
}

impl Order {
    /// The orders whose VAT number is still to be looked up, the oldest first, with the number.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn vat_numbers_to_check(conn: &mut Conn) -> Result<Vec<(Order, String)>> {
        Ok(order_addresses::table
            .inner_join(orders::table)
            .filter(order_addresses::vat_check.eq(VatCheck::Unchecked))
            .filter(orders::state.eq_any([OrderState::Placed, OrderState::Completed]))
            .order(order_addresses::order_id)
            .limit(SHOWN)
            .select((Order::as_select(), order_addresses::vat_number))
            .load(conn)?)
    }

    /// How many there are.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_vat_numbers_to_check(conn: &mut Conn) -> Result<i64> {
        Ok(order_addresses::table
            .inner_join(orders::table)
            .filter(order_addresses::vat_check.eq(VatCheck::Unchecked))
            .filter(orders::state.eq_any([OrderState::Placed, OrderState::Completed]))
            .count()
            .get_result(conn)?)
    }

    /// What is known about the VAT number of this order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn vat_check(&self, conn: &mut Conn) -> Result<VatCheck> {
        let mine = order_addresses::table.filter(order_addresses::order_id.eq(self.id));
        Ok(mine.select(order_addresses::vat_check).first(conn)?)
    }

    /// The address with a VAT number that is still to be looked up; none when somebody has.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn address_to_check(conn: &mut Conn, id: i64) -> Result<Option<Address>> {
        let open = order_addresses::order_id.eq(id).and(order_addresses::vat_check.eq(VatCheck::Unchecked));
        Ok(order_addresses::table.filter(open).select(Address::as_select()).first(conn).optional()?)
    }

    /// The VAT number of the order was looked up. `found` says what the register knows of it; may be empty.
    ///
    /// # Errors
    /// `Conflict` when it was looked up before.
    pub fn record_vat_check(tx: &mut Tx<'_>, id: i64, is_valid: bool, found: &str, by: &Actor) -> Result<()> {
        let order = Order::lock(tx, id)?;
        let result = if is_valid { VatCheck::Valid } else { VatCheck::Invalid };
        let open = order_addresses::order_id.eq(id).and(order_addresses::vat_check.eq(VatCheck::Unchecked));
        let number: Option<String> = diesel::update(order_addresses::table.filter(open))
            .set(order_addresses::vat_check.eq(result))
            .returning(order_addresses::vat_number)
            .get_result(tx.conn())
            .optional()?;
        let Some(number) = number else { return Err(Error::Conflict) };
        let words = if is_valid { "is valid" } else { "is not valid" };
        let words = format!("VAT number {number} {words}");
        let words = if found.is_empty() { words } else { format!("{words}: {found}") };
        Order::note(tx, id, "vat_number", by, &words, false)?;
        match is_valid {
            true => Ok(()),
            false => order.ask_for_attention(tx, &format!("{words}. The tax on this order is due all the same.")),
        }
    }
}
