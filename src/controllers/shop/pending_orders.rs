//! The unpaid order of this cart: pay it from the cart page, or move its items back into the cart. The cart's cookie
//! may remain on a shared computer, so nothing here shows the buyer's data.

use super::payments::redirect_to_payment;
use crate::error::{Error, Result};
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::jobs::payments;
use crate::models::sales::order::Order;
use crate::paths;
use crate::views::shop::payments::PaymentWait;

pub async fn pay(visitor: Visitor, form: Form) -> Result<Reply> {
    let Some(order) = waiting(&visitor).await? else { return Ok(too_late()) };
    let caller = visitor.checkout_client(form.fields.value("proof"));
    match visitor.write(move |tx| Order::retry_payment(tx, order, Some(&caller))).await {
        Ok(attempt) => Ok(redirect_to_payment(&visitor, attempt, paths::cart().to_owned()).await),
        Err(Error::Conflict) => Ok(too_late()),
        Err(Error::TooManyRequests(_)) => {
            let alert = "Too many payment attempts. Please contact us, and we will help you pay for your order.";
            Ok(Reply::redirect(paths::cart()).alert(alert))
        }
        Err(Error::CheckoutThrottled { seconds, proof }) => {
            let (action, order) = (paths::cart_order_payment().to_owned(), paths::cart().to_owned());
            let page = PaymentWait { seconds, proof, action, order };
            Ok(visitor.render_page(Layout::Plain, move |_, _| Ok(page)).await?.too_many_requests(seconds))
        }
        Err(error) => Err(error),
    }
}

/// Cancels the order and moves its items back into the cart. A repeated request only redirects to the cart.
pub async fn cancel(visitor: Visitor) -> Result<Reply> {
    let Some(order) = waiting(&visitor).await? else { return Ok(Reply::redirect(paths::cart())) };
    let token = visitor.cart_token().unwrap_or_default();
    match payments::cancel_checkout(visitor.app(), order, token).await {
        Ok(new) => Ok(Reply::redirect(paths::cart()).with_cart_cookie(new).notice("Your items are back in your cart.")),
        Err(Error::Conflict) => Ok(too_late()),
        Err(error @ Error::Internal { .. }) => {
            tracing::warn!(%error, order, "a payment page could not be closed");
            let alert = "The payment page could not be closed. Please try again in a minute.";
            Ok(Reply::redirect(paths::cart()).alert(alert))
        }
        Err(error) => Err(error),
    }
}

async fn waiting(visitor: &Visitor) -> Result<Option<i64>> {
    let token = visitor.cart_token();
    let now = visitor.app().clock().now();
    Ok(visitor.read(move |conn| Order::find_pending_for_cart(conn, token.as_deref(), now)).await?.map(|order| order.id))
}

fn too_late() -> Reply {
    Reply::redirect(paths::cart()).alert("That order is no longer awaiting payment. The link to it is in your email.")
}
