//! How a cart becomes an order: one transaction, no network, the only place where stock is promised.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use jiff::SignedDuration;

use super::payment_methods::{CardOptions, UNPAID_PIECES};
use super::reserving::{self, ReservationState};
use super::vat_check::VatCheck;
use super::{Address, FulfilState, Order, OrderState, PaymentMethod, PaymentState};
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::models::cart::{Cart, Line};
use crate::models::coupon::applying::{Applied, Refusal};
use crate::models::coupon::{Coupon, redeeming};
use crate::models::fact::{Actor, Fact};
use crate::models::gate::{self, Caller};
use crate::models::gift_card::applying::{OnCart, Part, split};
use crate::models::gift_card::holding;
use crate::models::payment::Attempt;
use crate::models::quote::{self, Discount, Item, Places, Quote};
use crate::models::search;
use crate::models::setting::Settings;
use crate::models::shipping_method::{Parcel, ShippingMethod};
use crate::models::tax_rate::{Place, TaxRate};
use crate::models::tax_setting::TaxRules;
use crate::models::variant::stock;
use crate::schema::{carts, order_addresses, order_lines, order_taxes, orders, sequences};
use crate::support::clock::Utc;
use crate::support::country::is_in_eu;
use crate::support::email_address::EmailAddress;
use crate::support::vat_number::VatNumber;
use crate::support::{subdivision, token};

/// What a buyer sends from the checkout page.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The cart's cookie.
    pub cart_token: String,
    /// The cart's version that the page showed.
    pub cart_version: i64,
    /// What the page showed for each way of sending: `method:hash`, separated by commas.
    pub quote: String,
    /// Where mail goes.
    pub email: String,
    /// Where goods go.
    pub address: Address,
    /// Way of sending, by public id.
    pub shipping_method: String,
    /// Way of paying.
    pub payment_method: PaymentMethod,
    /// What can be paid by card.
    pub cards: CardOptions,
    /// A note to the shop.
    pub note: String,
    /// Who knocks at the gate; none for orders that no visitor sends, such as samples.
    pub caller: Option<Caller>,
}

impl Wish {
    fn buyer(&self) -> Buyer<'_> {
        let Address { country, region, postcode, company, vat_number, .. } = &self.address;
        Buyer { place: Place { country, region, postcode }, company, vat_number, email: &self.email }
    }
}

/// What came of a wish.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The order, new or already there.
    pub order: Order,
    /// A payment to be started at a provider.
    pub attempt: Option<i64>,
}

/// What is known about a buyer; before they have said anything, only their country.
#[derive(Clone, Copy, Debug, Default)]
pub struct Buyer<'a> {
    /// Where goods go.
    pub place: Place<'a>,
    /// As typed; empty for none.
    pub company: &'a str,
    /// As typed; empty for none.
    pub vat_number: &'a str,
    /// As typed; empty for not known yet.
    pub email: &'a str,
}

/// A cart priced for a buyer: one quote for each way of sending.
pub struct Offer {
    /// The cart's row.
    pub cart: i64,
    /// The lines.
    pub lines: Vec<Line>,
    /// Ways of sending and what everything comes to with each.
    pub quotes: Vec<(ShippingMethod, Quote)>,
    /// The discount code that is in the totals.
    pub applied: Option<Applied>,
    /// Why the cart's code is not in the totals.
    pub refused: Option<Refusal>,
    /// The gift cards on the cart.
    pub cards: Vec<OnCart>,
}

