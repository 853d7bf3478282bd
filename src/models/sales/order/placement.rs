//! Turns a cart into an order, in one transaction without network calls. Stock is reserved here, not earlier.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use jiff::SignedDuration;

use super::checkout_throttle::{self, Client};
use super::stock_reservations::{self, ReservationState};
use super::vat_check::VatCheck;
use super::{Address, Order, OrderFulfilmentState, OrderState, PaymentState};
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::variant::stock;
use crate::models::checkout::cart::{Cart, CartLine};
use crate::models::checkout::coupon::application::{AppliedCoupon, CouponError};
use crate::models::checkout::coupon::{Coupon, redemption};
use crate::models::checkout::gift_card::application::{AppliedGiftCard, GiftCardAllocation, allocate_gift_cards};
use crate::models::checkout::quote::{self, Discount, Quote, QuoteItem, TaxContext};
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::checkout::tax_override::TaxRules;
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::search;
use crate::models::platform::setting::Settings;
use crate::models::sales::payment::PaymentAttempt;
use crate::models::sales::payment_method::PaymentMethod;
use crate::models::sales::payment_method::{CardOptions, UNPAID_QUANTITY_MIN};
use crate::schema::{carts, order_addresses, order_lines, order_taxes, orders, sequences};
use crate::support::clock::Utc;
use crate::support::country::is_in_eu;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::ids::{CartId, OrderId, OrderLineId, PaymentAttemptId};
use crate::support::vat_number::VatNumber;
use crate::support::{subdivision, token};

#[derive(Clone, Debug)]
pub struct CheckoutRequest {
    pub cart_token: String,
    /// The cart's version when the checkout page was rendered.
    pub cart_version: i64,
    /// The [`CartQuote::fingerprint`] that the page contained.
    pub quote_fingerprint: String,
    pub email: String,
    pub address: Address,
    /// Public id of the shipping method.
    pub shipping_method: String,
    pub payment_method: PaymentMethod,
    pub card_options: CardOptions,
    pub note: String,
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
    /// The order: new, or already placed from the same cart.
    pub order: Order,
    /// The payment attempt that a provider has to open; `None` if no provider takes the payment.
    pub attempt: Option<PaymentAttemptId>,
}

/// What is known about the buyer for taxes and discounts; before anything is typed, only the country.
#[derive(Clone, Copy, Debug, Default)]
pub struct Buyer<'a> {
    pub place: TaxLocation<'a>,
    /// As typed; empty for none.
    pub company: &'a str,
    /// As typed; empty for none.
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
    /// The gift cards on the cart, valid or not.
    pub gift_cards: Vec<AppliedGiftCard>,
}

