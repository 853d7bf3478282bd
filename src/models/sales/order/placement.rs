//! Turns a cart into an order, in one transaction without network calls. Stock is reserved here, not earlier.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use jiff::SignedDuration;

use super::checkout_throttle::{self, Client};
use super::stock_reservations;
use super::vat_check::VatCheck;
use super::{Address, AddressKind, BuyerNotes, Order, OrderFulfilmentState, OrderState, OrderTotals, PaymentState};
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::product::TaxClass;
use crate::models::catalog::variant::stock::{self, ReservationState};
use crate::models::checkout::cart::CartStatus;
use crate::models::checkout::cart::{Cart, CartLine};
use crate::models::checkout::coupon::application::{AppliedCoupon, CouponError};
use crate::models::checkout::coupon::{Coupon, redemption};
use crate::models::checkout::gift_card::application::{AppliedGiftCard, GiftCardAllocation, allocate_gift_cards};
use crate::models::checkout::quote::{self, Discount, PricedItem, Quote, QuoteItem, TaxContext, TaxLine};
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::checkout::tax_override::TaxRules;
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::people::customer::Customer;
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::search;
use crate::models::platform::setting::{Rounding, Settings};
use crate::models::sales::payment::PaymentAttempt;
use crate::models::sales::payment_method::PaymentMethod;
use crate::models::sales::payment_method::{CardOptions, UNPAID_QUANTITY_MIN};
use crate::schema::{carts, order_addresses, order_deliveries, order_lines, order_taxes, orders, sequences};
use crate::support::clock::Utc;
use crate::support::country::is_in_eu;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::ids::{AccountId, CartId, MediaId, OrderId, OrderLineId, PaymentAttemptId, VariantId};
use crate::support::money::Currency;
use crate::support::vat_number::VatNumber;
use crate::support::{subdivision, token};

#[derive(Clone, Debug)]
pub struct CheckoutRequest {
    pub cart_token: String,
    pub cart_version: i64,
    /// The [`CartQuote::fingerprint`] that the page contained.
    pub quote_fingerprint: String,
    pub email: String,
    pub address: Address,
    pub shipping_method: String,
    pub payment_method: PaymentMethod,
    pub card_options: CardOptions,
    pub notes: BuyerNotes,
    /// The client for the checkout throttle; `None` for orders that no visitor submits, such as sample data.
    pub client: Option<Client>,
}

impl CheckoutRequest {
    fn buyer(&self) -> Buyer<'_> {
        let Address { country, region, postcode, company, vat_number, .. } = &self.address;
        Buyer { place: TaxLocation { country, region, postcode }, company, vat_number, email: &self.email }
    }
}

#[derive(Clone, Debug)]
pub struct PlacedOrder {
    pub order: Order,
    /// The payment attempt that a provider has to open; `None` if no provider takes the payment.
    pub attempt: Option<PaymentAttemptId>,
}

/// The buyer, for taxes and discounts; before anything is typed, only the country is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Buyer<'a> {
    pub place: TaxLocation<'a>,
    /// As typed; empty for none.
    pub company: &'a str,
    pub vat_number: &'a str,
    /// As typed; empty if not known yet.
    pub email: &'a str,
}

/// A cart priced for a buyer, with one quote for each available shipping method.
pub struct CartQuote {
    pub cart: CartId,
    pub lines: Vec<CartLine>,
    pub quotes: Vec<(ShippingMethod, Quote)>,
    pub applied_coupon: Option<AppliedCoupon>,
    pub coupon_error: Option<CouponError>,
    pub gift_cards: Vec<AppliedGiftCard>,
}

