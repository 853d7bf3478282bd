//! The cart.

use std::collections::HashMap;

use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::http::page::Layout;
use crate::http::pictures::picture;
use crate::http::{Context, Reply, Visitor, shown};
use crate::models::cart::{self, Cart};
use crate::models::coupon::Coupon;
use crate::models::gift_card::applying::{OnCart, split};
use crate::models::order::Order;
use crate::models::product::{Filter, Product, Sort};
use crate::models::quote::Discount;
use crate::models::shipping_method::{Parcel, ShippingMethod};
use crate::models::variant::Variant;
use crate::paths;
use crate::support::money::divide;
use crate::support::page::Paging;
use crate::views;
use crate::views::shop::carts::{Card, Line, Show, Waiting};

/// A quantity that was refused: the line's row and what is wrong.
pub type Refusal = Option<(i64, String)>;

/// What somebody has just done on the cart's page, and what was refused.
#[derive(Default)]
pub struct Done {
    /// The line that was put in.
    pub added: Option<i64>,
    /// A quantity that was refused.
    pub refusal: Refusal,
    /// The discount code's form as it was typed.
    pub code: Fields,
}

/// Shows the cart.
pub async fn show(visitor: Visitor) -> Result<Reply> {
    let added = visitor.parameter("added").and_then(|line| line.parse().ok());
    visitor.page_in(Layout::Private, move |conn, cx| cart_page(conn, cx, Done { added, ..Done::default() })).await
}

/// The cart's page.
///
/// # Errors
/// When the database refuses.
pub fn cart_page(conn: &mut Conn, cx: &mut Context, done: Done) -> Result<Show> {
    let Done { added, refusal, code: form } = done;
    let cart = Cart::open(conn, cx.cart_token.as_deref(), cx.now)?;
    let waiting = Order::waiting_of(conn, cx.cart_token.as_deref(), cx.now)?;
    let lines = match &cart {
        Some(cart) => cart.lines(conn)?,
        None => Vec::new(),
    };
    let variants: Vec<i64> = lines.iter().map(|line| line.variant.id).collect();
    let products: Vec<i64> = lines.iter().map(|line| line.product.id).collect();
    let left: HashMap<i64, i64> = Variant::available(conn, &variants)?.into_iter().collect();
    let pictures = Product::first_pictures(conn, &products)?;
    let goods: i64 = lines.iter().map(cart::Line::goods_minor).sum();
    let code = code(conn, cx, cart.as_ref(), &lines)?;
    let to_pay = goods - code.off;
    let parcel = Parcel::of(&lines, code.off, &cx.settings.country);
    let free_over = ShippingMethod::among(&cx.terms.methods, &parcel)
        .iter()
        .filter(|(method, _)| !method.pickup && !code.ships_free)
        .filter_map(|(method, _)| method.free_over_minor)
        .min();
    let sent = parcel.goods_minor;
    let missing = free_over.filter(|over| sent < *over).map(|over| over - sent);
    let progress = free_over.and_then(|over| divide(i128::from(sent.min(over)) * 100, i128::from(over.max(1))));
    let (cards, rest) = cards(conn, cx, cart.as_ref(), &lines, to_pay)?;
    let mut shown_lines = Vec::new();
    for line in &lines {
        let there = left.get(&line.variant.id).copied().unwrap_or(0);
        let gone = !line.is_for_sale();
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
            options: line.variant.options.clone(),
            unit: cx.amount_in(line.variant.price_minor, &line.variant.currency),
            quantity: shown::small(line.quantity),
            total: cx.amount_in(line.variant.price_minor.saturating_mul(line.quantity), &line.variant.currency),
            error: refusal.as_ref().filter(|(id, _)| *id == line.id).map(|(_, message)| message.clone()),
            notice,
        });
    }
    Ok(Show {
        goods: cx.amount(goods),
        discount: code.shown,
        subtotal: cx.amount(to_pay),
        is_sent: !parcel.is_empty,
        ships_free: !parcel.is_empty && (code.ships_free || free_over.is_some_and(|over| sent >= over)),
        cards,
        rest,
        unused: code.unused,
        form,
        free_shipping_missing: missing.map(|minor| cx.amount(minor)),
        free_shipping_progress: shown::small(progress.unwrap_or(0)),
        changed: Vec::new(),
        added: added.and_then(|id| lines.iter().find(|line| line.id == id)).map(cart::Line::name),
        waiting: waiting.map(|order| Waiting {
            due: cx.amount_in(order.due_minor(), &order.currency),
            until: cx.moment(order.hold_until.unwrap_or(cx.now)),
        }),
        version: cart.map_or(0, |cart| cart.version).to_string(),
        suggestions: if lines.is_empty() { suggestions(conn, cx)? } else { Vec::new() },
        lines: shown_lines,
    })
}

/// The cart's discount code, as far as the cart's page is concerned.
#[derive(Default)]
struct Code {
    off: i64,
    ships_free: bool,
    shown: Option<views::Discount>,
    unused: Option<(String, String)>,
}

fn code(conn: &mut Conn, cx: &Context, cart: Option<&Cart>, lines: &[cart::Line]) -> Result<Code> {
    let Some(cart) = cart.filter(|cart| !cart.coupon_code.is_empty()) else { return Ok(Code::default()) };
    match Coupon::apply(conn, &cart.coupon_code, lines, "", cx.now)? {
        Ok(applied) => {
            let discount = applied.coupon.discount();
            let off = applied.off(lines)?;
            Ok(Code {
                off,
                ships_free: discount == Discount::FreeShipping,
                shown: shown::discount(Some(&applied.coupon.code), off, |minor| cx.amount(minor)),
                unused: None,
            })
        }
        Err(refusal) => {
            let unused = (cart.coupon_code.clone(), refusal.message(&cx.settings));
            Ok(Code { unused: Some(unused), ..Code::default() })
        }
    }
}

/// The cart's gift cards, and what they leave of an amount in minor units. Cards pay for shipping too, once it is known.
fn cards(
    conn: &mut Conn,
    cx: &Context,
    cart: Option<&Cart>,
    lines: &[cart::Line],
    to_pay: i64,
) -> Result<(Vec<Card>, Option<views::Amount>)> {
    let Some(cart) = cart else { return Ok((Vec::new(), None)) };
    let on_cart = cart.gift_cards(conn, &cx.settings, cx.now)?;
    let bought: i64 = lines.iter().filter(|line| line.product.gift_card).map(cart::Line::goods_minor).sum();
    let paid = split(&on_cart, to_pay - bought);
    let card = |on_cart: &OnCart| {
        let card = &on_cart.card;
        let pays = paid.iter().find(|part| part.card.id == card.id).map_or(0, |part| part.minor);
        Card {
            id: card.public_id.clone(),
            label: shown::card_label(&card.last4),
            balance: cx.amount_in(card.balance_minor, &card.currency),
            pays: (pays > 0).then(|| cx.amount(pays)),
            refused: on_cart.refused.map(|refusal| refusal.message().to_owned()),
        }
    };
    let left = to_pay - paid.iter().map(|part| part.minor).sum::<i64>();
    Ok((on_cart.iter().map(card).collect(), (left < to_pay).then(|| cx.amount(left))))
}

fn suggestions(conn: &mut Conn, cx: &mut Context) -> Result<Vec<crate::views::shop::products::Card>> {
    let filter = Filter { featured: true, ..Filter::default() };
    let listed = Product::page(conn, &filter, Sort::Newest, Paging { page: 1, size: 4 })?;
    shown::product_cards(conn, &listed.items, cx)
}
