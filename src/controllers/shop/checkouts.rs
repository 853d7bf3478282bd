//! The checkout: one page, one form, one order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::gift_cards::remove_gift_card;
use super::payments::redirect_to_payment;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::shop::CheckoutForm;
use crate::http::{Context, Form, Layout, Reply, Visitor};
use crate::models::catalog::product::Product;
use crate::models::catalog::variant::Variant;
use crate::models::checkout::cart::Cart;
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::content::post::Post;
use crate::models::people::account::addresses::{AccountAddress, PostalAddress};
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

pub async fn new(visitor: Visitor) -> Result<Reply> {
    let page = visitor.render_page(Layout::Plain, |conn, cx| {
        let form = prefill(conn, cx)?;
        build_page(conn, cx, form, None)
    });
    page.await.or_else(redirect_to_cart)
}

/// Email and default address of a signed-in customer.
fn prefill(conn: &mut Conn, cx: &Context) -> Result<Fields> {
    let mut form = Fields::default();
    let Some(member) = cx.member.as_ref().filter(|member| !member.is_staff()) else { return Ok(form) };
    form.set("email", member.account.email.clone());
    form.set("name", member.account.name.clone());
    let Some(default) = AccountAddress::find_delivery_default(conn, member.account.id)? else { return Ok(form) };
    let PostalAddress { name, company, line1, line2, postcode, city, region, country, phone, vat_number } =
        default.address;
    // The region is of this country.
    form.set("region_of", country.clone());
    let address = [
        ("name", name),
        ("company", company),
        ("line1", line1),
        ("line2", line2),
        ("postcode", postcode),
        ("city", city),
        ("region", region),
        ("country", country),
        ("phone", phone),
        ("vat_number", vat_number),
    ];
    for (field, value) in address {
        form.set(field, value);
    }
    Ok(form)
}

fn redirect_to_cart(error: Error) -> Result<Reply> {
    match error {
        // Another tab may have emptied the cart or ordered it.
        Error::CartChanged => Ok(Reply::redirect(paths::cart())),
        Error::Invalid { field, message } if field == "quantity" => Ok(Reply::redirect(paths::cart()).alert(message)),
        error => Err(error),
    }
}

/// Renders new totals for what was typed, after removing a gift card or line if asked; places no order.
pub async fn quote(visitor: Visitor, form: Form) -> Result<Reply> {
    let card = form.fields.value("remove_card").to_owned();
    if !card.is_empty() {
        remove_gift_card(&visitor, card).await?;
    }
    if let Ok(line) = form.fields.value("remove_line").parse() {
        remove_line(&visitor, line).await?;
    }
    let page = visitor.render_page(Layout::Plain, move |conn, cx| build_page(conn, cx, form.fields, None)).await;
    page.or_else(redirect_to_cart)
}

/// Places the order. Repeating the form with the same token gives the same order (idempotency).
pub async fn create(visitor: Visitor, mut form: Form) -> Result<Reply> {
    let form_token = form.token.clone();
    let Some(cart_token) = visitor.cart_token() else { return Ok(Reply::redirect(paths::cart())) };
    let owner = format!("cart {}", token::sha256_hex(&cart_token));
    if let Some(placed) = visitor.find_kept_result::<StoredOrder>(&form_token, owner.clone()).await? {
        return redirect_to_order(&visitor, placed).await;
    }
    let method = form.fields.value("shipping_method").to_owned();
    let read = visitor.read(move |conn| {
        let is_collected = ShippingMethod::is_pickup(conn, &method)?;
        Ok((is_collected, Settings::load(conn)?.currency))
    });
    let (is_collected, currency) = read.await?;
    form.fields.set("is_collected", if is_collected { "1" } else { "" }.to_owned());
    let typed = form.fields.clone();
    let data = match form.check::<CheckoutForm>() {
        Ok(data) => data,
        Err(fields) => return render_form(visitor, fields, None).await,
    };
    let request = CheckoutRequest {
        cart_token,
        cart_version: data.cart_version,
        quote_fingerprint: data.quote,
        email: data.email,
        address: data.address,
        shipping_method: data.shipping_method,
        payment_method: data.payment_method,
        card_options: visitor.app().card_options(currency),
        notes: data.notes,
        client: Some(visitor.checkout_client(typed.value("proof"))),
    };
    let placed = visitor.keep_once(&form_token, owner, move |tx| {
        let placed = Order::place(tx, &request)?;
        Ok(StoredOrder { order: placed.order.public_id, attempt: placed.attempt })
    });
    match placed.await {
        Ok(placed) => redirect_to_order(&visitor, placed).await,
        Err(error) => render_order_error(visitor, typed, error).await,
    }
}

/// The stored result of a form. The order's access token is a secret, so it is derived again instead of stored.
#[derive(Serialize, Deserialize)]
struct StoredOrder {
    order: String,
    attempt: Option<PaymentAttemptId>,
}

