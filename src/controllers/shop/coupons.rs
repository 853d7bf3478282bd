//! The cart's code field, which takes discount codes and gift card codes.

use super::carts::{CartPageState, build_cart_page};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::ApplyCodeForm;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor};
use crate::models::checkout::cart::Cart;
use crate::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::i18n::Message;

const THROTTLE: &str = "cart code";
/// Wrong codes before the backoff begins: people mistype.
const FREE_ATTEMPTS: i64 = 10;
/// Wrong codes per ten minutes from a private or loopback address, which a proxy may give to all clients.
const ATTEMPTS_OF_ALL: i64 = 60;

/// Applies a discount code or gift card. An attempt is counted before the check, and cancelled if the code is valid.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let mut typed = form.fields.clone();
    let code = match form.check::<ApplyCodeForm>() {
        Ok(code) => code,
        Err(fields) => return render_form(visitor, fields).await,
    };
    let (network, now) = (visitor.network(), visitor.app().clock().now());
    let policy = if network.is_public() {
        ThrottlePolicy::Backoff(FREE_ATTEMPTS)
    } else {
        ThrottlePolicy::FixedWindow(ATTEMPTS_OF_ALL, 600)
    };
    let counters = [AttemptCounter::new(THROTTLE, &network.to_string(), policy)];
    let current = counters.clone();
    if let Some((_, seconds)) = visitor.read(move |conn| throttle::retry_after(conn, &current, now)).await? {
        return render_throttled(visitor, typed, seconds).await;
    }
    let token = visitor.cart_token();
    let applied = visitor.write(move |tx| {
        let (settings, now) = (Settings::load(tx.conn())?, tx.now());
        let cart = Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?;
        throttle::record_attempt(tx, &counters)?;
        match tx.run_in_savepoint(|tx| cart.apply_code(tx, &settings, &code)) {
            Ok(()) => counters.iter().try_for_each(|counter| counter.cancel_attempt(tx)).map(Ok),
            // Commit, so that the attempt stays counted; the savepoint has undone the rest.
            Err(Error::Invalid { field, message }) => Ok(Err((field, message))),
            Err(error) => Err(error),
        }
    });
    match applied.await {
        Ok(Ok(())) | Err(Error::NotFound) => Ok(Reply::redirect(paths::cart())),
        Ok(Err((field, message))) => {
            typed.add_error(&field, message);
            render_form(visitor, typed).await
        }
        Err(Error::TooManyRequests(seconds)) => render_throttled(visitor, typed, seconds).await,
        Err(error) => Err(error),
    }
}

async fn render_throttled(visitor: Visitor, mut typed: Fields, seconds: u64) -> Result<Reply> {
    visitor.record_security_event(SecurityEvent::Throttled { what: THROTTLE, seconds });
    typed.add_error("code", Message::too_many_attempts(seconds));
    Ok(render_form(visitor, typed).await?.too_many_requests(seconds))
}

pub async fn destroy(visitor: Visitor) -> Result<Reply> {
    let token = visitor.cart_token();
    let removed = visitor.write(move |tx| {
        let now = tx.now();
        Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.remove_code(tx)
    });
    match removed.await {
        Ok(()) | Err(Error::NotFound) => Ok(Reply::redirect(paths::cart())),
        Err(error) => Err(error),
    }
}

async fn render_form(visitor: Visitor, code: Fields) -> Result<Reply> {
    let state = CartPageState { code_form: code, ..CartPageState::default() };
    Ok(visitor.render_page(Layout::Private, move |conn, cx| build_cart_page(conn, cx, state)).await?.unprocessable())
}