impl Offer {
    /// Prices a cart for a buyer at a moment.
    ///
    /// # Errors
    /// When the database refuses, or amounts are past what we can take.
    pub fn of(conn: &mut Conn, settings: &Settings, cart: &Cart, buyer: &Buyer<'_>, now: Utc) -> Result<Offer> {
        let lines = cart.lines(conn)?;
        let (applied, refused) = match cart.coupon_code.as_str() {
            "" => (None, None),
            code => match Coupon::apply(conn, code, &lines, buyer.email, now)? {
                Ok(applied) => (Some(applied), None),
                Err(refusal) => (None, Some(refusal)),
            },
        };
        let discount = applied.as_ref().map_or(Discount::None, |applied| applied.coupon.discount());
        let takes_off = |at: usize| applied.as_ref().is_some_and(|a| a.lines.get(at) == Some(&true));
        let items: Vec<Item> = lines.iter().enumerate().map(|(at, line)| line.item(takes_off(at))).collect();
        let off = applied.as_ref().map_or(Ok(0), |applied| applied.off(&lines))?;
        let parcel = Parcel::of(&lines, off, buyer.place.country);
        let day = now.format_in(&settings.time_zone, "%Y-%m-%d");
        let Settings { country, region, postcode, .. } = settings;
        let shop = Place { country, region, postcode };
        let (home, there) = TaxRate::at_both(conn, &shop, &buyer.place, &day)?;
        // A consumer elsewhere in the union pays the tax of the shop's country, unless the owner has given the rates of
        // theirs (directive 2006/112/EC, article 59c).
        let at_home = buyer.place.country == settings.country
            || (there.is_empty() && is_in_eu(&settings.country) && is_in_eu(buyer.place.country));
        let is_in_union = is_in_eu(&settings.country) && is_in_eu(buyer.place.country);
        let there = match at_home {
            true if there.is_empty() => home.clone(),
            false if is_in_union => TaxRate::or_of_home(there, &home),
            _ => there,
        };
        let rules = TaxRules::of(conn, settings, buyer.place.country)?;
        let away = Places { home: &home, there: &there, at_home, reverse_charge: owes_tax(settings, buyer) };
        // Who lives in the shop's country is taxed by the rates of their region there, collected or not.
        let is_abroad = buyer.place.country != settings.country;
        // What is fetched at the shop is taxed there, unless it depends on a region that the owner has not given.
        let is_here = is_abroad || !settings.region.is_empty() || !subdivision::is_required(&settings.country);
        let rules_here = if is_abroad { TaxRules::of(conn, settings, &settings.country)? } else { rules };
        let here = Places { home: &home, there: &home, at_home: true, reverse_charge: false };
        let mut quotes = Vec::new();
        for (method, shipping) in ShippingMethod::offered(conn, &parcel)? {
            let (rules, places) = if method.pickup && is_here { (&rules_here, &here) } else { (&rules, &away) };
            let quote = quote::price(rules, &items, shipping, discount, places)?;
            quotes.push((method, quote));
        }
        let cards = cart.gift_cards(conn, settings, now)?;
        Ok(Offer { cart: cart.id, lines, quotes, applied, refused, cards })
    }

    /// What the page shows, for the form to send back: what is bought, and for each way of sending what it comes to.
    pub fn seal(&self) -> String {
        let bought = format!("{BOUGHT}{}", self.line_prints().join("."));
        let ways = self.quotes.iter().map(|(method, quote)| self.seal_of(method, quote));
        std::iter::once(bought).chain(ways).collect::<Vec<_>>().join(",")
    }

    /// What the page shows of each line but its price: the thing, its names and how many, in which cart.
    fn line_prints(&self) -> Vec<String> {
        let print = |line: &Line| {
            let Line { variant, product, quantity, .. } = line;
            let shown = (self.cart, &variant.public_id, &product.title, &variant.options, product.gift_card, quantity);
            token::hash(format!("{shown:?}")).chars().take(8).collect()
        };
        self.lines.iter().map(print).collect()
    }

    /// Lines that are not what a page with this seal showed; none when all are.
    fn changed_since(&self, seal: &str) -> Vec<&Line> {
        let shown = seal.split(',').find_map(|part| part.strip_prefix(BOUGHT)).unwrap_or_default();
        let shown: Vec<&str> = shown.split('.').collect();
        let now = self.line_prints();
        let is_new = |(at, print): (usize, &String)| shown.get(at) != Some(&print.as_str());
        self.lines.iter().zip(now.iter().enumerate()).filter(|(_, now)| is_new(*now)).map(|(line, _)| line).collect()
    }

