//! Orders: a snapshot of names, prices and taxes at checkout, which later changes of products do not touch.

pub mod bank_transfers;
pub mod cancellation;
pub mod checkout_throttle;
pub mod customer_orders;
pub mod delivery;
pub mod email_change;
pub mod fulfilment;
pub mod gift_cards;
pub mod invoicing;
pub mod listing;
pub mod payments;
pub mod pending_checkout;
pub mod placement;
pub mod reconciliation;
pub mod refund_transactions;
pub mod refunds;
pub mod returns;
pub mod review_flags;
pub mod stock_reservations;
pub mod vat_check;

use diesel::prelude::*;
use serde::Deserialize;

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::product::options::variant_name;
use crate::models::checkout::gift_card::GiftCard;
use crate::models::checkout::quote::{RateTotal, sum_by_rate};
use crate::models::platform::event::StoredEvent;
use crate::models::platform::event::reasons::ReviewReason;
use crate::models::sales::payment_method::PaymentMethod;
use crate::schema::{
    coupon_redemptions, fulfilment_lines, fulfilments, order_addresses, order_deliveries, order_lines, order_taxes,
    orders,
};
use crate::support::clock::Utc;
use crate::support::ids::{AccountId, FulfilmentId, MediaId, OrderId, OrderLineId, VariantId};
use crate::support::money::{Currency, Money};
use crate::support::{subdivision, token};
use crate::text_enum;

text_enum! {
    AddressKind {
        Shipping = "shipping",
        Billing = "billing",
    }
}

text_enum! {
    OrderState {
        /// Awaiting payment at a provider; its stock is reserved.
        Pending = "pending",
        /// Confirmed: it has a number.
        Placed = "placed",
        Completed = "completed",
        Cancelled = "cancelled",
        /// The payment did not arrive in time.
        Expired = "expired",
    }
}

impl OrderState {
    /// Whether the order was placed, and neither cancelled nor expired since.
    pub fn is_confirmed(self) -> bool {
        matches!(self, OrderState::Placed | OrderState::Completed)
    }

    /// Whether the order has ended unfulfilled: nothing of it is to be shipped, and all of its money is to be refunded.
    pub fn is_cancelled_or_expired(self) -> bool {
        matches!(self, OrderState::Cancelled | OrderState::Expired)
    }
}

text_enum! {
    /// Derived from the payment transactions.
    PaymentState {
        None = "none",
        Unpaid = "unpaid",
        /// The bank has not decided yet.
        Processing = "processing",
        /// The bank has authorised the amount but not captured it.
        Authorized = "authorized",
        PartiallyPaid = "partial",
        Paid = "paid",
        Overpaid = "overpaid",
        PartiallyRefunded = "part_refunded",
        Refunded = "refunded",
        /// The buyer has disputed the payment with their bank (a chargeback), and the dispute is not won.
        Disputed = "disputed",
    }
}

text_enum! {
    /// Derived from the lines; gift cards do not count.
    OrderFulfilmentState {
        None = "none",
        Unfulfilled = "unfulfilled",
        PartiallyFulfilled = "partial",
        Fulfilled = "fulfilled",
        PartiallyReturned = "part_returned",
        Returned = "returned",
    }
}

text_enum! {
    FulfilmentState {
        Shipped = "shipped",
        /// Delivered or picked up.
        Delivered = "delivered",
        /// Not delivered or not picked up: staff resend or cancel it.
        Failed = "failed",
        /// Not delivered, and it will not be sent again.
        Cancelled = "cancelled",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = orders, check_for_backend(AnyBackend))]
pub struct Order {
    pub id: OrderId,
    /// Used in the API; the access token is derived from it.
    pub public_id: String,
    /// The order number that people use; `None` until the order is placed.
    pub number: Option<String>,
    pub email: String,
    pub state: OrderState,
    pub payment_state: PaymentState,
    pub fulfilment_state: OrderFulfilmentState,
    /// Why staff should review the order; `None` if they need not.
    pub review_reason: Option<ReviewReason>,
    pub currency: Currency,
    pub prices_include_tax: bool,
    #[diesel(embed)]
    pub totals: OrderTotals,
    pub payment_method: PaymentMethod,
    /// Until when the stock is reserved for an unpaid order; `None` if there is no limit.
    pub hold_until: Option<Utc>,
    pub placed_at: Option<Utc>,
    /// When the checkout was submitted.
    pub created_at: Utc,
    /// The customer's account; `None` for a guest's order.
    pub account_id: Option<AccountId>,
    /// When everything that named the buyer was removed; `None` if it was not.
    pub erased_at: Option<Utc>,
}