impl CartQuote {
    /// Prices a cart for a buyer at a time; `Invalid` if an amount is above the largest order total (TAX.md T12).
    pub fn calculate(
        conn: &mut Conn,
        settings: &Settings,
        cart: &Cart,
        buyer: &Buyer<'_>,
        now: Utc,
    ) -> Result<CartQuote> {
        let lines = cart.lines(conn)?;
        let (applied_coupon, coupon_error) = match cart.coupon_code.as_str() {
            "" => (None, None),
            code => match Coupon::apply(conn, code, &lines, buyer.email, now)? {
                Ok(applied) => (Some(applied), None),
                Err(error) => (None, Some(error)),
            },
        };
        let discount = applied_coupon.as_ref().map_or(Discount::None, |applied| applied.coupon.discount());
        let is_eligible =
            |at: usize| applied_coupon.as_ref().is_some_and(|applied| applied.eligible_lines.get(at) == Some(&true));
        let items: Vec<QuoteItem> =
            lines.iter().enumerate().map(|(at, line)| line.to_quote_item(is_eligible(at))).collect();
        let discount_minor = applied_coupon.as_ref().map_or(Ok(0), |applied| applied.discount_minor(&lines))?;
        let basis = ShippingBasis::from_lines(&lines, discount_minor, buyer.place.country, settings.locale);
        let day = now.format_in(&settings.time_zone, "%Y-%m-%d");
        let Settings { country, region, postcode, .. } = settings;
        let shop = TaxLocation { country, region, postcode };
        let (home_rates, destination_rates) = TaxRate::find_for_locations(conn, &shop, &buyer.place, &day)?;
        // A consumer in another member state is charged the tax of the shop's country, unless the owner has entered
        // rates for theirs (TAX.md T15; Directive 2006/112/EC, article 59c).
        let is_domestic = buyer.place.country == settings.country
            || (destination_rates.is_empty() && is_in_eu(&settings.country) && is_in_eu(buyer.place.country));
        let is_in_union = is_in_eu(&settings.country) && is_in_eu(buyer.place.country);
        let destination_rates = match is_domestic {
            true if destination_rates.is_empty() => home_rates.clone(),
            false if is_in_union => TaxRate::with_home_fallback(destination_rates, &home_rates),
            _ => destination_rates,
        };
        let rules = TaxRules::for_country(conn, settings, buyer.place.country)?;
        let delivery_taxes = TaxContext {
            home_rates: &home_rates,
            destination_rates: &destination_rates,
            is_domestic,
            is_reverse_charge: owes_tax(settings, buyer),
        };
        // A buyer in the shop's own country is taxed by the rates of their region, for pickup too.
        let is_abroad = buyer.place.country != settings.country;
        // TAX.md T17: a pickup order is taxed at the shop, unless tax depends on a region that the owner has not set.
        let is_taxed_at_shop = is_abroad || !settings.region.is_empty() || !subdivision::is_required(&settings.country);
        let shop_rules = if is_abroad { TaxRules::for_country(conn, settings, &settings.country)? } else { rules };
        let shop_taxes = TaxContext {
            home_rates: &home_rates,
            destination_rates: &home_rates,
            is_domestic: true,
            is_reverse_charge: false,
        };
        let mut quotes = Vec::new();
        for (method, shipping) in ShippingMethod::find_available(conn, &basis)? {
            let (rules, taxes) = match method.pickup && is_taxed_at_shop {
                true => (&shop_rules, &shop_taxes),
                false => (&rules, &delivery_taxes),
            };
            let quote = quote::calculate(rules, &items, shipping, discount, taxes)?;
            quotes.push((method, quote));
        }
        let gift_cards = cart.gift_cards(conn, settings, now)?;
        Ok(CartQuote { cart: cart.id, lines, quotes, applied_coupon, coupon_error, gift_cards })
    }

    /// The fingerprint of what the checkout page displays, which the form sends back: the lines, and the totals for
    /// each shipping method as `method:hash`, separated by commas.
    pub fn fingerprint(&self) -> String {
        let lines = format!("{LINES_PREFIX}{}", self.line_fingerprints().join("."));
        let methods = self.quotes.iter().map(|(method, quote)| self.fingerprint_of(method, quote));
        std::iter::once(lines).chain(methods).collect::<Vec<_>>().join(",")
    }

    /// For each line, a hash of everything displayed except its price: cart, variant, title, options and quantity.
    fn line_fingerprints(&self) -> Vec<String> {
        let fingerprint = |line: &CartLine| {
            let CartLine { variant, product, quantity, .. } = line;
            let displayed =
                (self.cart, &variant.public_id, &product.title, &variant.options, product.gift_card, quantity);
            token::sha256_hex(format!("{displayed:?}")).chars().take(8).collect()
        };
        self.lines.iter().map(fingerprint).collect()
    }

