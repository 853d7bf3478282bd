//! Cart lines: add, change, remove.

use actix_web::web::Path;

use super::carts::{self, CartPageState};
use super::products;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::{AddToCartForm, CartLineForm, selector_from_fields};
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor};
use crate::models::catalog::product::Product;
use crate::models::checkout::cart::Cart;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::CartLineId;

pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let typed = form.fields.clone();
    let (pick, quantity) = match form.check::<AddToCartForm>() {
        Ok(wanted) => wanted,
        Err(fields) => return product_again(visitor, fields).await,
    };
    let token = visitor.cart_token();
    let (limits, clock, network) =
        (visitor.app().rate_limits.clone(), visitor.app().clock().clone(), visitor.network());
    // Without a cookie, check the rate limit before the database is asked.
    let mut may_begin = false;
    if token.is_none() {
        if let Err(error) = limits.check_new_cart(network, &clock) {
            return too_many(visitor, typed, error).await;
        }
        may_begin = true;
    }
    let added = visitor
        .write(move |tx| {
            let variant = Product::resolve_variant(tx.conn(), &pick)?;
            let now = tx.now();
            let (cart, new) = match Cart::find_open(tx.conn(), token.as_deref(), now)? {
                Some(cart) => (cart, None),
                None => {
                    if !may_begin {
                        limits.check_new_cart(network, &clock)?;
                        may_begin = true;
                    }
                    Cart::create(tx, token.as_deref()).map(|(cart, secret)| (cart, Some(secret)))?
                }
            };
            Ok((cart.add(tx, &variant, quantity)?, new))
        })
        .await;
    match added {
        Ok((line, new)) => Ok(Reply::redirect(paths::cart_after_adding(line)).with_cart_cookie(new)),
        Err(error @ Error::TooManyRequests(_)) => too_many(visitor, typed, error).await,
        Err(error) => product_again(visitor, refused(typed, error)?).await,
    }
}

/// Renders the product page with an error: this network has created too many carts.
async fn too_many(visitor: Visitor, mut typed: Fields, error: Error) -> Result<Reply> {
    let Error::TooManyRequests(seconds) = error else { return Err(error) };
    visitor.record_security_event(SecurityEvent::Throttled { what: "new cart", seconds });
    typed.add_error("quantity", Message::too_many_carts(seconds));
    Ok(product_again(visitor, typed).await?.too_many_requests(seconds))
}

/// Sets a line's quantity; 0 removes it.
pub async fn update(visitor: Visitor, line: Path<CartLineId>, form: Form) -> Result<Reply> {
    let line = line.into_inner();
    let quantity = match form.check::<CartLineForm>() {
        Ok(quantity) => quantity,
        Err(fields) => return cart_again(visitor, line, fields).await,
    };
    match change(&visitor, line, quantity).await {
        Ok(()) => Ok(Reply::redirect(paths::cart())),
        Err(error) => cart_again(visitor, line, refused(Fields::default(), error)?).await,
    }
}

pub async fn destroy(visitor: Visitor, line: Path<CartLineId>) -> Result<Reply> {
    match change(&visitor, line.into_inner(), 0).await {
        Err(Error::NotFound) | Ok(()) => Ok(Reply::redirect(paths::cart())),
        Err(error) => Err(error),
    }
}

async fn change(visitor: &Visitor, line: CartLineId, quantity: i64) -> Result<()> {
    let token = visitor.cart_token();
    visitor
        .write(move |tx| {
            let now = tx.now();
            let cart = Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?;
            cart.set_quantity(tx, line, quantity)
        })
        .await
}

/// Turns domain errors into field errors; anything else is ours and propagates.
fn refused(mut fields: Fields, error: Error) -> Result<Fields> {
    match error {
        Error::OutOfStock { available: left, .. } if left <= 0 && !fields.value("option_1").is_empty() => {
            fields.add_error("option_1", Message::VariantSoldOut);
        }
        Error::OutOfStock { available: left, .. } if left <= 0 => {
            fields.add_error("quantity", Message::ItemSoldOut);
        }
        Error::OutOfStock { available: left, .. } => {
            fields.add_error("quantity", Message::ItemScarce { left });
        }
        Error::Invalid { field, message } => fields.add_error(&field, message),
        error => return Err(error),
    }
    Ok(fields)
}

async fn product_again(visitor: Visitor, fields: Fields) -> Result<Reply> {
    let page = visitor
        .render_page(Layout::Private, move |conn, cx| {
            let slug = Product::find_slug(conn, &selector_from_fields(&fields))?;
            products::build_product_page(conn, cx, &slug, fields)
        })
        .await?;
    Ok(page.unprocessable())
}

async fn cart_again(visitor: Visitor, line: CartLineId, fields: Fields) -> Result<Reply> {
    let message = fields.error("quantity").cloned().unwrap_or(Message::QuantityInvalid);
    let page = visitor
        .render_page(Layout::Private, move |conn, cx| {
            carts::build_cart_page(
                conn,
                cx,
                CartPageState { quantity_error: Some((line, message)), ..CartPageState::default() },
            )
        })
        .await?;
    Ok(page.unprocessable())
}
