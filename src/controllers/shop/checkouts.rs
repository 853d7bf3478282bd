//! The checkout: one page, one form, one order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::gift_cards::remove_gift_card;
use super::payments::redirect_to_payment;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::CheckoutForm;
use crate::http::page::Layout;
use crate::http::{Context, Form, Reply, Visitor};
use crate::models::catalog::product::Product;
use crate::models::catalog::variant::Variant;
use crate::models::checkout::cart::Cart;
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::people::account::roles::Permission;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::models::sales::order::placement::{Buyer, CartQuote, CheckoutRequest};
use crate::models::sales::payment_method::PaymentMethod;
use crate::paths;
use crate::presenters::checkout::checkout_page::{
    checkout_totals, goods_minor, payment_options, shipping_options, summary_lines, unavailable_lines,
    unused_gift_cards,
};
use crate::presenters::platform::country::country_options;
use crate::support::country::Country;
use crate::support::i18n::{Locale, Message};
use crate::support::ids::{CartLineId, PaymentAttemptId, ProductId, VariantId};
use crate::support::subdivision::{self, InvalidRegion};
use crate::support::token;
use crate::views::shop::checkouts::{New, PaymentOption};
use crate::views::{Link, SelectOption};

/// Shows the checkout; an empty cart redirects to the cart page.
pub async fn new(visitor: Visitor) -> Result<Reply> {
    if is_empty(&visitor).await? {
        return Ok(Reply::redirect(paths::cart()));
    }
    or_cart(visitor.render_page(Layout::Plain, |conn, cx| checkout_page(conn, cx, Fields::default(), None)).await)
}

async fn is_empty(visitor: &Visitor) -> Result<bool> {
    let token = visitor.cart_token();
    let now = visitor.app().clock().now();
    Ok(visitor.read(move |conn| Cart::count_items(conn, token.as_deref(), now)).await? == 0)
}

/// Redirects to the cart page when the cart is too large to be priced.
fn or_cart(page: Result<Reply>) -> Result<Reply> {
    match page {
        Err(Error::Invalid { field, message }) if field == "quantity" => {
            Ok(Reply::redirect(paths::cart()).alert(message))
        }
        page => page,
    }
}

/// Renders the checkout again with new totals for what was typed, after removing a gift card or line if asked. Places
/// no order.
pub async fn quote(visitor: Visitor, form: Form) -> Result<Reply> {
    let card = form.fields.value("remove_card").to_owned();
    if !card.is_empty() {
        remove_gift_card(&visitor, card).await?;
    }
    if let Ok(line) = form.fields.value("remove_line").parse() {
        take_out(&visitor, line).await?;
    }
    if is_empty(&visitor).await? {
        return Ok(Reply::redirect(paths::cart()));
    }
    or_cart(visitor.render_page(Layout::Plain, move |conn, cx| checkout_page(conn, cx, form.fields, None)).await)
}

/// Places the order. Repeating the form with the same token gives the same order (idempotency).
pub async fn create(visitor: Visitor, mut form: Form) -> Result<Reply> {
    let once = form.token.clone();
    let Some(cart_token) = visitor.cart_token() else { return Ok(Reply::redirect(paths::cart())) };
    let owner = format!("cart {}", token::sha256_hex(&cart_token));
    if let Some(placed) = visitor.find_kept_result::<Placed>(&once, owner.clone()).await? {
        return lead_on(&visitor, placed).await;
    }
    let method = form.fields.value("shipping_method").to_owned();
    let is_collected = visitor.read(move |conn| ShippingMethod::is_pickup(conn, &method)).await?;
    form.fields.set("is_collected", if is_collected { "1" } else { "" }.to_owned());
    let typed = form.fields.clone();
    let wanted = match form.check::<CheckoutForm>() {
        Ok(wanted) => wanted,
        Err(fields) => return render_form(visitor, fields, None).await,
    };
    let app = visitor.app();
    let currency = visitor.read(|conn| Ok(Settings::load(conn)?.currency)).await?;
    let wish = CheckoutRequest {
        cart_token,
        cart_version: wanted.cart_version,
        quote_fingerprint: wanted.quote,
        email: wanted.email,
        address: wanted.address,
        shipping_method: wanted.shipping_method,
        payment_method: wanted.payment_method,
        card_options: app.card_options(currency),
        notes: wanted.notes,
        client: Some(visitor.checkout_client(typed.value("proof"))),
    };
    let placed = visitor.keep_once(&once, owner, move |tx| {
        let placed = Order::place(tx, &wish)?;
        Ok(Placed { order: placed.order.public_id, attempt: placed.attempt })
    });
    match placed.await {
        Ok(placed) => lead_on(&visitor, placed).await,
        Err(error) => not_placed(visitor, typed, error).await,
    }
}

/// The stored result of a form. The order's access token is a secret, so it is derived again instead of stored.
#[derive(Serialize, Deserialize)]
struct Placed {
    /// Public id.
    order: String,
    /// The payment attempt, if there is something to pay.
    attempt: Option<PaymentAttemptId>,
}