    fn changed_since(&self, fingerprint: &str) -> Vec<&CartLine> {
        let before = fingerprint.split(',').find_map(|part| part.strip_prefix(LINES_PREFIX)).unwrap_or_default();
        let before: Vec<&str> = before.split('.').collect();
        let now = self.line_fingerprints();
        let has_changed = |(at, line): (usize, &String)| before.get(at) != Some(&line.as_str());
        let changed = self.lines.iter().zip(now.iter().enumerate()).filter(|(_, now)| has_changed(*now));
        changed.map(|(line, _)| line).collect()
    }

    /// A hash of what the page displays for one shipping method: its name, the totals, and what each gift card pays.
    fn fingerprint_of(&self, method: &ShippingMethod, quote: &Quote) -> String {
        let paid = self.allocate_gift_cards(quote).into_iter().filter(|part| part.amount_minor > 0);
        let paid: Vec<(String, i64)> = paid.map(|part| (part.card.public_id, part.amount_minor)).collect();
        let code = self.applied_coupon.as_ref().map(|applied| &applied.coupon.code);
        let displayed = (quote.fingerprint(), quote.taxes_by_rate(), &method.name, method.pickup, code, paid);
        let hash: String = token::sha256_hex(format!("{displayed:?}")).chars().take(16).collect();
        format!("{}:{hash}", method.public_id)
    }

    /// The part of the total that each gift card pays. Gift cards in the cart cannot be paid with gift cards.
    pub fn allocate_gift_cards(&self, quote: &Quote) -> Vec<GiftCardAllocation> {
        let lines = self.lines.iter().zip(&quote.items).filter(|(line, _)| line.product.gift_card);
        let gift_cards_minor: i64 = lines.map(|(_, priced)| priced.total_minor).sum();
        allocate_gift_cards(&self.gift_cards, quote.total_minor - gift_cards_minor)
    }
}

const LINES_PREFIX: &str = "cart:";

/// Whether the buyer owes the tax (TAX.md T16): a business with a VAT number of another member state, to which the
/// goods go. A number without a company name is treated as a private person's.
fn owes_tax(settings: &Settings, buyer: &Buyer<'_>) -> bool {
    let is_other_member = |country: &str| is_in_eu(country) && country != settings.country;
    settings.vat_exemption
        && !buyer.company.trim().is_empty()
        && is_in_eu(&settings.country)
        && is_other_member(buyer.place.country)
        && VatNumber::parse(buyer.vat_number, buyer.place.country).is_some_and(|number| is_other_member(number.country))
}

