//! Removing gift cards from the cart. They are added with the discount code's field.

use actix_web::web::Path;

use crate::error::{Error, Result};
use crate::http::{Reply, Visitor};
use crate::models::checkout::cart::Cart;
use crate::paths;

pub async fn destroy(visitor: Visitor, id: Path<String>) -> Result<Reply> {
    remove_gift_card(&visitor, id.into_inner()).await?;
    Ok(Reply::redirect(paths::cart()))
}

/// Removes a card; does nothing if there is no cart.
pub(super) async fn remove_gift_card(visitor: &Visitor, card: String) -> Result<()> {
    let token = visitor.cart_token();
    let dropped = visitor.write(move |tx| {
        let now = tx.now();
        Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.remove_gift_card(tx, &card)
    });
    match dropped.await {
        Err(Error::NotFound) => Ok(()),
        done => done,
    }
}
