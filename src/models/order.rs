//! Orders: snapshots of what was agreed. Nothing here changes when a product does.

pub mod attending;
pub mod cancelling;
pub mod correcting;
pub mod delivering;
pub mod issuing;
pub mod learning;
pub mod listing;
pub mod paying;
pub mod payment_methods;
pub mod placing;
pub mod refunding;
pub mod repaying;
pub mod reserving;
pub mod returning;
pub mod shipping;
pub mod unpaid;
pub mod vat_check;
pub mod waiting;

use diesel::prelude::*;

use super::fact::Actor;
use super::gift_card::GiftCard;
use super::payment::ProviderName;
use super::product::choosing::named;
use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::schema::{
    coupon_redemptions, fulfilment_lines, fulfilments, order_addresses, order_events, order_lines, order_taxes, orders,
};
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};
use crate::support::{subdivision, token};
use crate::text_enum;

text_enum! {
    /// Where an order is in its life.
    OrderState {
        /// Waiting for money; its goods are held.
        Pending = "pending",
        /// It holds.
        Placed = "placed",
        /// Everything sent and paid.
        Completed = "completed",
        /// Called off.
        Cancelled = "cancelled",
        /// Given up, because no money came.
        Expired = "expired",
    }
}

impl OrderState {
    /// Somebody counts on it: it has a number, goods and money.
    pub fn holds(self) -> bool {
        matches!(self, OrderState::Placed | OrderState::Completed)
    }

    /// It was given up: nothing is sent, and no money is kept.
    pub fn is_off(self) -> bool {
        matches!(self, OrderState::Cancelled | OrderState::Expired)
    }
}

text_enum! {
    /// What was paid, worked out from the transactions.
    PaymentState {
        /// Nothing to pay.
        None = "none",
        /// Nothing came yet.
        Unpaid = "unpaid",
        /// The bank is at it.
        Processing = "processing",
        /// Promised by the bank, not taken yet.
        Authorized = "authorized",
        /// Some came.
        Partial = "partial",
        /// All came.
        Paid = "paid",
        /// More came.
        Overpaid = "overpaid",
        /// Some went back.
        PartRefunded = "part_refunded",
        /// All went back.
        Refunded = "refunded",
        /// The buyer's bank has taken it back for now.
        Disputed = "disputed",
    }
}

text_enum! {
    /// What was sent, worked out from the lines.
    FulfilState {
        /// Nothing to send.
        None = "none",
        /// Nothing sent yet.
        Unfulfilled = "unfulfilled",
        /// Some sent.
        Partial = "partial",
        /// All sent.
        Fulfilled = "fulfilled",
        /// All sent, and some of it came back.
        PartReturned = "part_returned",
        /// All of it came back.
        Returned = "returned",
    }
}

text_enum! {
    /// Where a parcel is.
    ParcelState {
        /// On its way.
        Shipped = "shipped",
        /// It has arrived.
        Delivered = "delivered",
        /// It has not: somebody has to send it again, or to close it.
        Failed = "failed",
        /// It has not, and nobody sends it again.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// How a buyer wants to pay.
    PaymentMethod {
        /// By bank transfer; staff mark the order as paid.
        BankTransfer = "bank_transfer",
        /// In cash, when the goods are handed over.
        Cash = "cash",
        /// By card on the payment provider's page.
        Card = "card",
        /// By the built-in test card page.
        TestCard = "test_card",
        /// Nothing to pay.
        None = "none",
    }
}

impl PaymentMethod {
    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            PaymentMethod::BankTransfer => "Bank transfer",
            PaymentMethod::Cash => "Cash on collection",
            PaymentMethod::Card => "Card",
            PaymentMethod::TestCard => "Test card",
            PaymentMethod::None => "Nothing to pay",
        }
    }

    /// Who takes the money on a page of theirs; nobody for what staff see to.
    pub fn provider(self) -> Option<ProviderName> {
        match self {
            PaymentMethod::Card => Some(ProviderName::Stripe),
            PaymentMethod::TestCard => Some(ProviderName::Test),
            PaymentMethod::BankTransfer | PaymentMethod::Cash | PaymentMethod::None => None,
        }
    }
}

