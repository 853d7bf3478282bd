//! The unpaid order of this cart: pay it from the cart page, or move its items back into the cart. The cart's cookie
//! may remain on a shared computer, so nothing here shows the buyer's data.

use super::payments::{ask_to_wait, redirect_to_payment};
use crate::error::{Error, Result};
use crate::http::{Form, Reply, Visitor};
use crate::jobs::payments;
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::OrderId;

pub async fn pay(visitor: Visitor, form: Form) -> Result<Reply> {
    let Some(order) = waiting(&visitor).await? else { return Ok(too_late()) };
    let caller = visitor.checkout_client(form.fields.value("proof"));
    match visitor.write(move |tx| Order::retry_payment(tx, order, Some(&caller))).await {
        Ok(attempt) => Ok(redirect_to_payment(&visitor, attempt, paths::cart().to_owned()).await),
        Err(Error::Conflict) => Ok(too_late()),
        Err(Error::TooManyRequests(_)) => {
            let alert = Message::TooManyPaymentAttempts;
            Ok(Reply::redirect(paths::cart()).alert(alert))
        }
        Err(Error::CheckoutThrottled { seconds, proof }) => {
            let (action, order) = (paths::cart_order_payment().to_owned(), paths::cart().to_owned());
            ask_to_wait(&visitor, seconds, proof, action, order).await
        }
        Err(error) => Err(error),
    }
}

/// Cancels the order and moves its items back into the cart. A repeated request only redirects to the cart.
pub async fn cancel(visitor: Visitor) -> Result<Reply> {
    let Some(order) = waiting(&visitor).await? else { return Ok(Reply::redirect(paths::cart())) };
    let token = visitor.cart_token().unwrap_or_default();
    match payments::cancel_checkout(visitor.app(), order, token).await {
        Ok(new) => Ok(Reply::redirect(paths::cart()).with_cart_cookie(new).notice(Message::ItemsBackInCart)),
        Err(Error::Conflict) => Ok(too_late()),
        Err(error @ Error::Internal { .. }) => {
            tracing::warn!(%error, order = i64::from(order), "a payment page could not be closed");
            let alert = Message::PaymentPageOpen;
            Ok(Reply::redirect(paths::cart()).alert(alert))
        }
        Err(error) => Err(error),
    }
}

async fn waiting(visitor: &Visitor) -> Result<Option<OrderId>> {
    let token = visitor.cart_token();
    let now = visitor.app().clock().now();
    Ok(visitor.read(move |conn| Order::find_pending_for_cart(conn, token.as_deref(), now)).await?.map(|order| order.id))
}

fn too_late() -> Reply {
    Reply::redirect(paths::cart()).alert(Message::OrderNoLongerPending)
}
