//! The checkout: one page, one form, one order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::gift_cards::remove_gift_card;
use super::payments::redirect_to_payment;
use crate::db::Conn;
use crate::error::{ALREADY_SUBMITTED, Error, Result};
use crate::forms::Fields;
use crate::forms::shop::CheckoutForm;
use crate::http::page::Layout;
use crate::http::pictures::picture_from_media;
use crate::http::presenters::{GiftCardAmount, TotalsInput};
use crate::http::{Context, Form, Reply, Visitor, presenters};
use crate::models::catalog::product::Product;
use crate::models::catalog::variant::Variant;
use crate::models::checkout::cart::{Cart, CartLine};
use crate::models::checkout::gift_card::application::{AppliedGiftCard, GiftCardAllocation};
use crate::models::checkout::quote::PricedItem;
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::people::account::roles::Permission;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::placement::{Buyer, CartQuote, CheckoutRequest};
use crate::models::sales::order::{Order, PaymentMethod};
use crate::paths;
use crate::support::subdivision::{self, InvalidRegion};
use crate::support::{country, token};
use crate::views::Link;
use crate::views::shop::checkouts::{New, PaymentOption, ShippingOption, UnavailableLine};
use crate::views::shop::{SummaryLine, Totals};

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
        note: wanted.note,
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
    attempt: Option<i64>,
}

/// Redirects to the payment page, or to the order if nothing is due.
async fn lead_on(visitor: &Visitor, placed: Placed) -> Result<Reply> {
    let order = paths::order(&Order::access_token(&visitor.app().db.context().secret_key, &placed.order));
    match placed.attempt {
        Some(attempt) => Ok(redirect_to_payment(visitor, attempt, order).await),
        None => Ok(Reply::redirect(order)),
    }
}

/// Renders the checkout with the reason why the order was not placed.
async fn not_placed(visitor: Visitor, typed: Fields, error: Error) -> Result<Reply> {
    match error {
        Error::QuoteChanged => {
            let notice = "The total, shipping or taxes have changed. Please review your order, then place it again.";
            render_form(visitor, typed, Some(notice)).await
        }
        Error::CartChanged => {
            let notice = "Your cart has changed. Please review it, then place your order again.";
            render_form(visitor, typed, Some(notice)).await
        }
        Error::OutOfStock { variant, available: left } => {
            let title = visitor.read(move |conn| Product::find_variant_name(conn, variant)).await?;
            let message = match left {
                left if left <= 0 => format!("{title} has just sold out. Please remove it from your cart."),
                left => format!("Only {left} of {title} left. Please reduce the quantity in your cart."),
            };
            render_form(visitor, refuse(typed, "cart", message), None).await
        }
        Error::CheckoutThrottled { seconds, proof } => wait(visitor, typed, seconds, proof).await,
        Error::Invalid { field, message } if field == "quantity" => or_cart(Err(Error::Invalid { field, message })),
        Error::Invalid { field, message } => render_form(visitor, refuse(typed, &field, message), None).await,
        Error::AlreadySubmitted => render_form(visitor, refuse(typed, "", ALREADY_SUBMITTED), None).await,
        error => Err(error),
    }
}

/// Renders the checkout with a waiting time (429) and the proof that the buyer has waited.
async fn wait(visitor: Visitor, mut fields: Fields, seconds: u64, proof: String) -> Result<Reply> {
    fields.set("proof", proof);
    let build = move |conn: &mut Conn, cx: &mut Context| {
        Ok(New { wait: Some(seconds), ..checkout_page(conn, cx, fields, None)? })
    };
    Ok(visitor.render_page(Layout::Plain, build).await?.too_many_requests(seconds))
}

fn refuse(mut fields: Fields, field: &str, message: impl Into<String>) -> Fields {
    fields.add_error(field, message);
    fields
}

