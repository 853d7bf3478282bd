//! The cart.

use std::collections::HashMap;

use crate::db::Conn;
use crate::error::Result;
use crate::http::page::Layout;
use crate::http::pictures::picture;
use crate::http::{Context, Reply, Visitor, shown};
use crate::models::cart::Cart;
use crate::models::product::{Filter, Product, Sort, Status};
use crate::models::shipping_method::ShippingMethod;
use crate::models::variant::Variant;
use crate::paths;
use crate::support::money::divide;
use crate::support::page::Paging;
use crate::views::shop::carts::{Line, Show};

/// A quantity that was refused: the line's row and what is wrong.
pub type Refusal = Option<(i64, String)>;

/// Shows the cart.
pub async fn show(visitor: Visitor) -> Result<Reply> {
    let added = visitor.parameter("added").and_then(|line| line.parse().ok());
    visitor.page_in(Layout::Private, move |conn, cx| cart_page(conn, cx, None, added)).await
}

/// The cart's page, perhaps with a refused quantity or something just added.
///
/// # Errors
/// When the database refuses.
pub fn cart_page(conn: &mut Conn, cx: &mut Context, refusal: Refusal, added: Option<i64>) -> Result<Show> {
    let cart = Cart::open(conn, cx.cart_token.as_deref(), cx.now)?;
    let lines = match &cart {
        Some(cart) => cart.lines(conn)?,
        None => Vec::new(),
    };
    let variants: Vec<i64> = lines.iter().map(|line| line.variant.id).collect();
    let products: Vec<i64> = lines.iter().map(|line| line.product.id).collect();
    let left: HashMap<i64, i64> = Variant::available(conn, &variants)?.into_iter().collect();
    let pictures = Product::first_pictures(conn, &products)?;
    let goods: i64 = lines.iter().map(|line| line.variant.price_minor.saturating_mul(line.quantity)).sum();
    let weight: i64 = lines.iter().map(|line| line.variant.weight_g.saturating_mul(line.quantity)).sum();
    let free_over = ShippingMethod::offered(conn, &cx.settings.country, weight)?
        .iter()
        .filter(|method| !method.pickup)
        .filter_map(|method| method.free_over_minor)
        .min();
    let missing = free_over.filter(|over| goods < *over).map(|over| over - goods);
    let progress = free_over.and_then(|over| divide(i128::from(goods.min(over)) * 100, i128::from(over.max(1))));
    let mut shown_lines = Vec::new();
    for line in &lines {
        let there = left.get(&line.variant.id).copied().unwrap_or(0);
        let gone = line.product.status != Status::Active;
        let notice = match there {
            _ if gone => Some("No longer sold. Please take it out.".to_owned()),
            there if there <= 0 => Some("Sold out. Please take it out.".to_owned()),
            there if there < line.quantity => Some(format!("Only {there} left.")),
            _ => None,
        };
        shown_lines.push(Line {
            id: line.id,
            title: line.product.title.clone(),
            href: paths::product(&line.product.slug),
            picture: pictures.get(&line.product.id).map(|media| picture(media, Some(""))),
            options: String::new(),
            unit: cx.amount_in(line.variant.price_minor, &line.variant.currency),
            quantity: shown::small(line.quantity),
            total: cx.amount_in(line.variant.price_minor.saturating_mul(line.quantity), &line.variant.currency),
            error: refusal.as_ref().filter(|(id, _)| *id == line.id).map(|(_, message)| message.clone()),
            notice,
        });
    }
    Ok(Show {
        goods: cx.amount(goods),
        free_shipping_missing: missing.map(|minor| cx.amount(minor)),
        free_shipping_progress: shown::small(progress.unwrap_or(0)),
        changed: Vec::new(),
        added: added.and_then(|id| lines.iter().find(|line| line.id == id)).map(|line| line.product.title.clone()),
        version: cart.map_or(0, |cart| cart.version).to_string(),
        suggestions: if lines.is_empty() { suggestions(conn, cx)? } else { Vec::new() },
        lines: shown_lines,
    })
}

fn suggestions(conn: &mut Conn, cx: &Context) -> Result<Vec<crate::views::shop::products::Card>> {
    let filter = Filter { status: Some(Status::Active), featured: true, ..Filter::default() };
    let listed = Product::page(conn, &filter, Sort::Newest, Paging { page: 1, size: 4 })?;
    listed.items.iter().map(|item| shown::product_card(conn, item, cx)).collect()
}