    /// What the page shows for one way of sending: its name, the totals, and what each gift card pays of them.
    fn seal_of(&self, method: &ShippingMethod, quote: &Quote) -> String {
        let paid = self.paid_by_cards(quote).into_iter().filter(|part| part.minor > 0);
        let paid: Vec<(String, i64)> = paid.map(|part| (part.card.public_id, part.minor)).collect();
        let code = self.applied.as_ref().map(|applied| &applied.coupon.code);
        let shown = (quote.hash(), quote.taxes_by_rate(), &method.name, method.pickup, code, paid);
        let print: String = token::hash(format!("{shown:?}")).chars().take(16).collect();
        format!("{}:{print}", method.public_id)
    }

    /// What each gift card pays of a total. Gift cards themselves are not paid with them.
    pub fn paid_by_cards(&self, quote: &Quote) -> Vec<Part> {
        let lines = self.lines.iter().zip(&quote.items).filter(|(line, _)| line.product.gift_card);
        let bought: i64 = lines.map(|(_, priced)| priced.total_minor).sum();
        split(&self.cards, quote.total_minor - bought)
    }
}

/// Begins the part of a seal that says what is bought.
const BOUGHT: &str = "cart:";

/// Whether the buyer owes the tax: a business of another member state than the shop's, to which goods go that leave it.
/// A number without the name of a business is a private person's.
fn owes_tax(settings: &Settings, buyer: &Buyer<'_>) -> bool {
    let elsewhere = |country: &str| is_in_eu(country) && country != settings.country;
    settings.vat_exemption
        && !buyer.company.trim().is_empty()
        && is_in_eu(&settings.country)
        && elsewhere(buyer.place.country)
        && VatNumber::parse(buyer.vat_number, buyer.place.country).is_some_and(|number| elsewhere(number.country))
}