impl Order {
    /// Places an order from a cart, or creates a pending one that awaits its payment.
    ///
    /// # Errors
    /// `CartChanged`, `QuoteChanged`, `OutOfStock`, `CheckoutThrottled`; `Invalid` on `cart`, `region`,
    /// `shipping_method`, `payment_method` or `code`.
    pub fn place(tx: &mut Tx<'_>, request: &CheckoutRequest) -> Result<PlacedOrder> {
        // A pickup order needs no region.
        let is_pickup = ShippingMethod::is_pickup(tx.conn(), &request.shipping_method)?;
        let address = match is_pickup && request.address.region.is_empty() {
            true => request.address.clone(),
            false => request.address.normalise_region()?,
        };
        let request = &CheckoutRequest { address, ..request.clone() };
        if !is_pickup
            && request.address.region.is_empty()
            && TaxRate::has_regional_rates(tx.conn(), &request.address.country)?
        {
            return Err(Error::invalid("region", subdivision::InvalidRegion::Missing.message()));
        }
        let Some(cart) = take_cart(tx, request)? else { return Order::find_placed(tx, request) };
        let settings = Settings::load(tx.conn())?;
        let now = tx.now();
        let cart_quote = CartQuote::calculate(tx.conn(), &settings, &cart, &request.buyer(), now)?;
        if cart_quote.lines.is_empty() {
            return Err(Error::CartChanged);
        }
        check_lines(&cart_quote, &request.quote_fingerprint)?;
        let selected = cart_quote.quotes.iter().find(|(method, _)| method.public_id == request.shipping_method);
        let Some((method, quote)) = selected else {
            return Err(Error::invalid("shipping_method", Message::ShippingMethodMissing));
        };
        let fingerprint = cart_quote.fingerprint_of(method, quote);
        if !request.quote_fingerprint.split(',').any(|part| part == fingerprint) {
            let invalid_code = cart_quote.coupon_error.map(|error| Error::invalid("code", error.message(&settings)));
            return Err(invalid_code.unwrap_or(Error::QuoteChanged));
        }
        let allocations = cart_quote.allocate_gift_cards(quote);
        let due = quote.total_minor - allocations.iter().map(|part| part.amount_minor).sum::<i64>();
        let payment_method = match (due, request.payment_method) {
            (0, _) => PaymentMethod::None,
            (_, requested) => {
                let available = PaymentMethod::list_available(&settings, &request.card_options, due, method.pickup);
                if !available.contains(&requested) {
                    return Err(Error::invalid("payment_method", requested.why_unavailable()));
                }
                requested
            }
        };
        if payment_method.is_paid_later() {
            check_unpaid_quantities(tx.conn(), &cart_quote.lines)?;
        }
        let is_provider_paid = payment_method.provider().is_some();
        let is_exempt = owes_tax(&settings, &request.buyer()) && !method.pickup;
        let vat_check = if is_exempt { VatCheck::Unchecked } else { VatCheck::None };
        let account = cart.account_id;
        let draft = OrderDraft { request, account, cart_quote: &cart_quote, method, quote, payment_method, vat_check };
        let order = draft.insert(tx, &settings)?;
        if let Some(client) = &request.client {
            checkout_throttle::check_order(tx, client, cart.id, &order)?;
        }
        let line_ids = draft.insert_lines(tx, order.id)?;
        draft.insert_taxes(tx, order.id, &line_ids)?;
        let state = if is_provider_paid { ReservationState::Active } else { ReservationState::Committed };
        stock_reservations::reserve(tx, &order, &cart_quote.lines, &line_ids, state)?;
        if let Some(applied) = &cart_quote.applied_coupon {
            applied.coupon.redeem(tx, &settings, order.id, &request.email, quote.discount_minor)?;
            if !is_provider_paid {
                redemption::commit(tx, order.id)?;
            }
        }
        if vat_check == VatCheck::Unchecked {
            Event::VatNumberSubmitted { order: order.id }.record(tx, &Actor::Customer)?;
        }
        let order = order.hold_gift_cards(tx, &allocations)?;
        let Some(provider) = payment_method.provider() else {
            return Ok(PlacedOrder { order: order.confirm(tx, &settings, &Actor::Customer)?, attempt: None });
        };
        let attempt = order.create_payment_attempt(tx, provider)?.id;
        Event::PaymentStarted { order: order.id, attempt, is_retry: false }.record(tx, &Actor::Customer)?;
        Ok(PlacedOrder { order, attempt: Some(attempt) })
    }

    /// Idempotency: returns the order already placed from this cart, after a double click, a reload or a lost response.
    fn find_placed(tx: &mut Tx<'_>, request: &CheckoutRequest) -> Result<PlacedOrder> {
        let cart = carts::table
            .filter(carts::token_hash.eq(token::sha256_hex(&request.cart_token)))
            .select(carts::id.nullable());
        let orders_of_cart = Order::query().filter(orders::cart_id.eq_any(cart));
        let order: Order = orders_of_cart.first(tx.conn()).optional()?.ok_or(Error::CartChanged)?;
        // The cookie may remain on a shared computer, so only a buyer who enters the order's email address gets the
        // order.
        let normal = |text: &str| EmailAddress::parse(text).map_or_else(|| text.to_owned(), |email| email.normal);
        if normal(&order.email) != normal(&request.email) {
            return Err(Error::CartChanged);
        }
        let attempt = PaymentAttempt::find_active(tx.conn(), order.id)?.map(|attempt| attempt.id);
        Ok(PlacedOrder { order, attempt })
    }

    /// Commits the stock and the discount code of a pending order, and confirms it.
    pub(super) fn commit(&self, tx: &mut Tx<'_>, settings: &Settings, by: &Actor) -> Result<Order> {
        stock_reservations::commit(tx, self.id)?;
        redemption::commit(tx, self.id)?;
        self.confirm(tx, settings, by)
    }