/// Redirects to the payment page, or to the order if nothing is due.
async fn lead_on(visitor: &Visitor, placed: Placed) -> Result<Reply> {
    let order = paths::order(&Order::access_token(&visitor.app().db.context().secret_key, &placed.order));
    match placed.attempt {
        Some(attempt) => Ok(redirect_to_payment(visitor, attempt, order).await),
        None => Ok(Reply::redirect(order)),
    }
}

/// The message that says why the order was not placed.
type Notice = fn(Locale) -> &'static str;

/// Renders the checkout with the reason why the order was not placed.
async fn not_placed(visitor: Visitor, typed: Fields, error: Error) -> Result<Reply> {
    match error {
        Error::QuoteChanged => render_form(visitor, typed, Some(Locale::checkout_quote_changed)).await,
        Error::CartChanged => render_form(visitor, typed, Some(Locale::checkout_cart_changed)).await,
        Error::OutOfStock { variant, available: left } => {
            let item = visitor.read(move |conn| Product::find_variant_name(conn, variant)).await?;
            let message = match left {
                left if left <= 0 => Message::OrderedItemSoldOut { item },
                left => Message::OrderedItemScarce { left, item },
            };
            render_form(visitor, refuse(typed, "cart", message), None).await
        }
        Error::CheckoutThrottled { seconds, proof } => wait(visitor, typed, seconds, proof).await,
        Error::Invalid { field, message } if field == "quantity" => or_cart(Err(Error::Invalid { field, message })),
        Error::Invalid { field, message } => render_form(visitor, refuse(typed, &field, message), None).await,
        Error::AlreadySubmitted => render_form(visitor, refuse(typed, "", Message::AlreadySubmitted), None).await,
        error => Err(error),
    }
}

/// Renders the checkout with a waiting time (429) and the proof that the buyer has waited.
async fn wait(visitor: Visitor, mut fields: Fields, seconds: u64, proof: String) -> Result<Reply> {
    fields.set("proof", proof);
    let build = move |conn: &mut Conn, cx: &mut Context| {
        Ok(New { wait: Some(i64::try_from(seconds).unwrap_or(i64::MAX)), ..checkout_page(conn, cx, fields, None)? })
    };
    Ok(visitor.render_page(Layout::Plain, build).await?.too_many_requests(seconds))
}

fn refuse(mut fields: Fields, field: &str, message: Message) -> Fields {
    fields.add_error(field, message);
    fields
}

async fn render_form(visitor: Visitor, fields: Fields, notice: Option<Notice>) -> Result<Reply> {
    // Another tab may have emptied the cart or ordered it.
    if is_empty(&visitor).await? {
        return Ok(Reply::redirect(paths::cart()));
    }
    let page = visitor.render_page(Layout::Plain, move |conn, cx| checkout_page(conn, cx, fields, notice)).await;
    match page {
        Ok(page) => Ok(page.unprocessable()),
        refused => or_cart(refused),
    }
}

fn checkout_page(conn: &mut Conn, cx: &mut Context, mut form: Fields, notice: Option<Notice>) -> Result<New> {
    let Some(cart) = Cart::find_open(conn, cx.cart_token.as_deref(), cx.now)? else { return Err(Error::CartChanged) };
    let country = match Country::find(form.value("country")) {
        Some(country) => country,
        None => Country::find(&cx.settings.country).ok_or(Error::bug("the shop has no country"))?,
    };
    form.set("country", country.code.to_owned());
    let regions = regions(&mut form, country.code, cx.locale());
    let (settings, t) = (cx.settings.clone(), cx.locale());
    let buyer = Buyer {
        place: TaxLocation { country: country.code, region: form.value("region"), postcode: form.value("postcode") },
        company: form.value("company"),
        vat_number: form.value("vat_number"),
        email: form.value("email"),
    };
    let offer = CartQuote::calculate(conn, &settings, &cart, &buyer, cx.now)?;
    let unused_coupon =
        offer.coupon_error.map(|refusal| t.checkout_code_unused(&cart.coupon_code, refusal.message(&settings).text(t)));
    let chosen =
        offer.quotes.iter().position(|(method, _)| method.public_id == form.value("shipping_method")).unwrap_or(0);
    if offer.quotes.is_empty() {
        let parcel = ShippingBasis::from_lines(&offer.lines, 0, country.code, settings.locale);
        if ShippingMethod::has_method_for_destination(&cx.pricing_rules.shipping_methods, &parcel) {
            let weight = t.checkout_kilograms(t.format_short_decimal(parcel.weight_g, 3));
            form.add_error("shipping_method", Message::TooHeavyToShip { weight, country: country.code.to_owned() });
        } else {
            form.add_error("country", Message::NoShippingToCountry { country: country.code.to_owned() });
        }
    }
    let paid = offer.quotes.get(chosen).map(|(_, quote)| offer.allocate_gift_cards(quote)).unwrap_or_default();
    let can_be_collected = offer.quotes.iter().any(|(method, _)| method.pickup);
    let is_collected = offer.quotes.get(chosen).is_some_and(|(method, _)| method.pickup);
    let total = offer.quotes.get(chosen).map_or_else(|| goods_minor(&offer), |(_, quote)| quote.total_minor);
    let due = total - paid.iter().map(|part| part.amount_minor).sum::<i64>();
    let variants: Vec<VariantId> = offer.lines.iter().map(|line| line.variant.id).collect();
    let available: HashMap<VariantId, i64> = Variant::available_quantities(conn, &variants)?.into_iter().collect();
    let products: Vec<ProductId> = offer.lines.iter().map(|line| line.product.id).collect();
    let pictures = Product::first_pictures(conn, &products)?;
    Ok(New {
        t,
        countries: country_options(t),
        region_needed: !is_collected
            && (subdivision::is_required(country.code) || TaxRate::has_regional_rates(conn, country.code)?),
        regions,
        postcode_needed: country.has_postcode() && !is_collected,
        is_pickup: is_collected,
        methods: shipping_options(&offer, chosen, cx.format()),
        is_due: due != 0,
        payments: if due == 0 { Vec::new() } else { payment_methods(cx, &form, due, can_be_collected) },
        takes_no_payments: takes_no_payments(cx),
        bank_settings: cx.has_permission(Permission::Settings).then(paths::admin::bank_account_settings),
        unavailable: unavailable_lines(t, &offer.lines, &available),
        lines: summary_lines(&offer, chosen, &pictures, cx.format()),
        totals: checkout_totals(&offer, chosen, &paid, &settings, cx.format()),
        cart_version: cart.version.to_string(),
        quote: offer.fingerprint(),
        notice: notice.map(|text| text(t).to_owned()),
        wait: None,
        unused_coupon,
        unused_gift_cards: unused_gift_cards(t, &offer),
        legal: legal(conn)?,
        form,
    })
}

