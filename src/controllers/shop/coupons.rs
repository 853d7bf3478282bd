//! The cart's code field, which takes discount codes and gift card codes.

use super::carts::{CartPageState, build_cart_page};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::ApplyCodeForm;
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor};
use crate::models::checkout::cart::Cart;
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::i18n::Message;

/// Throttle scope for wrong codes per network.
const CODES: &str = "cart code";
/// Wrong codes before the backoff begins: people mistype.
const FREE: i64 = 10;
/// Wrong codes per ten minutes from a private or loopback address, which a proxy may give to all clients.
const OF_ALL: i64 = 60;

/// Applies a discount code or gift card. An attempt is counted before the code is checked, and cancelled if it is
/// valid.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let mut typed = form.fields.clone();
    let code = match form.check::<ApplyCodeForm>() {
        Ok(code) => code,
        Err(fields) => return render_form(visitor, fields).await,
    };
    let (network, now) = (visitor.network(), visitor.app().clock().now());
    let pace =
        if network.is_public() { ThrottlePolicy::Backoff(FREE) } else { ThrottlePolicy::FixedWindow(OF_ALL, 600) };
    let tries = [AttemptCounter::new(CODES, &network.to_string(), pace)];
    let asked = tries.clone();
    if let Some((_, seconds)) = visitor.read(move |conn| throttle::retry_after(conn, &asked, now)).await? {
        return wait(visitor, typed, seconds).await;
    }
    let token = visitor.cart_token();
    let used = visitor.write(move |tx| {
        let (settings, now) = (Settings::load(tx.conn())?, tx.now());
        let cart = Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?;
        throttle::record_attempt(tx, &tries)?;
        match tx.run_in_savepoint(|tx| cart.apply_code(tx, &settings, &code)) {
            Ok(()) => tries.iter().try_for_each(|counter| counter.cancel_attempt(tx)).map(Ok),
            // Commit, so that the attempt stays counted; the savepoint has undone the rest.
            Err(Error::Invalid { field, message }) => Ok(Err((field, message))),
            Err(error) => Err(error),
        }
    });
    match used.await {
        Ok(Ok(())) | Err(Error::NotFound) => Ok(Reply::redirect(paths::cart())),
        Ok(Err((field, message))) => {
            typed.add_error(&field, message);
            render_form(visitor, typed).await
        }
        Err(Error::TooManyRequests(seconds)) => wait(visitor, typed, seconds).await,
        Err(error) => Err(error),
    }
}

async fn wait(visitor: Visitor, mut typed: Fields, seconds: u64) -> Result<Reply> {
    visitor.record_security_event(SecurityEvent::Throttled { what: CODES, seconds });
    typed.add_error("code", Message::too_many_attempts(seconds));
    Ok(render_form(visitor, typed).await?.too_many_requests(seconds))
}

pub async fn destroy(visitor: Visitor) -> Result<Reply> {
    let token = visitor.cart_token();
    let dropped = visitor.write(move |tx| {
        let now = tx.now();
        Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.remove_code(tx)
    });
    match dropped.await {
        Ok(()) | Err(Error::NotFound) => Ok(Reply::redirect(paths::cart())),
        Err(error) => Err(error),
    }
}

async fn render_form(visitor: Visitor, code: Fields) -> Result<Reply> {
    let done = CartPageState { code_form: code, ..CartPageState::default() };
    Ok(visitor.render_page(Layout::Private, move |conn, cx| build_cart_page(conn, cx, done)).await?.unprocessable())
}