    /// Confirms the order: gift cards are redeemed, events are recorded, and the order number is drawn last.
    fn confirm(&self, tx: &mut Tx<'_>, settings: &Settings, by: &Actor) -> Result<Order> {
        self.commit_gift_cards(tx)?;
        let (total_minor, currency) = (self.totals.total_minor, self.currency);
        Event::OrderPlaced { order: self.id, total_minor, currency }.record(tx, by)?;
        if self.due_minor() == 0 && self.totals.captured_minor == 0 {
            Event::NoPaymentDue { order: self.id }.record(tx, by)?;
        }
        // Lock order: stock before sequences.
        if matches!(self.payment_state, PaymentState::Paid | PaymentState::Overpaid) {
            self.issue_gift_cards(tx, by)?;
        }
        let now = tx.now();
        let recipient = self.find_recipient(tx.conn())?;
        let customer = Customer::record_order(tx, &self.email, &recipient, now)?;
        let number = next_number(tx, settings.order_number_start)?.to_string();
        let pending = orders::id.eq(self.id).and(orders::state.eq(OrderState::Pending));
        let placed = diesel::update(orders::table.filter(pending))
            .set((
                orders::state.eq(OrderState::Placed),
                orders::number.eq(&number),
                orders::placed_at.eq(now),
                orders::customer_id.eq(customer),
            ))
            .execute(tx.conn())?;
        if placed != 1 {
            return Err(Error::bug("only a pending order can be placed"));
        }
        Ok(Order { state: OrderState::Placed, number: Some(number), placed_at: Some(now), ..self.clone() })
    }

    /// The name that the goods are sent to.
    fn find_recipient(&self, conn: &mut Conn) -> Result<String> {
        let delivery = order_addresses::order_id.eq(self.id).and(order_addresses::kind.eq(AddressKind::Shipping));
        let name = order_addresses::table.filter(delivery).select(order_addresses::name).first(conn).optional()?;
        Ok(name.unwrap_or_default())
    }
}

/// Refuses lines that are no longer sold, or that differ from what the page displayed.
fn check_lines(cart: &CartQuote, fingerprint: &str) -> Result<()> {
    let names = |lines: &[&CartLine]| lines.iter().map(|line| line.name()).collect::<Vec<_>>().join(", ");
    let unavailable: Vec<&CartLine> = cart.lines.iter().filter(|line| !line.is_for_sale()).collect();
    if !unavailable.is_empty() {
        let (count, items) = (Message::count(unavailable.len()), names(&unavailable));
        return Err(Error::invalid("cart", Message::ItemsUnavailable { count, items }));
    }
    let changed = cart.changed_since(fingerprint);
    match changed.len() {
        0 => Ok(()),
        all if all == cart.lines.len() && all > 1 => Err(Error::CartChanged),
        _ => Err(Error::invalid("cart", Message::CartItemsChanged { items: names(&changed) })),
    }
}

/// Limits the quantities of orders that are paid later, so that they cannot reserve all of the stock.
fn check_unpaid_quantities(conn: &mut Conn, lines: &[CartLine]) -> Result<()> {
    for line in lines.iter().filter(|line| line.quantity > UNPAID_QUANTITY_MIN) {
        let available = stock::available_quantity(conn, line.variant.id)?;
        let max = PaymentMethod::max_unpaid_quantity(available);
        if line.quantity > max && line.quantity <= available {
            let item = line.name();
            return Err(Error::invalid("payment_method", Message::UnpaidQuantityTooHigh { max, item }));
        }
    }
    Ok(())
}

/// Converts the cart that the buyer saw, by compare-and-swap on its version. `None` if it was converted before or has
/// changed.
fn take_cart(tx: &mut Tx<'_>, request: &CheckoutRequest) -> Result<Option<Cart>> {
    let is_unchanged = carts::token_hash
        .eq(token::sha256_hex(&request.cart_token))
        .and(carts::status.eq(CartStatus::Open))
        .and(carts::version.eq(request.cart_version));
    let converted: Option<(CartId, i64, String, Option<AccountId>)> = diesel::update(carts::table.filter(is_unchanged))
        .set((carts::status.eq(CartStatus::Converted), carts::version.eq(carts::version + 1)))
        .returning((carts::id, carts::version, carts::coupon_code, carts::account_id))
        .get_result(tx.conn())
        .optional()?;
    let cart = |(id, version, coupon_code, account_id)| Cart { id, version, coupon_code, account_id };
    Ok(converted.map(cart))
}

