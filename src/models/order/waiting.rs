//! The order that a buyer has left at the payment page: found again by the cart it was made from, paid or taken back.

use diesel::prelude::*;

use super::{Order, OrderState, PaymentState};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::cart::Cart;
use crate::models::fact::{Actor, Fact};
use crate::schema::{carts, orders};
use crate::support::clock::Utc;
use crate::support::token;

impl Order {
    /// The order of a cart's cookie, or of the cart before it, that still waits to be paid on a payment page.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn waiting_of(conn: &mut Conn, cart_token: Option<&str>, now: Utc) -> Result<Option<Order>> {
        let Some(token) = cart_token else { return Ok(None) };
        let cart: Option<(i64, Option<i64>)> = carts::table
            .filter(carts::token_hash.eq(token::hash(token)))
            .select((carts::id, carts::previous_id))
            .first(conn)
            .optional()?;
        let Some((cart, previous)) = cart else { return Ok(None) };
        Ok(orders::table
            .filter(orders::cart_id.eq(cart).or(orders::cart_id.eq(previous.unwrap_or(cart))))
            .filter(orders::state.eq(OrderState::Pending).and(orders::hold_until.gt(now)))
            .filter(orders::payment_state.eq_any([PaymentState::Unpaid, PaymentState::Partial]))
            .order(orders::id.desc())
            .select(Order::as_select())
            .first(conn)
            .optional()?)
    }

    /// The buyer does not want to pay: the order is called off, and what was in its cart is in the cart again. Its
    /// payment page must be closed before. Answers with the token of the cart if it is a new one.
    ///
    /// # Errors
    /// `Conflict` when it no longer waits.
    pub fn take_back(tx: &mut Tx<'_>, id: i64, cart_token: &str) -> Result<Option<String>> {
        // Carts come before orders, wherever locks are taken.
        let (cart, new) = Cart::ensure(tx, Some(cart_token))?;
        let from: Option<i64> = orders::table.find(id).select(orders::cart_id).first(tx.conn())?;
        cart.put_back(tx, from.ok_or(Error::NotFound)?)?;
        let order = Order::lock(tx, id)?;
        if order.state != OrderState::Pending {
            return Err(Error::Conflict);
        }
        order.give_up(tx, OrderState::Cancelled, &Actor::Customer)?;
        order.pay_back_what_cannot_be_kept(tx)?;
        Order::note(tx, id, "cancelled", &Actor::Customer, "Cancelled before it was paid", true)?;
        Fact::CheckoutCancelled(id).record(tx, &Actor::Customer)?;
        Ok(new)
    }
}
