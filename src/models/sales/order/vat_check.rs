//! VAT numbers that made an order exempt from tax. The sale is exempt only if the number is valid on that day
//! (Directive 2006/112/EC, article 138, as amended by Directive (EU) 2018/1910), so each is looked up by a job or by
//! staff.

use diesel::prelude::*;

use super::{Address, Order, OrderState};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::platform::event::{Actor, Event};
use crate::schema::{order_addresses, orders};
use crate::support::ids::OrderId;
use crate::text_enum;

const LIST_LIMIT: i64 = 100;

text_enum! {
    VatCheck {
        /// The order's tax does not depend on a VAT number.
        None = "none",
        Unchecked = "unchecked",
        Valid = "valid",
        Invalid = "invalid",
    }
}

impl Order {
    /// Placed orders whose VAT number is still to be looked up, oldest first, with the number; at most 100.
    pub fn list_unchecked_vat_numbers(conn: &mut Conn) -> Result<Vec<(Order, String)>> {
        Ok(order_addresses::table
            .inner_join(orders::table)
            .filter(order_addresses::vat_check.eq(VatCheck::Unchecked))
            .filter(orders::state.eq_any([OrderState::Placed, OrderState::Completed]))
            .order(order_addresses::order_id)
            .limit(LIST_LIMIT)
            .select((Order::as_select(), order_addresses::vat_number))
            .load(conn)?)
    }

    pub fn count_unchecked_vat_numbers(conn: &mut Conn) -> Result<i64> {
        Ok(order_addresses::table
            .inner_join(orders::table)
            .filter(order_addresses::vat_check.eq(VatCheck::Unchecked))
            .filter(orders::state.eq_any([OrderState::Placed, OrderState::Completed]))
            .count()
            .get_result(conn)?)
    }

    pub fn vat_check(&self, conn: &mut Conn) -> Result<VatCheck> {
        let addresses = order_addresses::table.filter(order_addresses::order_id.eq(self.id));
        Ok(addresses.select(order_addresses::vat_check).first(conn)?)
    }

    pub fn find_unchecked_vat_address(conn: &mut Conn, id: OrderId) -> Result<Option<Address>> {
        let is_unchecked = order_addresses::order_id.eq(id).and(order_addresses::vat_check.eq(VatCheck::Unchecked));
        Ok(Address::query().filter(is_unchecked).first(conn).optional()?)
    }

    /// Records the result of a look-up; `Conflict` if there is one. `found` is the company in the register; may be
    /// empty. An invalid number flags the order for review.
    pub fn record_vat_check(tx: &mut Tx<'_>, id: OrderId, is_valid: bool, found: &str, by: &Actor) -> Result<()> {
        let order = Order::lock(tx, id)?;
        let result = if is_valid { VatCheck::Valid } else { VatCheck::Invalid };
        let is_unchecked = order_addresses::order_id.eq(id).and(order_addresses::vat_check.eq(VatCheck::Unchecked));
        let number: Option<String> = diesel::update(order_addresses::table.filter(is_unchecked))
            .set(order_addresses::vat_check.eq(result))
            .returning(order_addresses::vat_number)
            .get_result(tx.conn())
            .optional()?;
        let Some(number) = number else { return Err(Error::Conflict) };
        let name = found.to_owned();
        Event::VatNumberChecked { order: id, number: number.clone(), is_valid, name: name.clone() }.record(tx, by)?;
        match is_valid {
            true => Ok(()),
            false => order.flag_for_review(tx, ReviewReason::InvalidVatNumber { number, name }),
        }
    }
}