/// States or regions; empty where the field is free text. Selects what was typed, or adds an error.
fn regions(form: &mut Fields, country: &str, t: Locale) -> Vec<SelectOption> {
    let known = subdivision::for_country(country);
    // A code from another country's list is meaningless here.
    let before = form.value("region_of");
    let is_of = |country: &str| subdivision::find(country, form.value("region")).is_some();
    if before != country && is_of(before) && !is_of(country) {
        form.set("region", String::new());
    }
    let mut choices: Vec<SelectOption> = Vec::new();
    if !known.is_empty() {
        choices.push(SelectOption::new("", t.checkout_choose_region()));
        choices.extend(known.iter().map(|one| SelectOption::new(one.code, one.name)));
    }
    match subdivision::parse_region(country, form.value("region"), form.value("postcode")) {
        Ok(region) => form.set("region", region),
        // The country has just been chosen, so the region was not asked for yet.
        Err(InvalidRegion::Missing) => {}
        Err(refusal) => {
            form.add_error("region", refusal.message());
            match subdivision::find(country, form.value("region")) {
                Some(found) => form.set("region", found.code.to_owned()),
                None => choices.push(SelectOption::new(form.value("region"), form.value("region"))),
            }
        }
    }
    choices
}

fn takes_no_payments(cx: &Context) -> bool {
    let pickup = cx.pricing_rules.shipping_methods.iter().any(|(method, _)| method.pickup);
    !PaymentMethod::is_any_available(&cx.settings, &cx.card_options, pickup)
}

/// Removes a line; does nothing if it is not in the cart.
async fn take_out(visitor: &Visitor, line: CartLineId) -> Result<()> {
    let token = visitor.cart_token();
    let taken = visitor.write(move |tx| {
        let now = tx.now();
        Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.set_quantity(tx, line, 0)
    });
    match taken.await {
        Err(Error::NotFound) => Ok(()),
        done => done,
    }
}

fn payment_methods(cx: &Context, form: &Fields, due: i64, can_be_collected: bool) -> Vec<PaymentOption> {
    let offered = PaymentMethod::list_available(&cx.settings, &cx.card_options, due, can_be_collected);
    let typed = PaymentMethod::parse(form.value("payment_method")).filter(|typed| offered.contains(typed));
    let chosen = typed.or(offered.first().copied());
    payment_options(cx.locale(), &offered, chosen)
}

/// Words in the slugs of pages that a buyer agrees to. "About us" is not one of them.
const LEGAL: &[&str] = &[
    "terms",
    "conditions",
    "privacy",
    "returns",
    "refund",
    "withdrawal",
    "legal",
    "imprint",
    "agb",
    "datenschutz",
    "widerruf",
    "impressum",
];

fn legal(conn: &mut Conn) -> Result<Vec<Link>> {
    let pages = crate::models::content::post::Post::list_pages(conn)?.into_iter();
    let agreed = pages.filter(|(_, slug)| LEGAL.iter().any(|word| slug.contains(word)));
    Ok(agreed.map(|(label, slug)| Link { label, href: paths::page(&slug) }).collect())
}
