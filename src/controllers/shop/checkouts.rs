//! The checkout: one page, one form, one order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::gift_cards::take_off;
use super::payments::to_page;
use crate::db::Conn;
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
use crate::forms::shop::Checkout;
use crate::http::page::Layout;
use crate::http::pictures::picture;
use crate::http::shown::{CardSum, Sums};
use crate::http::{Context, Form, Reply, Visitor, shown};
use crate::models::account::roles::Permission;
use crate::models::cart::{Cart, Line};
use crate::models::gift_card::applying::{OnCart, Part};
use crate::models::order::placing::{Buyer, Offer, Wish};
use crate::models::order::{Order, PaymentMethod};
use crate::models::product::Product;
use crate::models::quote::PricedItem;
use crate::models::setting::Settings;
use crate::models::shipping_method::{Parcel, ShippingMethod};
use crate::models::tax_rate::{Place, TaxRate};
use crate::models::variant::Variant;
use crate::paths;
use crate::support::subdivision::{self, Refusal};
use crate::support::{country, token};
use crate::views::Link;
use crate::views::shop::checkouts::{Method, New, Payment, Unavailable};
use crate::views::shop::{SummaryLine, Totals};

/// Shows the checkout; an empty cart leads back to itself.
pub async fn new(visitor: Visitor) -> Result<Reply> {
    if is_empty(&visitor).await? {
        return Ok(Reply::see(paths::cart()));
    }
    or_cart(visitor.page_in(Layout::Plain, |conn, cx| checkout_page(conn, cx, Fields::default(), None)).await)
}

async fn is_empty(visitor: &Visitor) -> Result<bool> {
    let token = visitor.cart_token();
    let now = visitor.app().clock().now();
    Ok(visitor.read(move |conn| Cart::pieces(conn, token.as_deref(), now)).await? == 0)
}

/// A cart that is too large to be priced is changed on its own page.
fn or_cart(page: Result<Reply>) -> Result<Reply> {
    match page {
        Err(Error::Invalid { field, message }) if field == "quantity" => Ok(Reply::see(paths::cart()).alert(message)),
        page => page,
    }
}

/// Shows the checkout with what was typed and the totals that follow from it, without a gift card or a line of the cart if
/// one is taken out. Nothing is ordered.
///
/// # Errors
/// When the database refuses.
pub async fn quote(visitor: Visitor, form: Form) -> Result<Reply> {
    let card = form.fields.value("remove_card").to_owned();
    if !card.is_empty() {
        take_off(&visitor, card).await?;
    }
    if let Ok(line) = form.fields.value("remove_line").parse() {
        take_out(&visitor, line).await?;
    }
    if is_empty(&visitor).await? {
        return Ok(Reply::see(paths::cart()));
    }
    or_cart(visitor.page_in(Layout::Plain, move |conn, cx| checkout_page(conn, cx, form.fields, None)).await)
}