/// The amounts of an order, in minor units of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, check_for_backend(AnyBackend))]
pub struct OrderTotals {
    /// Line totals before discounts.
    pub goods_minor: i64,
    pub discount_minor: i64,
    pub shipping_minor: i64,
    /// Included in the prices or added to them.
    pub tax_minor: i64,
    /// The part of `tax_minor` that is added to the prices: all of it or zero.
    pub tax_added_minor: i64,
    /// The amount due for the whole order, including the part that gift cards pay.
    pub total_minor: i64,
    /// The part of `total_minor` that gift cards pay.
    pub gift_card_minor: i64,
    /// Received through payment attempts.
    pub captured_minor: i64,
    /// Refunded, or on its way back to the buyer.
    pub refunded_minor: i64,
    /// The part of `refunded_minor` that is for shipping.
    pub refunded_shipping_minor: i64,
}

/// How an order reaches the buyer, as chosen at checkout.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = order_deliveries, check_for_backend(AnyBackend))]
pub struct OrderDelivery {
    pub shipping_name: String,
    pub pickup: bool,
    #[diesel(embed)]
    pub notes: BuyerNotes,
}

/// Texts that the buyer enters at checkout; each may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_deliveries, check_for_backend(AnyBackend))]
#[serde(default)]
pub struct BuyerNotes {
    pub note: String,
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = order_lines, check_for_backend(AnyBackend))]
pub struct OrderLine {
    pub id: OrderLineId,
    /// `None` if the variant was deleted.
    pub variant_id: Option<VariantId>,
    pub title: String,
    /// The chosen options at checkout: `Size: M · Colour: Blue`; empty if there are none.
    pub options: String,
    pub sku: String,
    pub picture_id: Option<MediaId>,
    /// Unit price, minor units.
    pub unit_minor: i64,
    pub quantity: i64,
    pub discount_minor: i64,
    /// Unit price × quantity − discount, minor units.
    pub total_minor: i64,
    /// Included in `total_minor` or added to it, minor units.
    pub tax_minor: i64,
    pub gift_card: bool,
    /// The quantity shipped, or issued for gift cards.
    pub fulfilled: i64,
    pub cancelled: i64,
    /// The quantity that came back after it was shipped.
    pub returned: i64,
    pub refunded: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = order_addresses, check_for_backend(AnyBackend))]
pub struct Address {
    pub name: String,
    pub company: String,
    pub line1: String,
    pub line2: String,
    pub postcode: String,
    pub city: String,
    /// State, province or region: an ISO 3166-2 code if the country has subdivisions.
    pub region: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    pub phone: String,
    pub vat_number: String,
}

impl Address {
    /// Returns the address with its region as a code if the country has subdivisions; `Invalid` on `region` if it has
    /// no such region, or requires one and it is missing.
    pub fn normalise_region(&self) -> Result<Address> {
        let region = subdivision::parse_region(&self.country, &self.region, &self.postcode);
        let region = region.map_err(|refusal| Error::invalid("region", refusal.message()))?;
        Ok(Address { region, ..self.clone() })
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = fulfilments, check_for_backend(AnyBackend))]
pub struct Fulfilment {
    pub id: FulfilmentId,
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_url: String,
    pub state: FulfilmentState,
    /// How often it was shipped: 1, plus one for each resend.
    pub send_count: i64,
    /// When it was last shipped.
    pub shipped_at: Utc,
}

#[derive(Clone, Debug)]
pub struct OrderDetails {
    pub order: Order,
    pub lines: Vec<OrderLine>,
    pub address: Address,
    pub delivery: OrderDelivery,
    pub coupon_code: Option<String>,
    /// Gift cards that pay for the order: last four characters of the code, and minor units.
    pub gift_card_payments: Vec<(String, i64)>,
    pub taxes: Vec<RateTotal>,
    pub events: Vec<StoredEvent>,
    /// Each with its lines: order line id and quantity.
    pub fulfilments: Vec<(Fulfilment, Vec<(OrderLineId, i64)>)>,
}

impl OrderDetails {
    /// Whether any line is shipped or picked up; gift cards go by email.
    pub fn requires_shipping(&self) -> bool {
        self.lines.iter().any(|line| !line.gift_card)
    }
}

impl OrderLine {
    pub fn name(&self) -> String {
        variant_name(&self.title, &self.options)
    }

    /// The quantity still to ship; zero for gift cards, which go by email once they are paid.
    pub fn shippable_quantity(&self) -> i64 {
        if self.gift_card { 0 } else { self.unfulfilled_quantity() }
    }

    /// The quantity neither fulfilled nor cancelled.
    fn unfulfilled_quantity(&self) -> i64 {
        self.quantity - self.fulfilled - self.cancelled
    }

    pub fn goods_minor(&self) -> i64 {
        self.total_minor + self.discount_minor
    }
}

const ACCESS: &str = "order access";

impl Order {
    /// The token in the URL of the buyer's order page: derived from the site's secret key, never stored.
    pub fn access_token(key: &token::SecretKey, public_id: &str) -> String {
        key.token(ACCESS, public_id)
    }

    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    pub fn is_awaiting_fulfilment(&self) -> bool {
        matches!(self.fulfilment_state, OrderFulfilmentState::Unfulfilled | OrderFulfilmentState::PartiallyFulfilled)
    }

    /// Whether the buyer pays in cash at pickup and has not paid yet.
    pub fn is_paid_on_collection(&self) -> bool {
        self.payment_method == PaymentMethod::Cash && self.due_minor() > 0
    }