/// An order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders, check_for_backend(Db))]
pub struct Order {
    /// The row.
    pub id: i64,
    /// For the API; the access token is made from it.
    pub public_id: String,
    /// The number people use; none until it is placed.
    pub number: Option<String>,
    /// Whose it is.
    pub email: String,
    /// Where it is in its life.
    pub state: OrderState,
    /// What was paid.
    pub payment_state: PaymentState,
    /// What was sent.
    pub fulfil_state: FulfilState,
    /// Why staff should look at it.
    pub attention: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// Whether its prices include tax.
    pub prices_include_tax: bool,
    /// All lines, minor units.
    pub goods_minor: i64,
    /// Discounts, minor units.
    pub discount_minor: i64,
    /// Shipping, minor units.
    pub shipping_minor: i64,
    /// Tax, included or added, minor units.
    pub tax_minor: i64,
    /// The part of the tax that was added to the prices: all of it or nothing, minor units.
    pub tax_added_minor: i64,
    /// What is paid, minor units.
    pub total_minor: i64,
    /// Paid with gift cards, minor units.
    pub gift_card_minor: i64,
    /// What came, minor units.
    pub captured_minor: i64,
    /// What went back or is on its way back, minor units.
    pub refunded_minor: i64,
    /// The part of it that was for shipping, minor units.
    pub refunded_shipping_minor: i64,
    /// How the buyer pays.
    pub payment_method: PaymentMethod,
    /// How it is sent.
    pub shipping_name: String,
    /// The buyer comes for it.
    pub pickup: bool,
    /// What the buyer wrote.
    pub note: String,
    /// Until when the goods are held for an order whose money has not come; none where there is no such limit.
    pub hold_until: Option<Utc>,
    /// When it was placed.
    pub placed_at: Option<Utc>,
    /// When the buyer sent it.
    pub created_at: Utc,
}

/// A line of an order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_lines, check_for_backend(Db))]
pub struct OrderLine {
    /// The row.
    pub id: i64,
    /// The variant, if it still exists.
    pub variant_id: Option<i64>,
    /// What it was called.
    pub title: String,
    /// What was chosen: `Size: M · Colour: Blue`; empty for nothing.
    pub options: String,
    /// Its SKU then.
    pub sku: String,
    /// Its picture then.
    pub picture_id: Option<i64>,
    /// Price of one, minor units.
    pub unit_minor: i64,
    /// Pieces.
    pub quantity: i64,
    /// What is taken off, minor units.
    pub discount_minor: i64,
    /// Price of all less what is taken off, minor units.
    pub total_minor: i64,
    /// Tax on it, included or added, minor units.
    pub tax_minor: i64,
    /// A gift card.
    pub gift_card: bool,
    /// Pieces sent.
    pub fulfilled: i64,
    /// Pieces called off.
    pub cancelled: i64,
    /// Pieces that came back.
    pub returned: i64,
    /// Pieces paid back.
    pub refunded: i64,
}

/// A postal address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = order_addresses, check_for_backend(Db))]
pub struct Address {
    /// Full name.
    pub name: String,
    /// Company.
    pub company: String,
    /// Street and number.
    pub line1: String,
    /// Apartment, suite, etc.
    pub line2: String,
    /// Postcode.
    pub postcode: String,
    /// City.
    pub city: String,
    /// State or region: a code where the country has subdivisions.
    pub region: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Phone.
    pub phone: String,
    /// VAT number of a business; empty for none.
    pub vat_number: String,
}

impl Address {
    /// The same with its region as it is stored: the code where the country has subdivisions.
    ///
    /// # Errors
    /// `Invalid` on `region` when the country has none of this name, or needs one.
    pub fn with_known_region(&self) -> Result<Address> {
        let region = subdivision::read(&self.country, &self.region, &self.postcode);
        let region = region.map_err(|refusal| Error::invalid("region", refusal.message()))?;
        Ok(Address { region, ..self.clone() })
    }
}

/// Something that happened to an order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = order_events, check_for_backend(Db))]
pub struct OrderEvent {
    /// What: `placed`, `paid`, `shipped`, `note` …
    pub kind: String,
    /// Who.
    pub actor: String,
    /// In words.
    pub detail: String,
    /// Whether the buyer sees it.
    pub public: bool,
    /// When.
    pub at: Utc,
}

