//! The order that a buyer has left at the payment page: paid from the cart's page, or taken back into the cart. The cart's
//! cookie stays behind on a computer that others use, so nothing here shows whose order it is.

use super::payments::to_page;
use crate::error::{Error, Result};
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::jobs::payments;
use crate::models::order::Order;
use crate::paths;
use crate::views::shop::payments::Wait;

/// Leads to the page to pay on.
pub async fn pay(visitor: Visitor, form: Form) -> Result<Reply> {
    let Some(order) = waiting(&visitor).await? else { return Ok(too_late()) };
    let caller = visitor.caller(form.fields.value("proof"));
    match visitor.write(move |tx| Order::retry_payment(tx, order, Some(&caller))).await {
        Ok(attempt) => Ok(to_page(&visitor, attempt, paths::cart().to_owned()).await),
        Err(Error::Conflict) => Ok(too_late()),
        Err(Error::TooMany(_)) => {
            let alert = "That was tried very often. Please write to us, and we help you to pay for your order.";
            Ok(Reply::see(paths::cart()).alert(alert))
        }
        Err(Error::Wait { seconds, proof }) => {
            let (action, order) = (paths::cart_order_payment().to_owned(), paths::cart().to_owned());
            let page = Wait { seconds, proof, action, order };
            Ok(visitor.page_in(Layout::Plain, move |_, _| Ok(page)).await?.patience(seconds))
        }
        Err(error) => Err(error),
    }
}

/// Calls the order off and puts its things back into the cart. Sent again, it only leads to the cart.
pub async fn cancel(visitor: Visitor) -> Result<Reply> {
    let Some(order) = waiting(&visitor).await? else { return Ok(Reply::see(paths::cart())) };
    let token = visitor.cart_token().unwrap_or_default();
    match payments::take_back(visitor.app(), order, token).await {
        Ok(new) => Ok(Reply::see(paths::cart()).with_cart(new).notice("Your things are in the cart again.")),
        Err(Error::Conflict) => Ok(too_late()),
        Err(error @ Error::Internal { .. }) => {
            tracing::warn!(%error, order, "a payment page could not be closed");
            let alert = "The payment page could not be closed. Please try again in a minute.";
            Ok(Reply::see(paths::cart()).alert(alert))
        }
        Err(error) => Err(error),
    }
}

async fn waiting(visitor: &Visitor) -> Result<Option<i64>> {
    let token = visitor.cart_token();
    let now = visitor.app().clock().now();
    Ok(visitor.read(move |conn| Order::waiting_of(conn, token.as_deref(), now)).await?.map(|order| order.id))
}

fn too_late() -> Reply {
    Reply::see(paths::cart()).alert("That order no longer waits for its payment. The link to it is in your mail.")
}