async fn render_form(visitor: Visitor, fields: Fields, notice: Option<&'static str>) -> Result<Reply> {
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

fn checkout_page(conn: &mut Conn, cx: &mut Context, mut form: Fields, notice: Option<&str>) -> Result<New> {
    let Some(cart) = Cart::find_open(conn, cx.cart_token.as_deref(), cx.now)? else { return Err(Error::CartChanged) };
    let country = match country::Country::find(form.value("country")) {
        Some(country) => country,
        None => country::Country::find(&cx.settings.country).ok_or(Error::bug("the shop has no country"))?,
    };
    form.set("country", country.code.to_owned());
    let regions = regions(&mut form, country.code);
    let settings = cx.settings.clone();
    let buyer = Buyer {
        place: TaxLocation { country: country.code, region: form.value("region"), postcode: form.value("postcode") },
        company: form.value("company"),
        vat_number: form.value("vat_number"),
        email: form.value("email"),
    };
    let offer = CartQuote::calculate(conn, &settings, &cart, &buyer, cx.now)?;
    let code = offer.applied_coupon.as_ref().map(|applied| applied.coupon.code.as_str());
    let unused = offer.coupon_error.map(|refusal| {
        format!("Your discount code {} was not applied. {}", cart.coupon_code, refusal.message(&settings))
    });
    let chosen =
        offer.quotes.iter().position(|(method, _)| method.public_id == form.value("shipping_method")).unwrap_or(0);
    let methods = offer.quotes.iter().enumerate().map(|(at, (method, quote))| ShippingOption {
        id: method.public_id.clone(),
        name: method.name.clone(),
        note: if method.pickup { "Pick it up in person".to_owned() } else { String::new() },
        price: cx.amount(quote.shipping_minor),
        is_free: quote.shipping_minor == 0,
        chosen: at == chosen,
    });
    let methods: Vec<ShippingOption> = methods.collect();
    if methods.is_empty() {
        let parcel = ShippingBasis::from_lines(&offer.lines, 0, country.code);
        if ShippingMethod::has_method_for_destination(&cx.pricing_rules.shipping_methods, &parcel) {
            let weight = kilograms(parcel.weight_g);
            let why = format!(
                "This order weighs {weight}, which is more than we can ship to {}. Remove something from your cart.",
                country.name
            );
            form.add_error("shipping_method", why);
        } else {
            form.add_error("country", format!("We do not ship to {} yet.", country.name));
        }
    }
    let paid = offer.quotes.get(chosen).map(|(_, quote)| offer.allocate_gift_cards(quote)).unwrap_or_default();
    let goods: i64 = offer.lines.iter().map(|line| line.variant.price_minor.saturating_mul(line.quantity)).sum();
    let totals = match offer.quotes.get(chosen) {
        Some((method, quote)) => presenters::build_totals(
            &TotalsInput {
                goods: quote.goods_minor,
                discount: quote.discount_minor,
                coupon_code: code,
                shipping: quote.shipping_minor,
                shipping_name: &method.name,
                taxes: &quote.taxes_by_rate(),
                tax_included: quote.prices_include_tax,
                total: quote.total_minor,
                currency: settings.currency.code(),
                gift_cards: &card_sums(&paid),
                remainder_label: "",
            },
            cx,
        ),
        None => Totals {
            goods: cx.amount(goods),
            discount: None,
            shipping: cx.amount(0),
            shipping_name: String::new(),
            taxes: Vec::new(),
            tax_included: settings.prices_include_tax,
            total: cx.amount(goods),
            gift_cards: Vec::new(),
            remainder: None,
        },
    };
    let can_be_collected = offer.quotes.iter().any(|(method, _)| method.pickup);
    let is_collected = offer.quotes.get(chosen).is_some_and(|(method, _)| method.pickup);
    let total = offer.quotes.get(chosen).map_or(goods, |(_, quote)| quote.total_minor);
    let due = total - paid.iter().map(|part| part.amount_minor).sum::<i64>();
    let unavailable = unavailable(conn, &offer)?;
    Ok(New {
        countries: country::ALL.iter().map(|c| (c.code.to_owned(), c.name.to_owned())).collect(),
        region_needed: !is_collected
            && (subdivision::is_required(country.code) || TaxRate::has_regional_rates(conn, country.code)?),
        regions,
        postcode_needed: country.has_postcode() && !is_collected,
        is_pickup: is_collected,
        methods,
        is_due: due != 0,
        payments: if due == 0 { Vec::new() } else { payment_methods(cx, &form, due, can_be_collected) },
        takes_no_payments: takes_no_payments(cx),
        bank_settings: cx.has_permission(Permission::Settings).then(paths::admin::bank_account_settings),
        unavailable,
        lines: summary(conn, cx, &offer, chosen)?,
        totals,
        cart_version: cart.version.to_string(),
        quote: offer.fingerprint(),
        notice: notice.map(str::to_owned),
        wait: None,
        unused_coupon: unused,
        unused_gift_cards: unused_cards(&offer),
        legal: legal(conn)?,
        form,
    })
}

/// States or regions as value and label; empty where the field is free text. Selects what was typed, or adds an error.
fn regions(form: &mut Fields, country: &str) -> Vec<(String, String)> {
    let known = subdivision::for_country(country);
    // A code from another country's list is meaningless here.
    let before = form.value("region_of");
    let is_of = |country: &str| subdivision::find(country, form.value("region")).is_some();
    if before != country && is_of(before) && !is_of(country) {
        form.set("region", String::new());
    }
    let mut choices: Vec<(String, String)> = Vec::new();
    if !known.is_empty() {
        choices.push((String::new(), "Choose one".to_owned()));
        choices.extend(known.iter().map(|one| (one.code.to_owned(), one.name.to_owned())));
    }
    match subdivision::parse_region(country, form.value("region"), form.value("postcode")) {
        Ok(region) => form.set("region", region),
        // The country has just been chosen, so the region was not asked for yet.
        Err(InvalidRegion::Missing) => {}
        Err(refusal) => {
            form.add_error("region", refusal.message());
            match subdivision::find(country, form.value("region")) {
                Some(found) => form.set("region", found.code.to_owned()),
                None => choices.push((form.value("region").to_owned(), form.value("region").to_owned())),
            }
        }
    }
    choices
}

fn takes_no_payments(cx: &Context) -> bool {
    let pickup = cx.pricing_rules.shipping_methods.iter().any(|(method, _)| method.pickup);
    !PaymentMethod::is_any_available(&cx.settings, &cx.card_options, pickup)
}

/// Formats grams: `5.001 kg`.
fn kilograms(grams: i64) -> String {
    let (whole, rest) = (grams / 1000, format!("{:03}", grams % 1000));
    match rest.trim_end_matches('0') {
        "" => format!("{whole} kg"),
        rest => format!("{whole}.{rest} kg"),
    }
}

/// Lines of the cart that cannot be ordered, with the reason.
fn unavailable(conn: &mut Conn, offer: &CartQuote) -> Result<Vec<UnavailableLine>> {
    let variants: Vec<i64> = offer.lines.iter().map(|line| line.variant.id).collect();
    let left: HashMap<i64, i64> = Variant::available_quantities(conn, &variants)?.into_iter().collect();
    let why = |line: &CartLine| match left.get(&line.variant.id).copied().unwrap_or(0) {
        _ if !line.is_for_sale() => Some("is no longer available.".to_owned()),
        left if left <= 0 => Some("is sold out.".to_owned()),
        left if left < line.quantity => Some(format!("has only {left} left in stock.")),
        _ => None,
    };
    let named = |line: &CartLine| Some(UnavailableLine { line: line.id, name: line.name(), why: why(line)? });
    Ok(offer.lines.iter().filter_map(named).collect())
}

/// Removes a line; does nothing if it is not in the cart.
async fn take_out(visitor: &Visitor, line: i64) -> Result<()> {
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
    let shown = |method: &PaymentMethod| PaymentOption {
        id: method.as_str().to_owned(),
        name: method.label().to_owned(),
        note: note(*method).to_owned(),
        chosen: chosen == Some(*method),
        is_test: *method == PaymentMethod::TestCard,
    };
    offered.iter().map(shown).collect()
}

fn note(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Card => "On the secure page of our payment provider.",
        PaymentMethod::TestCard => "For testing: no card is charged.",
        PaymentMethod::BankTransfer => "We email you our bank details after you order.",
        PaymentMethod::Cash => "You pay when you pick up your order.",
        PaymentMethod::None => "",
    }
}

