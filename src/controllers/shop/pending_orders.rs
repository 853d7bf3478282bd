//! The unpaid order of this cart: pay it from the cart page, or move its items back into the cart. The cart's cookie
//! may remain on a shared computer, so nothing here shows the buyer's data.

use super::payments::{redirect_to_payment, render_wait};
use crate::error::{Error, Result};
use crate::http::{Form, Reply, Visitor};
use crate::jobs::payments;
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::OrderId;

pub async fn pay(visitor: Visitor, form: Form) -> Result<Reply> {
    let Some(order) = find_pending_order(&visitor).await? else { return Ok(no_longer_pending()) };
    let client = visitor.checkout_client(form.fields.value("proof"));
    match visitor.write(move |tx| Order::retry_payment(tx, order, Some(&client))).await {
        Ok(attempt) => Ok(redirect_to_payment(&visitor, attempt, paths::cart().to_owned()).await),
        Err(Error::Conflict) => Ok(no_longer_pending()),
        Err(Error::TooManyRequests(_)) => Ok(Reply::redirect(paths::cart()).alert(Message::TooManyPaymentAttempts)),
        Err(Error::CheckoutThrottled { seconds, proof }) => {
            let (action, order) = (paths::cart_order_payment().to_owned(), paths::cart().to_owned());
            render_wait(&visitor, seconds, proof, action, order).await
        }
        Err(error) => Err(error),
    }
}

/// Cancels the order and moves its items back into the cart. A repeated request only redirects to the cart.
pub async fn cancel(visitor: Visitor) -> Result<Reply> {
    let Some(order) = find_pending_order(&visitor).await? else { return Ok(Reply::redirect(paths::cart())) };
    let token = visitor.cart_token().unwrap_or_default();
    match payments::cancel_checkout(visitor.app(), order, token).await {
        Ok(new_token) => {
            Ok(Reply::redirect(paths::cart()).with_cart_cookie(new_token).notice(Message::ItemsBackInCart))
        }
        Err(Error::Conflict) => Ok(no_longer_pending()),
        Err(error @ Error::Internal { .. }) => {
            tracing::warn!(%error, order = i64::from(order), "cannot close a payment page");
            Ok(Reply::redirect(paths::cart()).alert(Message::PaymentPageOpen))
        }
        Err(error) => Err(error),
    }
}

async fn find_pending_order(visitor: &Visitor) -> Result<Option<OrderId>> {
    let (token, now) = (visitor.cart_token(), visitor.app().clock().now());
    let order = visitor.read(move |conn| Order::find_pending_for_cart(conn, token.as_deref(), now)).await?;
    Ok(order.map(|order| order.id))
}

fn no_longer_pending() -> Reply {
    Reply::redirect(paths::cart()).alert(Message::OrderNoLongerPending)
}