impl CartQuote {
    /// Prices a cart for a buyer at a time.
    ///
    /// # Errors
    /// `Invalid` if an amount is above the largest order total (TAX.md T12).
    pub fn calculate(
        conn: &mut Conn,
        settings: &Settings,
        cart: &Cart,
        buyer: &Buyer<'_>,
        now: Utc,
    ) -> Result<CartQuote> {
        let lines = cart.lines(conn)?;
        let (applied, refused) = match cart.coupon_code.as_str() {
            "" => (None, None),
            code => match Coupon::apply(conn, code, &lines, buyer.email, now)? {
                Ok(applied) => (Some(applied), None),
                Err(refusal) => (None, Some(refusal)),
            },
        };
        let discount = applied.as_ref().map_or(Discount::None, |applied| applied.coupon.discount());
        let takes_off = |at: usize| applied.as_ref().is_some_and(|a| a.eligible_lines.get(at) == Some(&true));
        let items: Vec<QuoteItem> =
            lines.iter().enumerate().map(|(at, line)| line.to_quote_item(takes_off(at))).collect();
        let off = applied.as_ref().map_or(Ok(0), |applied| applied.discount_minor(&lines))?;
        let parcel = ShippingBasis::from_lines(&lines, off, buyer.place.country, settings.locale);
        let day = now.format_in(&settings.time_zone, "%Y-%m-%d");
        let Settings { country, region, postcode, .. } = settings;
        let shop = TaxLocation { country, region, postcode };
        let (home, there) = TaxRate::find_for_locations(conn, &shop, &buyer.place, &day)?;
        // A consumer in another member state is charged the tax of the shop's country, unless the owner has entered
        // rates for theirs (TAX.md T15; Directive 2006/112/EC, article 59c).
        let at_home = buyer.place.country == settings.country
            || (there.is_empty() && is_in_eu(&settings.country) && is_in_eu(buyer.place.country));
        let is_in_union = is_in_eu(&settings.country) && is_in_eu(buyer.place.country);
        let there = match at_home {
            true if there.is_empty() => home.clone(),
            false if is_in_union => TaxRate::with_home_fallback(there, &home),
            _ => there,
        };
        let rules = TaxRules::for_country(conn, settings, buyer.place.country)?;
        let away = TaxContext {
            home_rates: &home,
            destination_rates: &there,
            is_domestic: at_home,
            is_reverse_charge: owes_tax(settings, buyer),
        };
        // A buyer in the shop's own country is taxed by the rates of their region, for pickup too.
        let is_abroad = buyer.place.country != settings.country;
        // TAX.md T17: a pickup order is taxed at the shop, unless tax depends on a region that the owner has not set.
        let is_here = is_abroad || !settings.region.is_empty() || !subdivision::is_required(&settings.country);
        let rules_here = if is_abroad { TaxRules::for_country(conn, settings, &settings.country)? } else { rules };
        let here =
            TaxContext { home_rates: &home, destination_rates: &home, is_domestic: true, is_reverse_charge: false };
        let mut quotes = Vec::new();
        for (method, shipping) in ShippingMethod::find_available(conn, &parcel)? {
            let (rules, places) = if method.pickup && is_here { (&rules_here, &here) } else { (&rules, &away) };
            let quote = quote::calculate(rules, &items, shipping, discount, places)?;
            quotes.push((method, quote));
        }
        let cards = cart.gift_cards(conn, settings, now)?;
        Ok(CartQuote {
            cart: cart.id,
            lines,
            quotes,
            applied_coupon: applied,
            coupon_error: refused,
            gift_cards: cards,
        })
    }

    /// The fingerprint of what the checkout page displays, which the form sends back: the lines, and the totals for
    /// each shipping method as `method:hash`, separated by commas.
    pub fn fingerprint(&self) -> String {
        let bought = format!("{BOUGHT}{}", self.line_prints().join("."));
        let ways = self.quotes.iter().map(|(method, quote)| self.fingerprint_of(method, quote));
        std::iter::once(bought).chain(ways).collect::<Vec<_>>().join(",")
    }

    /// For each line, a hash of everything displayed except its price: cart, variant, title, options and quantity.
    fn line_prints(&self) -> Vec<String> {
        let print = |line: &CartLine| {
            let CartLine { variant, product, quantity, .. } = line;
            let shown = (self.cart, &variant.public_id, &product.title, &variant.options, product.gift_card, quantity);
            token::sha256_hex(format!("{shown:?}")).chars().take(8).collect()
        };
        self.lines.iter().map(print).collect()
    }

    /// The lines that differ from those in the fingerprint `seal`.
    fn changed_since(&self, seal: &str) -> Vec<&CartLine> {
        let shown = seal.split(',').find_map(|part| part.strip_prefix(BOUGHT)).unwrap_or_default();
        let shown: Vec<&str> = shown.split('.').collect();
        let now = self.line_prints();
        let is_new = |(at, print): (usize, &String)| shown.get(at) != Some(&print.as_str());
        self.lines.iter().zip(now.iter().enumerate()).filter(|(_, now)| is_new(*now)).map(|(line, _)| line).collect()
    }

    /// A hash of what the page displays for one shipping method: its name, the totals, and what each gift card pays.
    fn fingerprint_of(&self, method: &ShippingMethod, quote: &Quote) -> String {
        let paid = self.allocate_gift_cards(quote).into_iter().filter(|part| part.amount_minor > 0);
        let paid: Vec<(String, i64)> = paid.map(|part| (part.card.public_id, part.amount_minor)).collect();
        let code = self.applied_coupon.as_ref().map(|applied| &applied.coupon.code);
        let shown = (quote.fingerprint(), quote.taxes_by_rate(), &method.name, method.pickup, code, paid);
        let print: String = token::sha256_hex(format!("{shown:?}")).chars().take(16).collect();
        format!("{}:{print}", method.public_id)
    }