/// Draws the next order number from a counter row with `UPDATE … RETURNING`: without gaps or duplicates.
fn next_number(tx: &mut Tx<'_>, start: i64) -> Result<i64> {
    let next = case_when(sequences::value.lt(start - 1), start.into_sql::<BigInt>()).otherwise(sequences::value + 1);
    Ok(diesel::update(sequences::table.find("order"))
        .set(sequences::value.eq(next))
        .returning(sequences::value)
        .get_result(tx.conn())?)
}

struct OrderDraft<'a> {
    request: &'a CheckoutRequest,
    /// The customer who places it; `None` for a guest.
    account: Option<AccountId>,
    cart_quote: &'a CartQuote,
    method: &'a ShippingMethod,
    quote: &'a Quote,
    payment_method: PaymentMethod,
    vat_check: VatCheck,
}

#[derive(Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
struct NewOrder<'a> {
    public_id: &'a str,
    cart_id: CartId,
    email: &'a str,
    access_hash: String,
    state: OrderState,
    payment_state: PaymentState,
    fulfilment_state: OrderFulfilmentState,
    currency: Currency,
    prices_include_tax: bool,
    rounding: Rounding,
    #[diesel(embed)]
    totals: OrderTotals,
    payment_method: PaymentMethod,
    hold_until: Option<Utc>,
    created_at: Utc,
    account_id: Option<AccountId>,
}

#[derive(Insertable)]
#[diesel(table_name = order_addresses)]
struct NewOrderAddress {
    order_id: OrderId,
    kind: AddressKind,
    #[diesel(embed)]
    address: Address,
    vat_check: VatCheck,
}

#[derive(Insertable)]
#[diesel(table_name = order_deliveries)]
struct NewOrderDelivery<'a> {
    order_id: OrderId,
    shipping_name: &'a str,
    pickup: bool,
    #[diesel(embed)]
    notes: BuyerNotes,
}

#[derive(Insertable)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
struct NewOrderLine<'a> {
    order_id: OrderId,
    position: i64,
    variant_id: VariantId,
    title: &'a str,
    options: &'a str,
    sku: &'a str,
    picture_id: Option<MediaId>,
    tax_class: TaxClass,
    weight_g: i64,
    unit_minor: i64,
    quantity: i64,
    discount_minor: i64,
    total_minor: i64,
    tax_minor: i64,
    gift_card: bool,
    fulfilled: i64,
}

#[derive(Insertable)]
#[diesel(table_name = order_taxes, treat_none_as_default_value = false)]
struct NewOrderTax<'a> {
    order_id: OrderId,
    order_line_id: Option<OrderLineId>,
    country: &'a str,
    region: &'a str,
    name: &'a str,
    rate_ppm: i64,
    base_minor: i64,
    net_minor: i64,
    tax_minor: i64,
    reason: &'static str,
}

impl OrderTotals {
    fn from_quote(quote: &Quote) -> OrderTotals {
        OrderTotals {
            goods_minor: quote.goods_minor,
            discount_minor: quote.discount_minor,
            shipping_minor: quote.shipping_minor,
            tax_minor: quote.tax_minor,
            tax_added_minor: quote.tax_added_minor,
            total_minor: quote.total_minor,
            ..OrderTotals::default()
        }
    }
}

