//! The cart page.

use std::collections::HashMap;

use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::http::{Context, Layout, Reply, Visitor};
use crate::models::catalog::product::{Product, ProductFilter, ProductSort};
use crate::models::catalog::variant::Variant;
use crate::models::checkout::cart::{self, Cart};
use crate::models::checkout::coupon::Coupon;
use crate::models::checkout::gift_card::application::{AppliedGiftCard, allocate_gift_cards};
use crate::models::checkout::quote::Discount;
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::sales::order::Order;
use crate::presenters;
use crate::presenters::checkout::cart::{cart_line, gift_card_row, pending_order};
use crate::presenters::checkout::totals::discount_row;
use crate::support::i18n::Message;
use crate::support::ids::{CartLineId, ProductId, VariantId};
use crate::support::money::divide_rounded;
use crate::support::pagination::PageRequest;
use crate::views;
use crate::views::shop::carts::{GiftCardRow, Show};
use crate::views::shop::products::Card;

pub type QuantityError = Option<(CartLineId, Message)>;

#[derive(Default)]
pub struct CartPageState {
    pub added: Option<CartLineId>,
    pub quantity_error: QuantityError,
    pub code_form: Fields,
}

pub async fn show(visitor: Visitor) -> Result<Reply> {
    let added = visitor.query_param("added").and_then(|line| line.parse().ok());
    visitor
        .render_page(Layout::Private, move |conn, cx| {
            build_cart_page(conn, cx, CartPageState { added, ..CartPageState::default() })
        })
        .await
}

pub fn build_cart_page(conn: &mut Conn, cx: &mut Context, state: CartPageState) -> Result<Show> {
    let CartPageState { added, quantity_error, code_form: form } = state;
    let cart = Cart::find_open(conn, cx.cart_token.as_deref(), cx.now)?;
    let pending = Order::find_pending_for_cart(conn, cx.cart_token.as_deref(), cx.now)?;
    let lines = match &cart {
        Some(cart) => cart.lines(conn)?,
        None => Vec::new(),
    };
    let variants: Vec<VariantId> = lines.iter().map(|line| line.variant.id).collect();
    let products: Vec<ProductId> = lines.iter().map(|line| line.product.id).collect();
    let available: HashMap<VariantId, i64> = Variant::available_quantities(conn, &variants)?.into_iter().collect();
    let pictures = Product::first_pictures(conn, &products)?;
    let goods_total: i64 = lines.iter().map(cart::CartLine::goods_minor).sum();
    let code = apply_code(conn, cx, cart.as_ref(), &lines)?;
    let subtotal = goods_total - code.discount_minor;
    let basis = ShippingBasis::from_lines(&lines, code.discount_minor, &cx.settings.country, cx.locale());
    let free_over = ShippingMethod::select_available(&cx.pricing_rules.shipping_methods, &basis)
        .iter()
        .filter(|(method, _)| !method.pickup && !code.ships_free)
        .filter_map(|(method, _)| method.free_over_minor)
        .min();
    let goods_minor = basis.goods_minor;
    let missing = free_over.filter(|over| goods_minor < *over).map(|over| over - goods_minor);
    let progress =
        free_over.and_then(|over| divide_rounded(i128::from(goods_minor.min(over)) * 100, i128::from(over.max(1))));
    let (gift_cards, remainder) = load_gift_cards(conn, cx, cart.as_ref(), &lines, subtotal)?;
    let line_view = |line: &cart::CartLine| {
        let error =
            quantity_error.as_ref().filter(|(id, _)| *id == line.id).map(|(_, message)| message.text(cx.locale()));
        let available = available.get(&line.variant.id).copied().unwrap_or(0);
        cart_line(line, available, pictures.get(&line.product.id), error, cx.format())
    };
    let line_views = lines.iter().map(line_view).collect();
    Ok(Show {
        t: cx.locale(),
        goods: cx.amount(goods_total),
        discount: code.row,
        subtotal: cx.amount(subtotal),
        requires_shipping: !basis.is_digital_only,
        ships_free: !basis.is_digital_only && (code.ships_free || free_over.is_some_and(|over| goods_minor >= over)),
        gift_cards,
        remainder,
        unused_coupon: code.error,
        form,
        free_shipping_missing: missing.map(|minor| cx.amount(minor)),
        free_shipping_progress: presenters::to_i32(progress.unwrap_or(0)),
        changed: Vec::new(),
        added: added.and_then(|id| lines.iter().find(|line| line.id == id)).map(cart::CartLine::name),
        pending_order: pending.map(|order| pending_order(&order, cx.now, cx.format())),
        version: cart.map_or(0, |cart| cart.version).to_string(),
        suggestions: if lines.is_empty() { load_suggestions(conn, cx)? } else { Vec::new() },
        lines: line_views,
    })
}

/// The effect of the cart's discount code, in minor units.
#[derive(Default)]
struct AppliedCode {
    discount_minor: i64,
    ships_free: bool,
    row: Option<views::Discount>,
    /// The code and why it does not apply.
    error: Option<(String, String)>,
}

fn apply_code(conn: &mut Conn, cx: &Context, cart: Option<&Cart>, lines: &[cart::CartLine]) -> Result<AppliedCode> {
    let Some(cart) = cart.filter(|cart| !cart.coupon_code.is_empty()) else { return Ok(AppliedCode::default()) };
    match Coupon::apply(conn, &cart.coupon_code, lines, "", cx.now)? {
        Ok(applied) => {
            let discount = applied.coupon.discount();
            let discount_minor = applied.discount_minor(lines)?;
            Ok(AppliedCode {
                discount_minor,
                ships_free: discount == Discount::FreeShipping,
                row: discount_row(Some(&applied.coupon.code), discount_minor, |minor| cx.amount(minor)),
                error: None,
            })
        }
        Err(error) => {
            let error = (cart.coupon_code.clone(), error.message(&cx.settings).text(cx.locale()));
            Ok(AppliedCode { error: Some(error), ..AppliedCode::default() })
        }
    }
}

/// The cart's gift cards and what they leave of `subtotal`; they pay for shipping too, once it is known at checkout.
fn load_gift_cards(
    conn: &mut Conn,
    cx: &Context,
    cart: Option<&Cart>,
    lines: &[cart::CartLine],
    subtotal: i64,
) -> Result<(Vec<GiftCardRow>, Option<views::Amount>)> {
    let Some(cart) = cart else { return Ok((Vec::new(), None)) };
    let on_cart = cart.gift_cards(conn, &cx.settings, cx.now)?;
    let bought_cards: i64 = lines.iter().filter(|line| line.product.gift_card).map(cart::CartLine::goods_minor).sum();
    let allocations = allocate_gift_cards(&on_cart, subtotal - bought_cards);
    let row = |on_cart: &AppliedGiftCard| {
        let amount =
            allocations.iter().find(|part| part.card.id == on_cart.card.id).map_or(0, |part| part.amount_minor);
        gift_card_row(on_cart, amount, cx.format())
    };
    let remainder = subtotal - allocations.iter().map(|part| part.amount_minor).sum::<i64>();
    Ok((on_cart.iter().map(row).collect(), (remainder < subtotal).then(|| cx.amount(remainder))))
}

fn load_suggestions(conn: &mut Conn, cx: &mut Context) -> Result<Vec<Card>> {
    let filter = ProductFilter { featured: true, ..ProductFilter::default() };
    let products = Product::list_active(conn, &filter, ProductSort::Newest, PageRequest { page: 1, size: 4 })?;
    cx.load_product_cards(conn, &products.items)
}