    /// What each gift card pays of the total. Gift cards in the cart cannot be paid with gift cards.
    pub fn allocate_gift_cards(&self, quote: &Quote) -> Vec<GiftCardAllocation> {
        let lines = self.lines.iter().zip(&quote.items).filter(|(line, _)| line.product.gift_card);
        let bought: i64 = lines.map(|(_, priced)| priced.total_minor).sum();
        allocate_gift_cards(&self.gift_cards, quote.total_minor - bought)
    }
}

/// Prefix of the part of a fingerprint that covers the lines.
const BOUGHT: &str = "cart:";

/// Whether the buyer owes the tax (TAX.md T16): a business with a VAT number of another member state, to which the
/// goods go. A number without a company name is treated as a private person's.
fn owes_tax(settings: &Settings, buyer: &Buyer<'_>) -> bool {
    let elsewhere = |country: &str| is_in_eu(country) && country != settings.country;
    settings.vat_exemption
        && !buyer.company.trim().is_empty()
        && is_in_eu(&settings.country)
        && elsewhere(buyer.place.country)
        && VatNumber::parse(buyer.vat_number, buyer.place.country).is_some_and(|number| elsewhere(number.country))
}

impl Order {
    /// Places an order from a cart, or creates a pending one that awaits its payment.
    ///
    /// # Errors
    /// `CartChanged`, `QuoteChanged`, `OutOfStock`, `CheckoutThrottled`; `Invalid` on `cart`, `region`,
    /// `shipping_method`, `payment_method` or `code`.
    pub fn place(tx: &mut Tx<'_>, wish: &CheckoutRequest) -> Result<PlacedOrder> {
        // A pickup order needs no region.
        let is_collected = ShippingMethod::is_pickup(tx.conn(), &wish.shipping_method)?;
        let address = match is_collected && wish.address.region.is_empty() {
            true => wish.address.clone(),
            false => wish.address.normalise_region()?,
        };
        let wish = &CheckoutRequest { address, ..wish.clone() };
        if !is_collected
            && wish.address.region.is_empty()
            && TaxRate::has_regional_rates(tx.conn(), &wish.address.country)?
        {
            return Err(Error::invalid("region", subdivision::InvalidRegion::Missing.message()));
        }
        let Some(cart) = take_cart(tx, wish)? else { return Order::placed_before(tx, wish) };
        let settings = Settings::load(tx.conn())?;
        let now = tx.now();
        let offer = CartQuote::calculate(tx.conn(), &settings, &cart, &wish.buyer(), now)?;
        if offer.lines.is_empty() {
            return Err(Error::CartChanged);
        }
        check_lines(&offer, &wish.quote_fingerprint)?;
        let chosen = offer.quotes.iter().find(|(method, _)| method.public_id == wish.shipping_method);
        let Some((method, quote)) = chosen else {
            return Err(Error::invalid("shipping_method", Message::ShippingMethodMissing));
        };
        let seen = offer.fingerprint_of(method, quote);
        if !wish.quote_fingerprint.split(',').any(|seal| seal == seen) {
            let refused = offer.coupon_error.map(|refusal| Error::invalid("code", refusal.message(&settings)));
            return Err(refused.unwrap_or(Error::QuoteChanged));
        }
        let paid = offer.allocate_gift_cards(quote);
        let due = quote.total_minor - paid.iter().map(|part| part.amount_minor).sum::<i64>();
        let payment = match (due, wish.payment_method) {
            (0, _) => PaymentMethod::None,
            (_, wanted) => {
                let offered = PaymentMethod::list_available(&settings, &wish.card_options, due, method.pickup);
                if !offered.contains(&wanted) {
                    return Err(Error::invalid("payment_method", wanted.why_unavailable()));
                }
                wanted
            }
        };
        if payment.is_paid_later() {
            check_share(tx.conn(), &offer.lines)?;
        }
        let waits_for_money = payment.provider().is_some();
        let is_exempt = owes_tax(&settings, &wish.buyer()) && !method.pickup;
        let vat_check = if is_exempt { VatCheck::Unchecked } else { VatCheck::None };
        let deal = NewOrder { wish, cart: cart.id, lines: &offer.lines, method, quote, payment, vat_check };
        let order = insert(tx, &settings, &deal)?;
        if let Some(caller) = &wish.client {
            checkout_throttle::check_order(tx, caller, cart.id, &order)?;
        }
        let line_ids = insert_lines(tx, order.id, &offer.lines, quote)?;
        insert_taxes(tx, order.id, &line_ids, wish, quote)?;
        let held = if waits_for_money { ReservationState::Active } else { ReservationState::Committed };
        stock_reservations::reserve(tx, &order, &offer.lines, &line_ids, held)?;
        if let Some(applied) = &offer.applied_coupon {
            applied.coupon.redeem(tx, &settings, order.id, &wish.email, quote.discount_minor)?;
            if !waits_for_money {
                redemption::commit(tx, order.id)?;
            }
        }
        if vat_check == VatCheck::Unchecked {
            Event::VatNumberSubmitted { order: order.id }.record(tx, &Actor::Customer)?;
        }
        let order = order.hold_gift_cards(tx, &paid)?;
        let Some(provider) = payment.provider() else {
            return Ok(PlacedOrder { order: order.confirm(tx, &settings, &Actor::Customer)?, attempt: None });
        };
        let attempt = order.create_payment_attempt(tx, provider)?.id;
        Event::PaymentStarted { order: order.id, attempt, is_retry: false }.record(tx, &Actor::Customer)?;
        Ok(PlacedOrder { order, attempt: Some(attempt) })
    }