async fn redirect_to_order(visitor: &Visitor, placed: StoredOrder) -> Result<Reply> {
    let order = paths::order(&Order::access_token(&visitor.app().db.context().secret_key, &placed.order));
    match placed.attempt {
        Some(attempt) => Ok(redirect_to_payment(visitor, attempt, order).await),
        None => Ok(Reply::redirect(order)),
    }
}

type Notice = fn(Locale) -> &'static str;

async fn render_order_error(visitor: Visitor, typed: Fields, error: Error) -> Result<Reply> {
    match error {
        Error::QuoteChanged => render_form(visitor, typed, Some(Locale::checkout_quote_changed)).await,
        Error::CartChanged => render_form(visitor, typed, Some(Locale::checkout_cart_changed)).await,
        Error::OutOfStock { variant, available } => {
            let page = visitor.render_page(Layout::Plain, move |conn, cx| {
                let item = Product::find_variant_name(conn, variant)?;
                let message = match available {
                    left if left <= 0 => Message::OrderedItemSoldOut { item },
                    left => Message::OrderedItemScarce { left, item },
                };
                build_page(conn, cx, with_error(typed, "cart", message), None)
            });
            page.await.map(Reply::unprocessable).or_else(redirect_to_cart)
        }
        Error::CheckoutThrottled { seconds, proof } => render_wait(visitor, typed, seconds, proof).await,
        Error::Invalid { field, message } if field == "quantity" => redirect_to_cart(Error::Invalid { field, message }),
        Error::Invalid { field, message } => render_form(visitor, with_error(typed, &field, message), None).await,
        Error::AlreadySubmitted => render_form(visitor, with_error(typed, "", Message::AlreadySubmitted), None).await,
        error => Err(error),
    }
}

async fn render_wait(visitor: Visitor, mut fields: Fields, seconds: u64, proof: String) -> Result<Reply> {
    fields.set("proof", proof);
    let page = visitor.render_page(Layout::Plain, move |conn, cx| {
        Ok(New { wait: Some(i64::try_from(seconds).unwrap_or(i64::MAX)), ..build_page(conn, cx, fields, None)? })
    });
    page.await.map(|page| page.too_many_requests(seconds)).or_else(redirect_to_cart)
}

fn with_error(mut fields: Fields, field: &str, message: Message) -> Fields {
    fields.add_error(field, message);
    fields
}

async fn render_form(visitor: Visitor, fields: Fields, notice: Option<Notice>) -> Result<Reply> {
    let page = visitor.render_page(Layout::Plain, move |conn, cx| build_page(conn, cx, fields, notice)).await;
    page.map(Reply::unprocessable).or_else(redirect_to_cart)
}

/// The page with `form` as it was typed. `CartChanged` if the cart is empty; `Invalid` on `quantity` if too large.
fn build_page(conn: &mut Conn, cx: &mut Context, mut form: Fields, notice: Option<Notice>) -> Result<New> {
    if Cart::count_items(conn, cx.cart_token.as_deref(), cx.now)? == 0 {
        return Err(Error::CartChanged);
    }
    let Some(cart) = Cart::find_open(conn, cx.cart_token.as_deref(), cx.now)? else { return Err(Error::CartChanged) };
    let country = match Country::find(form.value("country")) {
        Some(country) => country,
        None => Country::find(&cx.settings.country).ok_or(Error::bug("the shop has no country"))?,
    };
    form.set("country", country.code.to_owned());
    let regions = select_region(&mut form, country.code, cx.locale());
    let (settings, t) = (cx.settings.clone(), cx.locale());
    let buyer = Buyer {
        place: TaxLocation { country: country.code, region: form.value("region"), postcode: form.value("postcode") },
        company: form.value("company"),
        vat_number: form.value("vat_number"),
        email: form.value("email"),
    };
    let cart_quote = CartQuote::calculate(conn, &settings, &cart, &buyer, cx.now)?;
    let unused_coupon = cart_quote
        .coupon_error
        .map(|error| t.checkout_code_unused(&cart.coupon_code, error.message(&settings).text(t)));
    let selected =
        cart_quote.quotes.iter().position(|(method, _)| method.public_id == form.value("shipping_method")).unwrap_or(0);
    if cart_quote.quotes.is_empty() {
        let basis = ShippingBasis::from_lines(&cart_quote.lines, 0, country.code, settings.locale);
        if ShippingMethod::has_method_for_destination(&cx.pricing_rules.shipping_methods, &basis) {
            let weight = t.checkout_kilograms(t.format_short_decimal(basis.weight_g, 3));
            form.add_error("shipping_method", Message::TooHeavyToShip { weight, country: country.code.to_owned() });
        } else {
            form.add_error("country", Message::NoShippingToCountry { country: country.code.to_owned() });
        }
    }
    let allocations =
        cart_quote.quotes.get(selected).map(|(_, quote)| cart_quote.allocate_gift_cards(quote)).unwrap_or_default();
    let can_be_collected = cart_quote.quotes.iter().any(|(method, _)| method.pickup);
    let is_collected = cart_quote.quotes.get(selected).is_some_and(|(method, _)| method.pickup);
    let total =
        cart_quote.quotes.get(selected).map_or_else(|| goods_minor(&cart_quote), |(_, quote)| quote.total_minor);
    let due = total - allocations.iter().map(|part| part.amount_minor).sum::<i64>();
    let variants: Vec<VariantId> = cart_quote.lines.iter().map(|line| line.variant.id).collect();
    let available: HashMap<VariantId, i64> = Variant::available_quantities(conn, &variants)?.into_iter().collect();
    let products: Vec<ProductId> = cart_quote.lines.iter().map(|line| line.product.id).collect();
    let pictures = Product::first_pictures(conn, &products)?;
    Ok(New {
        t,
        countries: country_options(t),
        region_needed: !is_collected
            && (subdivision::is_required(country.code) || TaxRate::has_regional_rates(conn, country.code)?),
        regions,
        postcode_needed: country.has_postcode() && !is_collected,
        is_pickup: is_collected,
        methods: shipping_options(&cart_quote, selected, cx.format()),
        is_due: due != 0,
        payments: if due == 0 { Vec::new() } else { payment_methods(cx, &form, due, can_be_collected) },
        takes_no_payments: takes_no_payments(cx),
        bank_settings: cx.has_permission(Permission::Settings).then(paths::admin::bank_account_settings),
        unavailable: unavailable_lines(t, &cart_quote.lines, &available),
        lines: summary_lines(&cart_quote, selected, &pictures, cx.format()),
        totals: checkout_totals(&cart_quote, selected, &allocations, &settings, cx.format()),
        cart_version: cart.version.to_string(),
        quote: cart_quote.fingerprint(),
        notice: notice.map(|text| text(t).to_owned()),
        wait: None,
        unused_coupon,
        unused_gift_cards: unused_gift_cards(t, &cart_quote),
        legal: load_legal_pages(conn)?,
        form,
    })
}

