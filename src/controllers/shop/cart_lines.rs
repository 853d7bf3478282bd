//! The lines of a visitor's cart.

use actix_web::web::Path;

use super::carts::{self, Done};
use super::products;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::{AddToCart, ChangeLine, picked};
use crate::http::page::Layout;
use crate::http::security_log::SecurityEvent;
use crate::http::{Form, Reply, Visitor};
use crate::models::cart::Cart;
use crate::models::product::Product;
use crate::paths;
use crate::support::clock::waiting_time;

/// Puts a variant in the cart.
pub async fn create(visitor: Visitor, form: Form) -> Result<Reply> {
    let typed = form.fields.clone();
    let (pick, quantity) = match form.check::<AddToCart>() {
        Ok(wanted) => wanted,
        Err(fields) => return product_again(visitor, fields).await,
    };
    let token = visitor.cart_token();
    let (limits, clock, network) = (visitor.app().limits.clone(), visitor.app().clock().clone(), visitor.network());
    // Whoever brings no cookie is refused before the database is asked.
    let mut may_begin = false;
    if token.is_none() {
        if let Err(error) = limits.take_new_cart(network, &clock) {
            return too_many(visitor, typed, error).await;
        }
        may_begin = true;
    }
    let added = visitor
        .write(move |tx| {
            let variant = Product::pick(tx.conn(), &pick)?;
            let now = tx.now();
            let (cart, new) = match Cart::open(tx.conn(), token.as_deref(), now)? {
                Some(cart) => (cart, None),
                None => {
                    if !may_begin {
                        limits.take_new_cart(network, &clock)?;
                        may_begin = true;
                    }
                    Cart::begin(tx, token.as_deref()).map(|(cart, secret)| (cart, Some(secret)))?
                }
            };
            Ok((cart.add(tx, &variant, quantity)?, new))
        })
        .await;
    match added {
        Ok((line, new)) => Ok(Reply::see(paths::cart_after_adding(line)).with_cart(new)),
        Err(error @ Error::TooMany(_)) => too_many(visitor, typed, error).await,
        Err(error) => product_again(visitor, refused(typed, error)?).await,
    }
}

/// The product's page once more: the network has begun many carts.
async fn too_many(visitor: Visitor, mut typed: Fields, error: Error) -> Result<Reply> {
    let Error::TooMany(seconds) = error else { return Err(error) };
    visitor.note(SecurityEvent::Throttled { what: "new cart", seconds });
    let words = "Very many carts were begun from your network. Wait";
    typed.refuse("quantity", format!("{words} {}, then add it again.", waiting_time(seconds)));
    Ok(product_again(visitor, typed).await?.patience(seconds))
}

/// Changes how many pieces a line has; none takes it out.
pub async fn update(visitor: Visitor, line: Path<i64>, form: Form) -> Result<Reply> {
    let line = line.into_inner();
    let quantity = match form.check::<ChangeLine>() {
        Ok(quantity) => quantity,
        Err(fields) => return cart_again(visitor, line, fields).await,
    };
    match change(&visitor, line, quantity).await {
        Ok(()) => Ok(Reply::see(paths::cart())),
        Err(error) => cart_again(visitor, line, refused(Fields::default(), error)?).await,
    }
}

/// Takes a line out of the cart.
pub async fn destroy(visitor: Visitor, line: Path<i64>) -> Result<Reply> {
    match change(&visitor, line.into_inner(), 0).await {
        Err(Error::NotFound) | Ok(()) => Ok(Reply::see(paths::cart())),
        Err(error) => Err(error),
    }
}

async fn change(visitor: &Visitor, line: i64, quantity: i64) -> Result<()> {
    let token = visitor.cart_token();
    visitor
        .write(move |tx| {
            let now = tx.now();
            let cart = Cart::open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?;
            cart.change(tx, line, quantity)
        })
        .await
}

/// Errors about what was chosen and about the quantity go beside their fields; all others are not the visitor's.
fn refused(mut fields: Fields, error: Error) -> Result<Fields> {
    match error {
        Error::OutOfStock { left, .. } if left <= 0 && !fields.value("option_1").is_empty() => {
            fields.refuse("option_1", "This one is sold out. Please choose another.");
        }
        Error::OutOfStock { left, .. } if left <= 0 => fields.refuse("quantity", "This has just been sold out."),
        Error::OutOfStock { left, .. } => fields.refuse("quantity", format!("Only {left} left. Please take fewer.")),
        Error::Invalid { field, message } => fields.refuse(&field, message),
        error => return Err(error),
    }
    Ok(fields)
}

async fn product_again(visitor: Visitor, fields: Fields) -> Result<Reply> {
    let page = visitor
        .page_in(Layout::Private, move |conn, cx| {
            let slug = Product::slug_of(conn, &picked(&fields))?;
            products::product_page(conn, cx, &slug, fields)
        })
        .await?;
    Ok(page.retry())
}

async fn cart_again(visitor: Visitor, line: i64, fields: Fields) -> Result<Reply> {
    let message = fields.error("quantity").unwrap_or("Please check the quantity.").to_owned();
    let page = visitor
        .page_in(Layout::Private, move |conn, cx| {
            carts::cart_page(conn, cx, Done { refusal: Some((line, message)), ..Done::default() })
        })
        .await?;
    Ok(page.retry())
}