    /// Idempotency: returns the order already placed from this cart, after a double click, a reload or a lost response.
    fn placed_before(tx: &mut Tx<'_>, wish: &CheckoutRequest) -> Result<PlacedOrder> {
        let cart =
            carts::table.filter(carts::token_hash.eq(token::sha256_hex(&wish.cart_token))).select(carts::id.nullable());
        let known = orders::table.filter(orders::cart_id.eq_any(cart)).select(Order::as_select());
        let order: Order = known.first(tx.conn()).optional()?.ok_or(Error::CartChanged)?;
        // The cookie may remain on a shared computer, so only a buyer who enters the order's email address gets the
        // order.
        let normal = |text: &str| EmailAddress::parse(text).map_or_else(|| text.to_owned(), |email| email.normal);
        if normal(&order.email) != normal(&wish.email) {
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
        let (total_minor, currency) = (self.total_minor, self.currency);
        Event::OrderPlaced { order: self.id, total_minor, currency }.record(tx, by)?;
        if self.due_minor() == 0 && self.captured_minor == 0 {
            Event::NoPaymentDue { order: self.id }.record(tx, by)?;
        }
        // Lock order: stock before sequences.
        if matches!(self.payment_state, PaymentState::Paid | PaymentState::Overpaid) {
            self.issue_gift_cards(tx, by)?;
        }
        let number = next_number(tx, settings.order_number_start)?.to_string();
        let pending = orders::id.eq(self.id).and(orders::state.eq(OrderState::Pending));
        let now = tx.now();
        let placed = diesel::update(orders::table.filter(pending))
            .set((orders::state.eq(OrderState::Placed), orders::number.eq(&number), orders::placed_at.eq(now)))
            .execute(tx.conn())?;
        if placed != 1 {
            return Err(Error::bug("only a pending order can be placed"));
        }
        Ok(Order { state: OrderState::Placed, number: Some(number), placed_at: Some(now), ..self.clone() })
    }
}

/// Refuses lines that are no longer sold, or that differ from what the page displayed.
fn check_lines(offer: &CartQuote, seal: &str) -> Result<()> {
    let names = |lines: &[&CartLine]| lines.iter().map(|line| line.name()).collect::<Vec<_>>().join(", ");
    let gone: Vec<&CartLine> = offer.lines.iter().filter(|line| !line.is_for_sale()).collect();
    if !gone.is_empty() {
        let (count, items) = (Message::count(gone.len()), names(&gone));
        return Err(Error::invalid("cart", Message::ItemsUnavailable { count, items }));
    }
    let changed = offer.changed_since(seal);
    match changed.len() {
        0 => Ok(()),
        all if all == offer.lines.len() && all > 1 => Err(Error::CartChanged),
        _ => Err(Error::invalid("cart", Message::CartItemsChanged { items: names(&changed) })),
    }
}

/// Limits the quantities of orders that are paid later, so that they cannot reserve all of the stock.
fn check_share(conn: &mut Conn, lines: &[CartLine]) -> Result<()> {
    for line in lines.iter().filter(|line| line.quantity > UNPAID_QUANTITY_MIN) {
        let left = stock::available_quantity(conn, line.variant.id)?;
        let max = PaymentMethod::max_unpaid_quantity(left);
        if line.quantity > max && line.quantity <= left {
            let item = line.name();
            return Err(Error::invalid("payment_method", Message::UnpaidQuantityTooHigh { max, item }));
        }
    }
    Ok(())
}

/// Converts the cart that the buyer saw, by compare-and-swap on its version. `None` if it was converted before or has
/// changed.
fn take_cart(tx: &mut Tx<'_>, wish: &CheckoutRequest) -> Result<Option<Cart>> {
    let seen = carts::token_hash
        .eq(token::sha256_hex(&wish.cart_token))
        .and(carts::status.eq("open"))
        .and(carts::version.eq(wish.cart_version));
    let taken: Option<(CartId, i64, String)> = diesel::update(carts::table.filter(seen))
        .set((carts::status.eq("converted"), carts::version.eq(carts::version + 1)))
        .returning((carts::id, carts::version, carts::coupon_code))
        .get_result(tx.conn())
        .optional()?;
    Ok(taken.map(|(id, version, coupon_code)| Cart { id, version, coupon_code }))
}

/// Draws the next order number from a counter row with `UPDATE … RETURNING`: without gaps or duplicates.
fn next_number(tx: &mut Tx<'_>, start: i64) -> Result<i64> {
    let next = case_when(sequences::value.lt(start - 1), start.into_sql::<BigInt>()).otherwise(sequences::value + 1);
    Ok(diesel::update(sequences::table.find("order"))
        .set(sequences::value.eq(next))
        .returning(sequences::value)
        .get_result(tx.conn())?)
}

struct NewOrder<'a> {
    wish: &'a CheckoutRequest,
    cart: CartId,
    lines: &'a [CartLine],
    method: &'a ShippingMethod,
    quote: &'a Quote,
    payment: PaymentMethod,
    vat_check: VatCheck,
}