/// A parcel.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = fulfilments, check_for_backend(Db))]
pub struct Parcel {
    /// The row.
    pub id: i64,
    /// Who carries it.
    pub carrier: String,
    /// Its number there.
    pub tracking_number: String,
    /// Where to follow it.
    pub tracking_url: String,
    /// Where it is.
    pub state: ParcelState,
    /// How often it left.
    pub sendings: i64,
    /// When it left last.
    pub shipped_at: Utc,
}

/// Everything about an order, for its page and its letters.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The order.
    pub order: Order,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// Where it goes.
    pub address: Address,
    /// The discount code it was placed with.
    pub code: Option<String>,
    /// The gift cards it was paid with: the end of the code, and minor units.
    pub cards: Vec<(String, i64)>,
    /// Tax by rate: name, parts per million, minor units.
    pub taxes: Vec<(String, i64, i64)>,
    /// What happened.
    pub events: Vec<OrderEvent>,
    /// Parcels and the pieces in them: line's row and number.
    pub parcels: Vec<(Parcel, Vec<(i64, i64)>)>,
}

impl Dossier {
    /// Whether there is anything in it that is sent in a parcel.
    pub fn is_sent(&self) -> bool {
        self.lines.iter().any(|line| !line.gift_card)
    }
}

impl OrderLine {
    /// What it was called, with what was chosen: `Shirt (Size: M)`.
    pub fn name(&self) -> String {
        named(&self.title, &self.options)
    }

    /// Pieces that are still to be sent. Gift cards are none of them: they go by email once they are paid.
    pub fn left_to_send(&self) -> i64 {
        if self.gift_card { 0 } else { self.left() }
    }

    /// Pieces that the buyer does not have yet.
    fn left(&self) -> i64 {
        self.quantity - self.fulfilled - self.cancelled
    }

    /// Price of all before anything is taken off, minor units.
    pub fn goods_minor(&self) -> i64 {
        self.total_minor + self.discount_minor
    }
}

/// Which token purpose opens an order's page.
const ACCESS: &str = "order access";

impl Order {
    /// The token that opens the buyer's page of an order: made from the site's key, never stored.
    pub fn access_token(key: &token::SecretKey, public_id: &str) -> String {
        key.token(ACCESS, public_id)
    }

