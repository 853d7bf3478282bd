//! The cart's gift cards. They are put on it with the field of the discount code.

use actix_web::web::Path;

use crate::error::{Error, Result};
use crate::http::{Reply, Visitor};
use crate::models::cart::Cart;
use crate::paths;

/// Takes a card off the cart.
///
/// # Errors
/// When the database refuses.
pub async fn destroy(visitor: Visitor, id: Path<String>) -> Result<Reply> {
    take_off(&visitor, id.into_inner()).await?;
    Ok(Reply::see(paths::cart()))
}

/// Takes a card off the cart, if there is a cart.
pub(super) async fn take_off(visitor: &Visitor, card: String) -> Result<()> {
    let token = visitor.cart_token();
    let dropped = visitor.write(move |tx| {
        let now = tx.now();
        Cart::open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.drop_card(tx, &card)
    });
    match dropped.await {
        Err(Error::NotFound) => Ok(()),
        done => done,
    }
}