/// Only cards that pay something; each can be removed.
fn card_sums(paid: &[GiftCardAllocation]) -> Vec<GiftCardAmount<'_>> {
    let paying = paid.iter().filter(|part| part.amount_minor > 0);
    paying
        .map(|part| GiftCardAmount {
            last4: &part.card.last4,
            id: Some(&part.card.public_id),
            minor: part.amount_minor,
        })
        .collect()
}

fn unused_cards(offer: &CartQuote) -> Vec<String> {
    let said = |on_cart: &AppliedGiftCard| {
        let refusal = on_cart.error?;
        Some(format!("{} was not applied. {}", presenters::gift_card_label(&on_cart.card.last4), refusal.message()))
    };
    offer.gift_cards.iter().filter_map(said).collect()
}

fn summary(conn: &mut Conn, cx: &Context, offer: &CartQuote, chosen: usize) -> Result<Vec<SummaryLine>> {
    let products: Vec<i64> = offer.lines.iter().map(|line| line.product.id).collect();
    let pictures: HashMap<i64, _> = Product::first_pictures(conn, &products)?;
    let priced = offer.quotes.get(chosen).map(|(_, quote)| quote.items.clone()).unwrap_or_default();
    let lines = offer.lines.iter().enumerate().map(|(at, line)| {
        let unit = priced.get(at).map_or(line.variant.price_minor, |item| item.unit_minor);
        SummaryLine {
            title: line.product.title.clone(),
            note: line.variant.options.clone(),
            href: None,
            picture: pictures.get(&line.product.id).map(|media| picture_from_media(media, Some(""))),
            quantity: presenters::to_i32(line.quantity),
            unit: cx.amount(unit),
            total: cx.amount(priced.get(at).map_or(line.goods_minor(), PricedItem::goods_minor)),
        }
    });
    Ok(lines.collect())
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