    /// The amount still to be paid, minor units; never negative.
    pub fn due_minor(&self) -> i64 {
        (self.totals.total_minor - self.totals.gift_card_minor - self.totals.captured_minor).max(0)
    }

    pub fn get(conn: &mut Conn, id: OrderId) -> Result<Order> {
        Ok(Order::query().find(id).first(conn)?)
    }

    pub fn find_by_token(conn: &mut Conn, token: &str) -> Result<Order> {
        Ok(Order::query().filter(orders::access_hash.eq(token::sha256_hex(token))).first(conn)?)
    }

    /// The order's identifier in admin URLs: its number, or its public id until it has one.
    pub fn url_param(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.public_id)
    }

    pub fn find_by_number(conn: &mut Conn, number: &str) -> Result<Order> {
        let matches = orders::number.eq(number).or(orders::public_id.nullable().eq(number));
        Ok(Order::query().filter(matches).first(conn)?)
    }

    /// Locks the order's row until the end of the transaction, and reads it.
    pub fn lock(tx: &mut Tx<'_>, id: OrderId) -> Result<Order> {
        // On PostgreSQL, an update that changes nothing locks the row; SQLite has a single writer.
        let locked =
            diesel::update(orders::table.find(id)).set(orders::currency.eq(orders::currency)).execute(tx.conn())?;
        if locked == 1 { Order::get(tx.conn(), id) } else { Err(Error::NotFound) }
    }

    pub fn load_details(self, conn: &mut Conn) -> Result<OrderDetails> {
        let id = self.id;
        let lines = self.lines(conn)?;
        let (address, delivery): (Address, OrderDelivery) = orders::table
            .inner_join(order_addresses::table)
            .inner_join(order_deliveries::table)
            .filter(orders::id.eq(id).and(order_addresses::kind.eq(AddressKind::Shipping)))
            .select((Address::as_select(), OrderDelivery::as_select()))
            .first(conn)?;
        let coupon_code = coupon_redemptions::table
            .filter(coupon_redemptions::order_id.eq(id))
            .select(coupon_redemptions::code)
            .first(conn)
            .optional()?;
        let gift_card_payments = match self.totals.gift_card_minor {
            0 => Vec::new(),
            _ => GiftCard::list_payments_for_order(conn, id)?,
        };
        let taxes: Vec<RateTotal> = order_taxes::table
            .filter(order_taxes::order_id.eq(id))
            .order(order_taxes::id)
            .select((order_taxes::name, order_taxes::rate_ppm, order_taxes::tax_minor))
            .load(conn)?;
        let events = StoredEvent::list_for_order(conn, id)?;
        let fulfilments: Vec<Fulfilment> =
            Fulfilment::query().filter(fulfilments::order_id.eq(id)).order(fulfilments::id).load(conn)?;
        let contents: Vec<(FulfilmentId, OrderLineId, i64)> = fulfilment_lines::table
            .inner_join(fulfilments::table)
            .filter(fulfilments::order_id.eq(id))
            .order((fulfilment_lines::fulfilment_id, fulfilment_lines::order_line_id))
            .select((fulfilment_lines::fulfilment_id, fulfilment_lines::order_line_id, fulfilment_lines::quantity))
            .load(conn)?;
        let with_contents = |fulfilment: Fulfilment| {
            let lines = contents.iter().filter(|(id, ..)| *id == fulfilment.id);
            let lines = lines.map(|(_, line, quantity)| (*line, *quantity)).collect();
            (fulfilment, lines)
        };
        Ok(OrderDetails {
            order: self,
            lines,
            address,
            delivery,
            coupon_code,
            gift_card_payments,
            taxes: sum_by_rate(taxes),
            events,
            fulfilments: fulfilments.into_iter().map(with_contents).collect(),
        })
    }

    pub fn delivery(&self, conn: &mut Conn) -> Result<OrderDelivery> {
        Ok(OrderDelivery::query().find(self.id).first(conn)?)
    }

    pub fn lines(&self, conn: &mut Conn) -> Result<Vec<OrderLine>> {
        Ok(OrderLine::query().filter(order_lines::order_id.eq(self.id)).order(order_lines::position).load(conn)?)
    }

    /// Marks a placed order as completed when everything is fulfilled and paid.
    fn complete_if_done(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
        let done = orders::id
            .eq(id)
            .and(orders::state.eq(OrderState::Placed))
            .and(orders::fulfilment_state.eq_any([
                OrderFulfilmentState::Fulfilled,
                OrderFulfilmentState::PartiallyReturned,
                OrderFulfilmentState::Returned,
                OrderFulfilmentState::None,
            ]))
            .and(orders::payment_state.eq_any([
                PaymentState::Paid,
                PaymentState::None,
                PaymentState::PartiallyRefunded,
                PaymentState::Refunded,
            ]));
        diesel::update(orders::table.filter(done)).set(orders::state.eq(OrderState::Completed)).execute(tx.conn())?;
        Ok(())
    }
}