fn insert(tx: &mut Tx<'_>, settings: &Settings, deal: &NewOrder<'_>) -> Result<Order> {
    let NewOrder { wish, cart, method, quote, payment, .. } = *deal;
    let public_id = tx.generate_public_id()?;
    let access = Order::access_token(tx.secret_key(), &public_id);
    let now = tx.now();
    let address = &wish.address;
    let is_sent = deal.lines.iter().any(|line| !line.product.gift_card);
    let fulfil_state = if is_sent { OrderFulfilmentState::Unfulfilled } else { OrderFulfilmentState::None };
    let (payment_state, hold) = match payment {
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
    let row = (
        (
            orders::public_id.eq(&public_id),
            orders::cart_id.eq(cart),
            orders::email.eq(&wish.email),
            orders::access_hash.eq(token::sha256_hex(access)),
            orders::state.eq(OrderState::Pending),
            orders::payment_state.eq(payment_state),
            orders::fulfilment_state.eq(fulfil_state),
            orders::currency.eq(settings.currency),
            orders::prices_include_tax.eq(quote.prices_include_tax),
            orders::rounding.eq(quote.rounding),
            orders::goods_minor.eq(quote.goods_minor),
            orders::discount_minor.eq(quote.discount_minor),
            orders::shipping_minor.eq(quote.shipping_minor),
            orders::tax_minor.eq(quote.tax_minor),
            orders::tax_added_minor.eq(quote.tax_added_minor),
        ),
        (
            orders::total_minor.eq(quote.total_minor),
            orders::captured_minor.eq(0),
            orders::payment_method.eq(payment),
            orders::shipping_name.eq(&method.name),
            orders::pickup.eq(method.pickup),
            orders::note.eq(&wish.note),
            orders::hold_until.eq(hold),
            orders::created_at.eq(now),
        ),
    );
    let order: Order = diesel::insert_into(orders::table)
        .values(row)
        .returning(<Order as Selectable<AnyBackend>>::construct_selection())
        .get_result(tx.conn())?;
    let row = (
        order_addresses::order_id.eq(order.id),
        order_addresses::kind.eq("shipping"),
        order_addresses::name.eq(&address.name),
        order_addresses::company.eq(&address.company),
        order_addresses::line1.eq(&address.line1),
        order_addresses::line2.eq(&address.line2),
        order_addresses::postcode.eq(&address.postcode),
        order_addresses::city.eq(&address.city),
        order_addresses::region.eq(&address.region),
        order_addresses::country.eq(&address.country),
        order_addresses::phone.eq(&address.phone),
        order_addresses::vat_number.eq(&address.vat_number),
        order_addresses::vat_check.eq(deal.vat_check),
    );
    diesel::insert_into(order_addresses::table).values(row).execute(tx.conn())?;
    let skus = deal.lines.iter().map(|line| line.variant.sku.as_str()).collect::<Vec<_>>().join(" ");
    let searched = format!("{} {} {} {} {skus}", wish.email, address.name, address.company, address.city);
    search::index_order(tx, order.id, &searched)?;
    Ok(order)
}

fn insert_lines(tx: &mut Tx<'_>, order: OrderId, lines: &[CartLine], quote: &Quote) -> Result<Vec<OrderLineId>> {
    let mut ids = Vec::new();
    for (line, priced) in lines.iter().zip(&quote.items) {
        let position = i64::try_from(ids.len()).unwrap_or(0);
        let picture = line.product.first_picture_id(tx.conn())?;
        let row = (
            order_lines::order_id.eq(order),
            order_lines::position.eq(position),
            order_lines::variant_id.eq(line.variant.id),
            order_lines::title.eq(&line.product.title),
            order_lines::options.eq(&line.variant.options),
            order_lines::sku.eq(&line.variant.sku),
            order_lines::picture_id.eq(picture),
            order_lines::tax_class.eq(line.product.tax_class.as_str()),
            order_lines::weight_g.eq(line.variant.weight_g),
            order_lines::unit_minor.eq(priced.unit_minor),
            order_lines::quantity.eq(priced.quantity),
            order_lines::discount_minor.eq(priced.discount_minor),
            order_lines::total_minor.eq(priced.total_minor),
            order_lines::tax_minor.eq(priced.tax_minor),
            order_lines::gift_card.eq(line.product.gift_card),
            order_lines::fulfilled.eq(0),
        );
        ids.push(diesel::insert_into(order_lines::table).values(row).returning(order_lines::id).get_result(tx.conn())?);
    }
    Ok(ids)
}

fn insert_taxes(
    tx: &mut Tx<'_>,
    order: OrderId,
    lines: &[OrderLineId],
    wish: &CheckoutRequest,
    quote: &Quote,
) -> Result<()> {
    for part in &quote.taxes {
        let row = (
            order_taxes::order_id.eq(order),
            order_taxes::order_line_id.eq(part.item_index.and_then(|at| lines.get(at).copied())),
            order_taxes::country.eq(part.country.as_ref().unwrap_or(&wish.address.country)),
            order_taxes::region.eq(&part.region),
            order_taxes::name.eq(&part.name),
            order_taxes::rate_ppm.eq(part.rate_ppm),
            order_taxes::base_minor.eq(part.base_minor),
            order_taxes::net_minor.eq(part.net_minor),
            order_taxes::tax_minor.eq(part.tax_minor),
            order_taxes::reason.eq(part.reason),
        );
        diesel::insert_into(order_taxes::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}