    /// An amount of this order.
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, Currency::from_code(&self.currency).unwrap_or(Currency::EUR))
    }

    /// Whether something is still to be sent.
    pub fn is_to_send(&self) -> bool {
        matches!(self.fulfil_state, FulfilState::Unfulfilled | FulfilState::Partial)
    }

    /// The buyer pays when collecting it, and has not yet.
    pub fn is_paid_on_collection(&self) -> bool {
        self.payment_method == PaymentMethod::Cash && self.due_minor() > 0
    }

    /// What is still to be paid, minor units.
    pub fn due_minor(&self) -> i64 {
        (self.total_minor - self.gift_card_minor - self.captured_minor).max(0)
    }

    /// An order by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Order> {
        Ok(orders::table.find(id).select(Order::as_select()).first(conn)?)
    }

    /// The order whose page a token opens.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn by_token(conn: &mut Conn, token: &str) -> Result<Order> {
        Ok(orders::table.filter(orders::access_hash.eq(token::hash(token))).select(Order::as_select()).first(conn)?)
    }

    /// What its page in the admin goes by: its number, or its public id before it has one.
    pub fn key(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.public_id)
    }

    /// An order by its number, or by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn by_number(conn: &mut Conn, number: &str) -> Result<Order> {
        let known = orders::number.eq(number).or(orders::public_id.nullable().eq(number));
        Ok(orders::table.filter(known).select(Order::as_select()).first(conn)?)
    }

    /// Locks the order's row until the end of the transaction and reads it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn lock(tx: &mut Tx<'_>, id: i64) -> Result<Order> {
        // An update of nothing locks the row on PostgreSQL; SQLite has one writer anyway.
        let locked = diesel::update(orders::table.find(id)).set(orders::note.eq(orders::note)).execute(tx.conn())?;
        if locked == 1 { Order::get(tx.conn(), id) } else { Err(Error::NotFound) }
    }

    /// How it is paid, in words.
    pub fn payment_words(&self) -> String {
        match (self.gift_card_minor, self.payment_method) {
            (0, method) => method.label().to_owned(),
            (_, PaymentMethod::None) => "Gift card".to_owned(),
            (_, method) => format!("Gift card, {}", method.label().to_lowercase()),
        }
    }

    /// Everything about the order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn dossier(self, conn: &mut Conn) -> Result<Dossier> {
        let id = self.id;
        let lines = self.lines(conn)?;
        let address = order_addresses::table
            .filter(order_addresses::order_id.eq(id).and(order_addresses::kind.eq("shipping")))
            .select(Address::as_select())
            .first(conn)?;
        let code = coupon_redemptions::table
            .filter(coupon_redemptions::order_id.eq(id))
            .select(coupon_redemptions::code)
            .first(conn)
            .optional()?;
        let cards = if self.gift_card_minor > 0 { GiftCard::paid_for(conn, id)? } else { Vec::new() };
        let taxes: Vec<(String, i64, i64)> = order_taxes::table
            .filter(order_taxes::order_id.eq(id))
            .order(order_taxes::id)
            .select((order_taxes::name, order_taxes::rate_ppm, order_taxes::tax_minor))
            .load(conn)?;
        let events = order_events::table
            .filter(order_events::order_id.eq(id))
            .order(order_events::id)
            .select(OrderEvent::as_select())
            .load(conn)?;
        let parcels: Vec<Parcel> = fulfilments::table
            .filter(fulfilments::order_id.eq(id))
            .order(fulfilments::id)
            .select(Parcel::as_select())
            .load(conn)?;
        let packed: Vec<(i64, i64, i64)> = fulfilment_lines::table
            .inner_join(fulfilments::table)
            .filter(fulfilments::order_id.eq(id))
            .order((fulfilment_lines::fulfilment_id, fulfilment_lines::order_line_id))
            .select((fulfilment_lines::fulfilment_id, fulfilment_lines::order_line_id, fulfilment_lines::quantity))
            .load(conn)?;
        let parcels = parcels
            .into_iter()
            .map(|parcel| {
                let inside =
                    packed.iter().filter(|(id, ..)| *id == parcel.id).map(|(_, line, n)| (*line, *n)).collect();
                (parcel, inside)
            })
            .collect();
        let taxes = super::quote::by_rate(taxes.iter().map(|(name, ppm, tax)| (name.as_str(), *ppm, *tax)));
        Ok(Dossier { order: self, lines, address, code, cards, taxes, events, parcels })
    }

    /// Its lines in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn lines(&self, conn: &mut Conn) -> Result<Vec<OrderLine>> {
        Ok(order_lines::table
            .filter(order_lines::order_id.eq(self.id))
            .order(order_lines::position)
            .select(OrderLine::as_select())
            .load(conn)?)
    }

    /// Notes something in the order's timeline.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn note(tx: &mut Tx<'_>, order: i64, kind: &str, actor: &Actor, detail: &str, public: bool) -> Result<()> {
        let row = (
            order_events::order_id.eq(order),
            order_events::kind.eq(kind),
            order_events::actor.eq(actor.label()),
            order_events::detail.eq(detail),
            order_events::public.eq(public),
            order_events::at.eq(tx.now()),
        );
        diesel::insert_into(order_events::table).values(row).execute(tx.conn())?;
        Ok(())
    }

    /// When the last item of work is done: everything sent and paid.
    fn complete_if_done(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        let done = orders::id
            .eq(id)
            .and(orders::state.eq(OrderState::Placed))
            .and(orders::fulfil_state.eq_any([
                FulfilState::Fulfilled,
                FulfilState::PartReturned,
                FulfilState::Returned,
                FulfilState::None,
            ]))
            .and(orders::payment_state.eq_any([
                PaymentState::Paid,
                PaymentState::None,
                PaymentState::PartRefunded,
                PaymentState::Refunded,
            ]));
        diesel::update(orders::table.filter(done)).set(orders::state.eq(OrderState::Completed)).execute(tx.conn())?;
        Ok(())
    }
}