/// Places the order.
pub async fn create(visitor: Visitor, mut form: Form) -> Result<Reply> {
    let once = form.once.clone();
    let Some(cart_token) = visitor.cart_token() else { return Ok(Reply::see(paths::cart())) };
    let owner = format!("cart {}", token::hash(&cart_token));
    if let Some(placed) = visitor.kept::<Placed>(&once, owner.clone()).await? {
        return lead_on(&visitor, placed).await;
    }
    let method = form.fields.value("shipping_method").to_owned();
    let is_collected = visitor.read(move |conn| ShippingMethod::is_pickup(conn, &method)).await?;
    form.fields.set("is_collected", if is_collected { "1" } else { "" }.to_owned());
    let typed = form.fields.clone();
    let wanted = match form.check::<Checkout>() {
        Ok(wanted) => wanted,
        Err(fields) => return again(visitor, fields, None).await,
    };
    let app = visitor.app();
    let currency = visitor.read(|conn| Ok(Settings::load(conn)?.currency)).await?;
    let wish = Wish {
        cart_token,
        cart_version: wanted.cart_version,
        quote: wanted.quote,
        email: wanted.email,
        address: wanted.address,
        shipping_method: wanted.shipping_method,
        payment_method: wanted.payment_method,
        cards: app.card_options(currency),
        note: wanted.note,
        caller: Some(visitor.caller(typed.value("proof"))),
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

/// An order that was placed. The address of its page is a secret, and is not kept.
#[derive(Serialize, Deserialize)]
struct Placed {
    /// Its public id.
    order: String,
    /// The attempt to pay for it.
    attempt: Option<i64>,
}

/// Leads to the page to pay on, or to the order.
async fn lead_on(visitor: &Visitor, placed: Placed) -> Result<Reply> {
    let order = paths::order(&Order::access_token(&visitor.app().db.means().key, &placed.order));
    match placed.attempt {
        Some(attempt) => Ok(to_page(visitor, attempt, order).await),
        None => Ok(Reply::see(order)),
    }
}

/// The checkout again, saying why the order was not placed.
async fn not_placed(visitor: Visitor, typed: Fields, error: Error) -> Result<Reply> {
    match error {
        Error::QuoteChanged => {
            let notice =
                "The total has changed, or what is said of delivery and taxes. Please look once more, then order.";
            again(visitor, typed, Some(notice)).await
        }
        Error::CartChanged => {
            let notice = "Your cart has changed. Please look at it once more, then order.";
            again(visitor, typed, Some(notice)).await
        }
        Error::OutOfStock { variant, left } => {
            let title = visitor.read(move |conn| Product::name_of_variant(conn, variant)).await?;
            let message = match left {
                left if left <= 0 => format!("{title} has just been sold out. Please take it out of your cart."),
                left => format!("Only {left} of {title} are left. Please take fewer in your cart."),
            };
            again(visitor, refuse(typed, "cart", message), None).await
        }
        Error::Wait { seconds, proof } => wait(visitor, typed, seconds, proof).await,
        Error::Invalid { field, message } if field == "quantity" => or_cart(Err(Error::Invalid { field, message })),
        Error::Invalid { field, message } => again(visitor, refuse(typed, &field, message), None).await,
        Error::SentBefore => again(visitor, refuse(typed, "", SENT_BEFORE), None).await,
        error => Err(error),
    }
}

/// The checkout as it was typed, asking for patience.
async fn wait(visitor: Visitor, mut fields: Fields, seconds: u64, proof: String) -> Result<Reply> {
    fields.set("proof", proof);
    let build = move |conn: &mut Conn, cx: &mut Context| {
        Ok(New { wait: Some(seconds), ..checkout_page(conn, cx, fields, None)? })
    };
    Ok(visitor.page_in(Layout::Plain, build).await?.patience(seconds))
}

fn refuse(mut fields: Fields, field: &str, message: impl Into<String>) -> Fields {
    fields.refuse(field, message);
    fields
}

async fn again(visitor: Visitor, fields: Fields, notice: Option<&'static str>) -> Result<Reply> {
    // Somebody else may have emptied the cart, or ordered with it.
    if is_empty(&visitor).await? {
        return Ok(Reply::see(paths::cart()));
    }
    let page = visitor.page_in(Layout::Plain, move |conn, cx| checkout_page(conn, cx, fields, notice)).await;
    match page {
        Ok(page) => Ok(page.retry()),
        refused => or_cart(refused),
    }
}

fn checkout_page(conn: &mut Conn, cx: &mut Context, mut form: Fields, notice: Option<&str>) -> Result<New> {
    let Some(cart) = Cart::open(conn, cx.cart_token.as_deref(), cx.now)? else { return Err(Error::CartChanged) };
    let country = match country::Country::find(form.value("country")) {
        Some(country) => country,
        None => country::Country::find(&cx.settings.country).ok_or(Error::broken("the shop has no country"))?,
    };
    form.set("country", country.code.to_owned());
    let regions = regions(&mut form, country.code);
    let settings = cx.settings.clone();
    let buyer = Buyer {
        place: Place { country: country.code, region: form.value("region"), postcode: form.value("postcode") },
        company: form.value("company"),
        vat_number: form.value("vat_number"),
        email: form.value("email"),
    };
    let offer = Offer::of(conn, &settings, &cart, &buyer, cx.now)?;
    let code = offer.applied.as_ref().map(|applied| applied.coupon.code.as_str());
    let unused = offer.refused.map(|refusal| {
        format!("Your discount code {} is not in the total. {}", cart.coupon_code, refusal.message(&settings))
    });
    let chosen =
        offer.quotes.iter().position(|(method, _)| method.public_id == form.value("shipping_method")).unwrap_or(0);
    let methods = offer.quotes.iter().enumerate().map(|(at, (method, quote))| Method {
        id: method.public_id.clone(),
        name: method.name.clone(),
        note: if method.pickup { "You come and fetch it".to_owned() } else { String::new() },
        price: cx.amount(quote.shipping_minor),
        is_free: quote.shipping_minor == 0,
        chosen: at == chosen,
    });
    let methods: Vec<Method> = methods.collect();
    if methods.is_empty() {
        let parcel = Parcel::of(&offer.lines, 0, country.code);
        if ShippingMethod::goes_but_for_weight(&cx.terms.methods, &parcel) {
            let weight = kilograms(parcel.weight_g);
            let why = format!(
                "This order weighs {weight}, and we have no way to send so much to {}. Take something out of your cart.",
                country.name
            );
            form.refuse("shipping_method", why);
        } else {
            form.refuse("country", format!("We do not send to {} yet.", country.name));
        }
    }
    let paid = offer.quotes.get(chosen).map(|(_, quote)| offer.paid_by_cards(quote)).unwrap_or_default();
    let goods: i64 = offer.lines.iter().map(|line| line.variant.price_minor.saturating_mul(line.quantity)).sum();
    let totals = match offer.quotes.get(chosen) {
        Some((method, quote)) => shown::totals(
            &Sums {
                goods: quote.goods_minor,
                discount: quote.discount_minor,
                code,
                shipping: quote.shipping_minor,
                shipping_name: &method.name,
                taxes: &quote.taxes_by_rate(),
                tax_included: quote.prices_include_tax,
                total: quote.total_minor,
                currency: settings.currency.code(),
                cards: &card_sums(&paid),
                rest_name: "",
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
            cards: Vec::new(),
            rest: None,
        },
    };
    let can_be_collected = offer.quotes.iter().any(|(method, _)| method.pickup);
    let is_collected = offer.quotes.get(chosen).is_some_and(|(method, _)| method.pickup);
    let total = offer.quotes.get(chosen).map_or(goods, |(_, quote)| quote.total_minor);
    let due = total - paid.iter().map(|part| part.minor).sum::<i64>();
    let unavailable = unavailable(conn, &offer)?;
    Ok(New {
        countries: country::ALL.iter().map(|c| (c.code.to_owned(), c.name.to_owned())).collect(),
        region_needed: !is_collected
            && (subdivision::is_required(country.code) || TaxRate::go_by_region(conn, country.code)?),
        regions,
        postcode_needed: country.has_postcode() && !is_collected,
        is_collected,
        methods,
        is_due: due != 0,
        payments: if due == 0 { Vec::new() } else { payment_methods(cx, &form, due, can_be_collected) },
        takes_no_payments: takes_no_payments(cx),
        bank_settings: cx.may(Permission::Settings).then(paths::admin::bank_account),
        unavailable,
        lines: summary(conn, cx, &offer, chosen)?,
        totals,
        cart_version: cart.version.to_string(),
        quote: offer.seal(),
        notice: notice.map(str::to_owned),
        wait: None,
        unused,
        unused_cards: unused_cards(&offer),
        legal: legal(conn)?,
        form,
    })
}

/// The states or regions to choose from, as value and words; none where the field is a line of text. What was typed
/// before is chosen, or refused.
fn regions(form: &mut Fields, country: &str) -> Vec<(String, String)> {
    let known = subdivision::of(country);
    // What was chosen of another country's list means nothing here.
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
    match subdivision::read(country, form.value("region"), form.value("postcode")) {
        Ok(region) => form.set("region", region),
        // Nobody has been asked yet.
        Err(Refusal::Missing) => {}
        Err(refusal) => {
            form.refuse("region", refusal.message());
            match subdivision::find(country, form.value("region")) {
                Some(found) => form.set("region", found.code.to_owned()),
                None => choices.push((form.value("region").to_owned(), form.value("region").to_owned())),
            }
        }
    }
    choices
}

/// Whether the shop has no way at all to take money.
fn takes_no_payments(cx: &Context) -> bool {
    let pickup = cx.terms.methods.iter().any(|(method, _)| method.pickup);
    !PaymentMethod::any(&cx.settings, &cx.cards, pickup)
}

/// `5.001 kg`.
fn kilograms(grams: i64) -> String {
    let (whole, rest) = (grams / 1000, format!("{:03}", grams % 1000));
    match rest.trim_end_matches('0') {
        "" => format!("{whole} kg"),
        rest => format!("{whole}.{rest} kg"),
    }
}

/// What cannot be ordered of the cart, and why.
fn unavailable(conn: &mut Conn, offer: &Offer) -> Result<Vec<Unavailable>> {
    let variants: Vec<i64> = offer.lines.iter().map(|line| line.variant.id).collect();
    let left: HashMap<i64, i64> = Variant::available(conn, &variants)?.into_iter().collect();
    let why = |line: &Line| match left.get(&line.variant.id).copied().unwrap_or(0) {
        _ if !line.is_for_sale() => Some("is no longer sold.".to_owned()),
        left if left <= 0 => Some("is sold out.".to_owned()),
        left if left < line.quantity => Some(format!("has only {left} left in stock.")),
        _ => None,
    };
    let named = |line: &Line| Some(Unavailable { line: line.id, name: line.name(), why: why(line)? });
    Ok(offer.lines.iter().filter_map(named).collect())
}

/// Takes a line out of the cart, if it is in it.
async fn take_out(visitor: &Visitor, line: i64) -> Result<()> {
    let token = visitor.cart_token();
    let taken = visitor.write(move |tx| {
        let now = tx.now();
        Cart::open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.change(tx, line, 0)
    });
    match taken.await {
        Err(Error::NotFound) => Ok(()),
        done => done,
    }
}

fn payment_methods(cx: &Context, form: &Fields, due: i64, can_be_collected: bool) -> Vec<Payment> {
    let offered = PaymentMethod::offered(&cx.settings, &cx.cards, due, can_be_collected);
    let typed = PaymentMethod::parse(form.value("payment_method")).filter(|typed| offered.contains(typed));
    let chosen = typed.or(offered.first().copied());
    let shown = |method: &PaymentMethod| Payment {
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
        PaymentMethod::TestCard => "For trying the shop: no money moves.",
        PaymentMethod::BankTransfer => "We send the account details with your order.",
        PaymentMethod::Cash => "Only when you collect your order.",
        PaymentMethod::None => "",
    }
}

/// The gift cards that pay something; each can be taken off.
fn card_sums(paid: &[Part]) -> Vec<CardSum<'_>> {
    let paying = paid.iter().filter(|part| part.minor > 0);
    paying.map(|part| CardSum { last4: &part.card.last4, id: Some(&part.card.public_id), minor: part.minor }).collect()
}

/// Why cards of the cart do not pay, in words.
fn unused_cards(offer: &Offer) -> Vec<String> {
    let said = |on_cart: &OnCart| {
        let refusal = on_cart.refused?;
        Some(format!("{} is not used. {}", shown::card_label(&on_cart.card.last4), refusal.message()))
    };
    offer.cards.iter().filter_map(said).collect()
}

fn summary(conn: &mut Conn, cx: &Context, offer: &Offer, chosen: usize) -> Result<Vec<SummaryLine>> {
    let products: Vec<i64> = offer.lines.iter().map(|line| line.product.id).collect();
    let pictures: HashMap<i64, _> = Product::first_pictures(conn, &products)?;
    let priced = offer.quotes.get(chosen).map(|(_, quote)| quote.items.clone()).unwrap_or_default();
    let lines = offer.lines.iter().enumerate().map(|(at, line)| {
        let unit = priced.get(at).map_or(line.variant.price_minor, |item| item.unit_minor);
        SummaryLine {
            title: line.product.title.clone(),
            note: line.variant.options.clone(),
            href: None,
            picture: pictures.get(&line.product.id).map(|media| picture(media, Some(""))),
            quantity: shown::small(line.quantity),
            unit: cx.amount(unit),
            total: cx.amount(priced.get(at).map_or(line.goods_minor(), PricedItem::goods_minor)),
        }
    });
    Ok(lines.collect())
}

/// Words in the addresses of pages that a buyer agrees to; "About us" is none of them.
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

/// Pages that buyers should be able to read before they order.
fn legal(conn: &mut Conn) -> Result<Vec<Link>> {
    let pages = crate::models::post::Post::pages(conn)?.into_iter();
    let agreed = pages.filter(|(_, slug)| LEGAL.iter().any(|word| slug.contains(word)));
    Ok(agreed.map(|(label, slug)| Link { label, href: paths::page(&slug) }).collect())
}
