//! The pending order of a buyer who left the payment page: found by its cart, to be paid or cancelled.

use diesel::prelude::*;

use super::{Order, OrderState, PaymentState};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::checkout::cart::Cart;
use crate::models::platform::event::{Actor, Event};
use crate::schema::{carts, orders};
use crate::support::clock::Utc;
use crate::support::ids::{CartId, OrderId};
use crate::support::token;

impl Order {
    /// The order of the cookie's cart, or of the cart before it, that can still be paid at a provider.
    pub fn find_pending_for_cart(conn: &mut Conn, cart_token: Option<&str>, now: Utc) -> Result<Option<Order>> {
        let Some(token) = cart_token else { return Ok(None) };
        let cart: Option<(CartId, Option<CartId>)> = carts::table
            .filter(carts::token_hash.eq(token::sha256_hex(token)))
            .select((carts::id, carts::previous_id))
            .first(conn)
            .optional()?;
        let Some((cart, previous)) = cart else { return Ok(None) };
        Ok(Order::query()
            .filter(orders::cart_id.eq(cart).or(orders::cart_id.eq(previous.unwrap_or(cart))))
            .filter(orders::state.eq(OrderState::Pending).and(orders::hold_until.gt(now)))
            .filter(orders::payment_state.eq_any([PaymentState::Unpaid, PaymentState::PartiallyPaid]))
            .order(orders::id.desc())
            .first(conn)
            .optional()?)
    }

    /// Cancels the pending order and puts its lines back into the cart; `Conflict` if it is no longer pending. The
    /// payment page must be closed at the provider before. Returns the cart's token if the cart is new.
    pub fn cancel_checkout(tx: &mut Tx<'_>, id: OrderId, cart_token: &str) -> Result<Option<String>> {
        // Lock order: carts before orders.
        let (cart, new) = Cart::find_or_create(tx, Some(cart_token))?;
        let from: Option<CartId> = orders::table.find(id).select(orders::cart_id).first(tx.conn())?;
        cart.restore_from(tx, from.ok_or(Error::NotFound)?)?;
        let order = Order::lock(tx, id)?;
        if order.state != OrderState::Pending {
            return Err(Error::Conflict);
        }
        order.void(tx, OrderState::Cancelled, &Actor::Customer)?;
        order.refund_excess(tx)?;
        Event::CheckoutCancelled { order: id }.record(tx, &Actor::Customer)?;
        Ok(new)
    }
}