impl Order {
    /// Places an order, or starts waiting for its payment. All or nothing.
    ///
    /// # Errors
    /// `CartChanged`, `QuoteChanged`, `OutOfStock`, `Wait`, `Invalid` on `region`, `shipping_method`, `payment_method` or
    /// `code`.
    pub fn place(tx: &mut Tx<'_>, wish: &Wish) -> Result<Placed> {
        let wish = &Wish { address: wish.address.with_known_region()?, ..wish.clone() };
        if wish.address.region.is_empty()
            && !ShippingMethod::is_pickup(tx.conn(), &wish.shipping_method)?
            && TaxRate::go_by_region(tx.conn(), &wish.address.country)?
        {
            return Err(Error::invalid("region", subdivision::Refusal::Missing.message()));
        }
        let Some(cart) = take_cart(tx, wish)? else { return Order::placed_before(tx, wish) };
        let settings = Settings::load(tx.conn())?;
        let now = tx.now();
        let offer = Offer::of(tx.conn(), &settings, &cart, &wish.buyer(), now)?;
        if offer.lines.is_empty() {
            return Err(Error::CartChanged);
        }
        check_lines(&offer, &wish.quote)?;
        let chosen = offer.quotes.iter().find(|(method, _)| method.public_id == wish.shipping_method);
        let Some((method, quote)) = chosen else {
            return Err(Error::invalid("shipping_method", "Choose how we should send your order."));
        };
        let seen = offer.seal_of(method, quote);
        if !wish.quote.split(',').any(|seal| seal == seen) {
            let refused = offer.refused.map(|refusal| Error::invalid("code", refusal.message(&settings)));
            return Err(refused.unwrap_or(Error::QuoteChanged));
        }
        let paid = offer.paid_by_cards(quote);
        let due = quote.total_minor - paid.iter().map(|part| part.minor).sum::<i64>();
        let payment = match (due, wish.payment_method) {
            (0, _) => PaymentMethod::None,
            (_, wanted) => {
                let offered = PaymentMethod::offered(&settings, &wish.cards, due, method.pickup);
                if !offered.contains(&wanted) {
                    return Err(Error::invalid("payment_method", wanted.refusal()));
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
        let deal = Deal { wish, cart: cart.id, lines: &offer.lines, method, quote, payment, vat_check };
        let order = insert(tx, &settings, &deal)?;
        if let Some(caller) = &wish.caller {
            gate::let_order_pass(tx, caller, cart.id, &order)?;
        }
        let line_ids = insert_lines(tx, order.id, &offer.lines, quote)?;
        insert_taxes(tx, order.id, &line_ids, wish, quote)?;
        let held = if waits_for_money { ReservationState::Active } else { ReservationState::Committed };
        reserving::begin(tx, &order, &offer.lines, &line_ids, held)?;
        if let Some(applied) = &offer.applied {
            applied.coupon.redeem(tx, &settings, order.id, &wish.email, quote.discount_minor)?;
            if !waits_for_money {
                redeeming::hold_good(tx, order.id)?;
            }
        }
        if vat_check == VatCheck::Unchecked {
            Fact::VatNumberGiven(order.id).record(tx, &Actor::Customer)?;
        }
        let order = holding::hold(tx, order, &paid)?;
        let Some(provider) = payment.provider() else {
            return Ok(Placed { order: order.take_effect(tx, &settings, &Actor::Customer)?, attempt: None });
        };
        let attempt = Attempt::create(tx, &order, provider)?.id;
        Order::note(tx, order.id, "pending", &Actor::Customer, "Went to the payment page", false)?;
        Fact::PaymentStarted { order: order.id, attempt }.record(tx, &Actor::Customer)?;
        Ok(Placed { order, attempt: Some(attempt) })
    }

    /// What came of the same cart before: of a double click, a reload, a second try after an answer was lost.
    fn placed_before(tx: &mut Tx<'_>, wish: &Wish) -> Result<Placed> {
        let cart =
            carts::table.filter(carts::token_hash.eq(token::hash(&wish.cart_token))).select(carts::id.nullable());
        let known = orders::table.filter(orders::cart_id.eq_any(cart)).select(Order::as_select());
        let order: Order = known.first(tx.conn()).optional()?.ok_or(Error::CartChanged)?;
        // The cookie stays behind on a computer that others use: only who knows the address is led to the order.
        let normal = |text: &str| EmailAddress::parse(text).map_or_else(|| text.to_owned(), |email| email.normal);
        if normal(&order.email) != normal(&wish.email) {
            return Err(Error::CartChanged);
        }
        let attempt = Attempt::live(tx.conn(), order.id)?.map(|attempt| attempt.id);
        Ok(Placed { order, attempt })
    }

    /// An order that waited for its money holds: so does what was set aside for it.
    ///
    /// # Errors
    /// When it is not pending, or the database refuses.
    pub(super) fn hold_good(&self, tx: &mut Tx<'_>, settings: &Settings, by: &Actor) -> Result<Order> {
        reserving::hold_good(tx, self.id)?;
        redeeming::hold_good(tx, self.id)?;
        self.take_effect(tx, settings, by)
    }

    /// The order is placed: cards are used, what follows is begun, and the number is drawn, last of all.
    fn take_effect(&self, tx: &mut Tx<'_>, settings: &Settings, by: &Actor) -> Result<Order> {
        holding::hold_good(tx, self)?;
        Order::note(tx, self.id, "placed", by, "Order placed", true)?;
        Fact::OrderPlaced(self.id).record(tx, by)?;
        if self.due_minor() == 0 && self.captured_minor == 0 {
            Fact::NothingToPay(self.id).record(tx, by)?;
        }
        // Stock comes before numbers, wherever locks are taken.
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
            return Err(Error::broken("only a pending order can be placed"));
        }
        Ok(Order { state: OrderState::Placed, number: Some(number), placed_at: Some(now), ..self.clone() })
    }
}

/// Nothing is ordered that is no longer sold, or that is not what the page showed.
fn check_lines(offer: &Offer, seal: &str) -> Result<()> {
    let names = |lines: &[&Line]| lines.iter().map(|line| line.name()).collect::<Vec<_>>().join(", ");
    let gone: Vec<&Line> = offer.lines.iter().filter(|line| !line.is_for_sale()).collect();
    if !gone.is_empty() {
        let (is, it) = if gone.len() == 1 { ("is", "it") } else { ("are", "them") };
        let why = format!("{} {is} no longer sold. Please take {it} out of your cart.", names(&gone));
        return Err(Error::invalid("cart", why));
    }
    let changed = offer.changed_since(seal);
    match changed.len() {
        0 => Ok(()),
        all if all == offer.lines.len() && all > 1 => Err(Error::CartChanged),
        _ => {
            let why = format!("Your cart has changed. Please look at this once more, then order: {}.", names(&changed));
            Err(Error::invalid("cart", why))
        }
    }
}

/// An order that is paid later leaves something for those who pay at once.
fn check_share(conn: &mut Conn, lines: &[Line]) -> Result<()> {
    for line in lines.iter().filter(|line| line.quantity > UNPAID_PIECES) {
        let left = stock::left(conn, line.variant.id)?;
        let most = PaymentMethod::most_unpaid(left);
        if line.quantity > most && line.quantity <= left {
            let name = line.name();
            let why = format!(
                "An order that is paid later can be for at most {most} pieces of {name}. Take fewer, or pay by card."
            );
            return Err(Error::invalid("payment_method", why));
        }
    }
    Ok(())
}

/// Takes the cart that the buyer saw, for an order: whoever does is the only one. None when it was taken before, or has
/// changed.
fn take_cart(tx: &mut Tx<'_>, wish: &Wish) -> Result<Option<Cart>> {
    let seen = carts::token_hash
        .eq(token::hash(&wish.cart_token))
        .and(carts::status.eq("open"))
        .and(carts::version.eq(wish.cart_version));
    let taken: Option<(i64, i64, String)> = diesel::update(carts::table.filter(seen))
        .set((carts::status.eq("converted"), carts::version.eq(carts::version + 1)))
        .returning((carts::id, carts::version, carts::coupon_code))
        .get_result(tx.conn())
        .optional()?;
    Ok(taken.map(|(id, version, coupon_code)| Cart { id, version, coupon_code }))
}

/// The next order number: one row, updated with RETURNING, so that numbers have no gaps and no twins.
fn next_number(tx: &mut Tx<'_>, start: i64) -> Result<i64> {
    let next = case_when(sequences::value.lt(start - 1), start.into_sql::<BigInt>()).otherwise(sequences::value + 1);
    Ok(diesel::update(sequences::table.find("order"))
        .set(sequences::value.eq(next))
        .returning(sequences::value)
        .get_result(tx.conn())?)
}

/// What was agreed on, before it is written.
struct Deal<'a> {
    wish: &'a Wish,
    cart: i64,
    lines: &'a [Line],
    method: &'a ShippingMethod,
    quote: &'a Quote,
    payment: PaymentMethod,
    vat_check: VatCheck,
}

fn insert(tx: &mut Tx<'_>, settings: &Settings, deal: &Deal<'_>) -> Result<Order> {
    let Deal { wish, cart, method, quote, payment, .. } = *deal;
    let public_id = tx.public_id()?;
    let access = Order::access_token(tx.key(), &public_id);
    let now = tx.now();
    let address = &wish.address;
    let is_sent = deal.lines.iter().any(|line| !line.product.gift_card);
    let fulfil_state = if is_sent { FulfilState::Unfulfilled } else { FulfilState::None };
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
            orders::access_hash.eq(token::hash(access)),
            orders::state.eq(OrderState::Pending),
            orders::payment_state.eq(payment_state),
            orders::fulfil_state.eq(fulfil_state),
            orders::currency.eq(settings.currency.code()),
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
        .returning(<Order as Selectable<Db>>::construct_selection())
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
    search::note_order(tx, order.id, &searched)?;
    Ok(order)
}

fn insert_lines(tx: &mut Tx<'_>, order: i64, lines: &[Line], quote: &Quote) -> Result<Vec<i64>> {
    let mut ids = Vec::new();
    for (line, priced) in lines.iter().zip(&quote.items) {
        let position = i64::try_from(ids.len()).unwrap_or(0);
        let picture = line.product.first_picture(tx.conn())?;
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

fn insert_taxes(tx: &mut Tx<'_>, order: i64, lines: &[i64], wish: &Wish, quote: &Quote) -> Result<()> {
    for part in &quote.taxes {
        let row = (
            order_taxes::order_id.eq(order),
            order_taxes::order_line_id.eq(part.item.and_then(|at| lines.get(at).copied())),
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