impl OrderDraft<'_> {
    fn insert(&self, tx: &mut Tx<'_>, settings: &Settings) -> Result<Order> {
        let public_id = tx.generate_public_id()?;
        let access_token = Order::access_token(tx.secret_key(), &public_id);
        let now = tx.now();
        let address = &self.request.address;
        let requires_shipping = self.cart_quote.lines.iter().any(|line| !line.product.gift_card);
        let (payment_state, hold_until) = match self.payment_method {
            PaymentMethod::None => (PaymentState::None, None),
            PaymentMethod::TestCard | PaymentMethod::Card => {
                (PaymentState::Unpaid, Some(now.plus(SignedDuration::from_mins(settings.stock_hold_minutes))))
            }
            PaymentMethod::BankTransfer => {
                let until = now.end_of_day_in(&settings.time_zone, settings.transfer_hold_days);
                (PaymentState::Unpaid, Some(until))
            }
            PaymentMethod::Cash => (PaymentState::Unpaid, None),
        };
        let row = NewOrder {
            public_id: &public_id,
            cart_id: self.cart_quote.cart,
            email: &self.request.email,
            access_hash: token::sha256_hex(access_token),
            state: OrderState::Pending,
            payment_state,
            fulfilment_state: match requires_shipping {
                true => OrderFulfilmentState::Unfulfilled,
                false => OrderFulfilmentState::None,
            },
            currency: settings.currency,
            prices_include_tax: self.quote.prices_include_tax,
            rounding: self.quote.rounding,
            totals: OrderTotals::from_quote(self.quote),
            payment_method: self.payment_method,
            hold_until,
            created_at: now,
            account_id: self.account,
        };
        let order: Order = diesel::insert_into(orders::table)
            .values(row)
            .returning(<Order as Selectable<AnyBackend>>::construct_selection())
            .get_result(tx.conn())?;
        let row = NewOrderAddress {
            order_id: order.id,
            kind: AddressKind::Shipping,
            address: address.clone(),
            vat_check: self.vat_check,
        };
        diesel::insert_into(order_addresses::table).values(row).execute(tx.conn())?;
        let row = NewOrderDelivery {
            order_id: order.id,
            shipping_name: &self.method.name,
            pickup: self.method.pickup,
            notes: self.request.notes.clone(),
        };
        diesel::insert_into(order_deliveries::table).values(row).execute(tx.conn())?;
        let skus = self.cart_quote.lines.iter().map(|line| line.variant.sku.as_str()).collect::<Vec<_>>().join(" ");
        let words = format!("{} {} {} {} {skus}", order.email, address.name, address.company, address.city);
        search::index_order(tx, order.id, &words)?;
        Ok(order)
    }

    fn insert_lines(&self, tx: &mut Tx<'_>, order: OrderId) -> Result<Vec<OrderLineId>> {
        let mut ids = Vec::new();
        for ((line, priced), position) in self.cart_quote.lines.iter().zip(&self.quote.items).zip(0..) {
            let picture = line.product.first_picture_id(tx.conn())?;
            let row = NewOrderLine::new(order, position, line, priced, picture);
            ids.push(
                diesel::insert_into(order_lines::table).values(row).returning(order_lines::id).get_result(tx.conn())?,
            );
        }
        Ok(ids)
    }

    fn insert_taxes(&self, tx: &mut Tx<'_>, order: OrderId, lines: &[OrderLineId]) -> Result<()> {
        for tax in &self.quote.taxes {
            let row = NewOrderTax::new(order, tax, lines, &self.request.address);
            diesel::insert_into(order_taxes::table).values(row).execute(tx.conn())?;
        }
        Ok(())
    }
}

impl<'a> NewOrderLine<'a> {
    fn new(
        order: OrderId,
        position: i64,
        line: &'a CartLine,
        priced: &PricedItem,
        picture: Option<MediaId>,
    ) -> NewOrderLine<'a> {
        NewOrderLine {
            order_id: order,
            position,
            variant_id: line.variant.id,
            title: &line.product.title,
            options: &line.variant.options,
            sku: &line.variant.sku,
            picture_id: picture,
            tax_class: line.product.tax_class,
            weight_g: line.variant.weight_g,
            unit_minor: priced.unit_minor,
            quantity: priced.quantity,
            discount_minor: priced.discount_minor,
            total_minor: priced.total_minor,
            tax_minor: priced.tax_minor,
            gift_card: line.product.gift_card,
            fulfilled: 0,
        }
    }
}

impl<'a> NewOrderTax<'a> {
    /// `lines` are the ids of the order's lines, in the order of the quote.
    fn new(order: OrderId, tax: &'a TaxLine, lines: &[OrderLineId], address: &'a Address) -> NewOrderTax<'a> {
        NewOrderTax {
            order_id: order,
            order_line_id: tax.item_index.and_then(|at| lines.get(at).copied()),
            country: tax.country.as_ref().unwrap_or(&address.country),
            region: &tax.region,
            name: &tax.name,
            rate_ppm: tax.rate_ppm,
            base_minor: tax.base_minor,
            net_minor: tax.net_minor,
            tax_minor: tax.tax_minor,
            reason: tax.reason,
        }
    }
}
