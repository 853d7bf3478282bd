//! The cart's discount code, and the codes of gift cards, which are typed into the same field.

use super::carts::{Done, cart_page};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::UseCode;
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor};
use crate::models::cart::Cart;
use crate::models::setting::Settings;
use crate::models::throttle::{self, Counter, Pace};
use crate::paths;
use crate::support::clock::waiting_time;

/// Who tries many codes from one network is slowed down.
const CODES: &str = "cart code";
/// So many wrong ones are free: people mistype.
const FREE: i64 = 10;
/// So many wrong ones are taken within ten minutes from an address behind which everybody may be.
const OF_ALL: i64 = 60;

/// Puts a discount code or a gift card on the cart. A try is counted before it is judged, and given back when the code is
/// good.
///
/// # Errors
/// When the database refuses.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let mut typed = form.fields.clone();
    let code = match form.check::<UseCode>() {
        Ok(code) => code,
        Err(fields) => return again(visitor, fields).await,
    };
    let (network, now) = (visitor.network(), visitor.app().clock().now());
    let pace = if network.is_public() { Pace::Doubling(FREE) } else { Pace::Within(OF_ALL, 600) };
    let tries = [Counter::new(CODES, &network.to_string(), pace)];
    let asked = tries.clone();
    if let Some((_, seconds)) = visitor.read(move |conn| throttle::wait(conn, &asked, now)).await? {
        return wait(visitor, typed, seconds).await;
    }
    let token = visitor.cart_token();
    let used = visitor.write(move |tx| {
        let (settings, now) = (Settings::load(tx.conn())?, tx.now());
        let cart = Cart::open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?;
        throttle::take(tx, &tries)?;
        match tx.attempt(|tx| cart.use_code(tx, &settings, &code)) {
            Ok(()) => tries.iter().try_for_each(|counter| counter.give_back(tx)).map(Ok),
            // What was counted stays.
            Err(Error::Invalid { field, message }) => Ok(Err((field, message))),
            Err(error) => Err(error),
        }
    });
    match used.await {
        Ok(Ok(())) | Err(Error::NotFound) => Ok(Reply::see(paths::cart())),
        Ok(Err((field, message))) => {
            typed.refuse(&field, message);
            again(visitor, typed).await
        }
        Err(Error::TooMany(seconds)) => wait(visitor, typed, seconds).await,
        Err(error) => Err(error),
    }
}

async fn wait(visitor: Visitor, mut typed: Fields, seconds: u64) -> Result<Reply> {
    visitor.note(SecurityEvent::Throttled { what: CODES, seconds });
    typed.refuse("code", format!("You have tried many codes. Wait {}, then try again.", waiting_time(seconds)));
    Ok(again(visitor, typed).await?.patience(seconds))
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