/// States or regions; empty where the field is free text. Selects what was typed, or adds an error.
fn select_region(form: &mut Fields, country: &str, t: Locale) -> Vec<SelectOption> {
    let subdivisions = subdivision::for_country(country);
    // A code from another country's list is meaningless here.
    let previous_country = form.value("region_of");
    let is_region_of = |country: &str| subdivision::find(country, form.value("region")).is_some();
    if previous_country != country && is_region_of(previous_country) && !is_region_of(country) {
        form.set("region", String::new());
    }
    let mut options: Vec<SelectOption> = Vec::new();
    if !subdivisions.is_empty() {
        options.push(SelectOption::new("", t.checkout_choose_region()));
        options.extend(subdivisions.iter().map(|region| SelectOption::new(region.code, region.name)));
    }
    match subdivision::parse_region(country, form.value("region"), form.value("postcode")) {
        Ok(region) => form.set("region", region),
        // The country has just been selected, so the region was not asked for yet.
        Err(InvalidRegion::Missing) => {}
        Err(error) => {
            form.add_error("region", error.message());
            match subdivision::find(country, form.value("region")) {
                Some(subdivision) => form.set("region", subdivision.code.to_owned()),
                None => options.push(SelectOption::new(form.value("region"), form.value("region"))),
            }
        }
    }
    options
}

fn takes_no_payments(cx: &Context) -> bool {
    let pickup = cx.pricing_rules.shipping_methods.iter().any(|(method, _)| method.pickup);
    !PaymentMethod::is_any_available(&cx.settings, &cx.card_options, pickup)
}

async fn remove_line(visitor: &Visitor, line: CartLineId) -> Result<()> {
    let token = visitor.cart_token();
    let removed = visitor.write(move |tx| {
        let now = tx.now();
        Cart::find_open(tx.conn(), token.as_deref(), now)?.ok_or(Error::NotFound)?.set_quantity(tx, line, 0)
    });
    match removed.await {
        Err(Error::NotFound) => Ok(()),
        removed => removed,
    }
}

fn payment_methods(cx: &Context, form: &Fields, due: i64, can_be_collected: bool) -> Vec<PaymentOption> {
    let available = PaymentMethod::list_available(&cx.settings, &cx.card_options, due, can_be_collected);
    let typed = PaymentMethod::parse(form.value("payment_method")).filter(|typed| available.contains(typed));
    let selected = typed.or(available.first().copied());
    payment_options(cx.locale(), &available, selected)
}

/// Words in the slugs of pages that a buyer agrees to. "About us" is not one of them.
const LEGAL_WORDS: &[&str] = &[
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

fn load_legal_pages(conn: &mut Conn) -> Result<Vec<Link>> {
    let pages = Post::list_pages(conn)?.into_iter();
    let legal = pages.filter(|(_, slug)| LEGAL_WORDS.iter().any(|word| slug.contains(word)));
    Ok(legal.map(|(label, slug)| Link { label, href: paths::page(&slug) }).collect())
}
