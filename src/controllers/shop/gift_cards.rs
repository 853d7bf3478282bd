//! Removing gift cards from the cart. They are added with the discount code's field.

use crate::error::{Error, Result};
use crate::http::resource_path::GiftCardPath;
use crate::http::{Reply, Visitor};
use crate::models::checkout::cart::Cart;
use crate::paths;

pub async fn destroy(visitor: Visitor, path: GiftCardPath) -> Result<Reply> {
    remove_gift_card(&visitor, path.id).await?;
    Ok(Reply::redirect(paths::cart()))
}

pub(super) async fn remove_gift_card(visitor: &Visitor, card: String) -> Result<()> {
    let token = visitor.cart_token();
    let removed = visitor.write(move |tx| {
        let now = tx.now();
        Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.remove_gift_card(tx, &card)
    });
    match removed.await {
        Err(Error::NotFound) => Ok(()),
        removed => removed,
    }
}
