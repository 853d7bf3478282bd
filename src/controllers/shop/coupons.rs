//! The cart's discount code, and the codes of gift cards, which are typed into the same field.

use super::carts::{Done, cart_page};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::UseCode;
use crate::http::page::Layout;
use crate::http::{Form, Reply, Visitor};
use crate::models::cart::Cart;
use crate::models::setting::Settings;
use crate::models::throttle;
use crate::paths;

/// Who tries many codes from one network is slowed down, if the network is one on the internet.
const CODES: &str = "cart code";
/// So many wrong ones are free: people mistype.
const FREE: i64 = 10;

/// Puts a discount code or a gift card on the cart.
///
/// # Errors
/// When the database refuses.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let mut typed = form.fields.clone();
    let code = match form.check::<UseCode>() {
        Ok(code) => code,
        Err(fields) => return again(visitor, fields).await,
    };
    let (network, now) = (visitor.public_network(), visitor.app().clock().now());
    if let Some(guesser) = network.clone()
        && let Some(seconds) = visitor.read(move |conn| throttle::wait(conn, CODES, &guesser, now)).await?
    {
        let wait = format!(
            "You have tried many codes. Wait {seconds} second{}, then try again.",
            if seconds == 1 { "" } else { "s" }
        );
        typed.refuse("code", wait);
        return Ok(again(visitor, typed).await?.patience(seconds));
    }
    let token = visitor.cart_token();
    let used = visitor.write(move |tx| {
        let (settings, now) = (Settings::load(tx.conn())?, tx.now());
        let cart = Cart::open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?;
        cart.use_code(tx, &settings, &code)
    });
    match used.await {
        Ok(()) | Err(Error::NotFound) => Ok(Reply::see(paths::cart())),
        Err(Error::Invalid { field, message }) => {
            if let Some(guesser) = network {
                visitor.write(move |tx| throttle::failed(tx, CODES, &guesser, FREE)).await?;
            }
            typed.refuse(&field, message);
            again(visitor, typed).await
        }
        Err(error) => Err(error),
    }
}

/// Takes the code off the cart.
///
/// # Errors
/// When the database refuses.
pub async fn destroy(visitor: Visitor) -> Result<Reply> {
    let token = visitor.cart_token();
    let dropped = visitor.write(move |tx| {
        let now = tx.now();
        Cart::open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.drop_code(tx)
    });
    match dropped.await {
        Ok(()) | Err(Error::NotFound) => Ok(Reply::see(paths::cart())),
        Err(error) => Err(error),
    }
}

async fn again(visitor: Visitor, code: Fields) -> Result<Reply> {
    let done = Done { code, ..Done::default() };
    Ok(visitor.page_in(Layout::Private, move |conn, cx| cart_page(conn, cx, done)).await?.retry())
}
