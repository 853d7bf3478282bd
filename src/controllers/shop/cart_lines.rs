//! Cart lines: add, change, remove.

use super::carts::{self, CartPageState};
use super::products;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::{AddToCartForm, CartLineForm, selector_from_fields};
use crate::http::resource_path::{CartLinePath, ProductSlugPath};
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Layout, Reply, Visitor};
use crate::models::catalog::product::Product;
use crate::models::checkout::cart::Cart;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::CartLineId;

pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let typed = form.fields.clone();
    let (selector, quantity) = match form.check::<AddToCartForm>() {
        Ok(selection) => selection,
        Err(fields) => return render_product_form(visitor, fields).await,
    };
    let token = visitor.cart_token();
    let (limits, clock, network) =
        (visitor.app().rate_limits.clone(), visitor.app().clock().clone(), visitor.network());
    // Without a cookie, check the rate limit before the database is asked.
    let mut may_create = false;
    if token.is_none() {
        if let Err(error) = limits.check_new_cart(network, &clock) {
            return render_throttled(visitor, typed, error).await;
        }
        may_create = true;
    }
    let added = visitor
        .write(move |tx| {
            let variant = Product::resolve_variant(tx.conn(), &selector)?;
            let now = tx.now();
            let (cart, new_token) = match Cart::find_open(tx.conn(), token.as_deref(), now)? {
                Some(cart) => (cart, None),
                None => {
                    if !may_create {
                        limits.check_new_cart(network, &clock)?;
                        may_create = true;
                    }
                    Cart::create(tx, token.as_deref())?
                }
            };
            Ok((cart.add(tx, &variant, quantity)?, new_token))
        })
        .await;
    match added {
        Ok((line, new_token)) => Ok(Reply::redirect(paths::cart_after_adding(line)).with_cart_cookie(new_token)),
        Err(error @ Error::TooManyRequests(_)) => render_throttled(visitor, typed, error).await,
        Err(error) => render_product_form(visitor, add_stock_error(typed, error)?).await,
    }
}

async fn render_throttled(visitor: Visitor, mut typed: Fields, error: Error) -> Result<Reply> {
    let Error::TooManyRequests(seconds) = error else { return Err(error) };
    visitor.record_security_event(SecurityEvent::Throttled { what: "new cart", seconds });
    typed.add_error("quantity", Message::too_many_carts(seconds));
    Ok(render_product_form(visitor, typed).await?.too_many_requests(seconds))
}

/// Sets a line's quantity; 0 removes it.
pub async fn update(visitor: Visitor, path: CartLinePath, form: Form) -> Result<Reply> {
    let line = path.id;
    let quantity = match form.check::<CartLineForm>() {
        Ok(quantity) => quantity,
        Err(fields) => return render_cart_form(visitor, line, fields).await,
    };
    match set_quantity(&visitor, line, quantity).await {
        Ok(()) => Ok(Reply::redirect(paths::cart())),
        Err(error) => render_cart_form(visitor, line, add_stock_error(Fields::default(), error)?).await,
    }
}

pub async fn destroy(visitor: Visitor, path: CartLinePath) -> Result<Reply> {
    match set_quantity(&visitor, path.id, 0).await {
        Err(Error::NotFound) | Ok(()) => Ok(Reply::redirect(paths::cart())),
        Err(error) => Err(error),
    }
}

async fn set_quantity(visitor: &Visitor, line: CartLineId, quantity: i64) -> Result<()> {
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
fn add_stock_error(mut fields: Fields, error: Error) -> Result<Fields> {
    match error {
        Error::OutOfStock { available, .. } if available <= 0 && !fields.value("option_1").is_empty() => {
            fields.add_error("option_1", Message::VariantSoldOut);
        }
        Error::OutOfStock { available, .. } if available <= 0 => {
            fields.add_error("quantity", Message::ItemSoldOut);
        }
        Error::OutOfStock { available, .. } => {
            fields.add_error("quantity", Message::ItemScarce { left: available });
        }
        Error::Invalid { field, message } => fields.add_error(&field, message),
        error => return Err(error),
    }
    Ok(fields)
}

async fn render_product_form(visitor: Visitor, fields: Fields) -> Result<Reply> {
    let page = visitor
        .render_page(Layout::Private, move |conn, cx| {
            let path = ProductSlugPath { slug: Product::find_slug(conn, &selector_from_fields(&fields))? };
            products::build_product_page(conn, cx, &path, fields)
        })
        .await?;
    Ok(page.unprocessable())
}

async fn render_cart_form(visitor: Visitor, line: CartLineId, fields: Fields) -> Result<Reply> {
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
