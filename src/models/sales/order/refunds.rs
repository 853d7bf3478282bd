//! Refunds. The amount is reserved on the payment attempts in the transaction that creates the refund; a job then asks
//! the provider, with an idempotency key. What no payment covers goes back to the gift cards. Rows are never deleted.

use diesel::prelude::*;

use super::refund_transactions::{RefundTransaction, add_refunded};
use super::{Order, OrderLine, OrderState, fulfilment, returns};
use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::variant::stock::StockReference;
use crate::models::checkout::gift_card::refunds::{list_refundable, void_unused_cards};
use crate::models::platform::event::reasons::{RefundCause, ReviewReason};
use crate::models::platform::event::{Actor, Event, EventLine};
use crate::models::platform::setting::Settings;
use crate::models::sales::payment::PaymentAttempt;
use crate::schema::{order_lines, order_taxes, orders, refund_lines, refund_transactions, refunds};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{OrderId, OrderLineId, RefundId, VariantId};
use crate::support::money::{Money, prorate};

#[derive(Clone, Debug, Default)]
pub struct RefundRequest {
    /// Order line id and quantity.
    pub line_quantities: Vec<(OrderLineId, i64)>,
    pub shipping: bool,
    /// Whether shipped items came back and go into stock. Items that were not shipped are always released for sale.
    pub restock: bool,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefundOrigin {
    /// Unshipped items are cancelled, and shipped ones are restocked if the request says so.
    Order,
    /// The items were received with a return, which has restocked them already.
    Return,
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = refunds, check_for_backend(AnyBackend))]
pub struct Refund {
    pub id: RefundId,
    pub order_id: OrderId,
    /// The whole refund, tax included, minor units.
    pub amount_minor: i64,
    /// The tax included in it, minor units.
    pub tax_minor: i64,
    /// The shipping included in it, with tax, minor units.
    pub shipping_minor: i64,
    /// `None` if staff decided on it, with the reason that they typed, or if it was made at the provider.
    pub cause: Option<RefundCause>,
    pub reason: String,
    /// Created by the program, for money that the shop may not keep.
    pub automatic: bool,
    pub created_by: Actor,
    pub created_at: Utc,
}

struct Share {
    line: OrderLineId,
    variant: Option<VariantId>,
    quantity: i64,
    amount_minor: i64,
    tax_minor: i64,
}

/// What a request refunds, in minor units.
struct RequestedRefund<'a> {
    shares: Vec<Share>,
    /// Lines of gift cards, with the quantity.
    gift_card_lines: Vec<(&'a OrderLine, i64)>,
    /// With added tax, and the tax in it.
    shipping: (i64, i64),
    amount_minor: i64,
}

#[derive(Insertable)]
#[diesel(table_name = refunds, treat_none_as_default_value = false)]
struct RefundRow<'a> {
    public_id: &'a str,
    idempotency_key: &'a str,
    order_id: OrderId,
    amount_minor: i64,
    tax_minor: i64,
    shipping_minor: i64,
    cause: Option<RefundCause>,
    reason: &'a str,
    automatic: bool,
    created_by: &'a Actor,
    created_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = refund_lines)]
struct NewRefundLine {
    refund_id: RefundId,
    order_line_id: OrderLineId,
    quantity: i64,
    amount_minor: i64,
    tax_minor: i64,
    restocked: bool,
}

impl Order {
    /// Locks the order; `Invalid` on `refund` unless `before` is `None` or still its refunded amount in minor units.
    pub fn check_refunded_unchanged(tx: &mut Tx<'_>, number: &str, before: Option<i64>) -> Result<()> {
        let id = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        let meanwhile = order.totals.refunded_minor - before.unwrap_or(order.totals.refunded_minor);
        let total = order.money(order.totals.refunded_minor);
        let message = match meanwhile {
            0 => return Ok(()),
            more if more > 0 => Message::RefundedMeanwhile { amount: order.money(more), total },
            less => Message::RefundFailedMeanwhile { amount: order.money(-less), total },
        };
        Err(Error::invalid("refund", message))
    }

    /// Refunds items and shipping. Amounts follow TAX.md T9, so that refunds in any parts add up to the line.
    ///
    /// # Errors
    /// `Invalid` on `refund`, `refund_quantity_{line}` or `refund_shipping`; `Conflict` if the order is not paid.
    pub fn refund(tx: &mut Tx<'_>, number: &str, request: &RefundRequest, by: &Actor) -> Result<Refund> {
        let id = Order::find_by_number(tx.conn(), number)?.id;
        let order = Order::lock(tx, id)?;
        if !order.is_refundable() {
            return Err(Error::Conflict);
        }
        order.create_refund(tx, request, RefundOrigin::Order, by)
    }

    /// As [`Order::refund`], for an order that the caller has locked and checked with [`Order::is_refundable`].
    pub(super) fn create_refund(
        &self,
        tx: &mut Tx<'_>,
        request: &RefundRequest,
        origin: RefundOrigin,
        by: &Actor,
    ) -> Result<Refund> {
        let (order, id) = (self, self.id);
        let lines = order.lines(tx.conn())?;
        let requested = order.calculate_refund(tx.conn(), &lines, request)?;
        let RequestedRefund { mut shares, gift_card_lines, shipping, amount_minor: amount } = requested;
        if amount == 0 {
            return Err(Error::invalid("refund", Message::RefundItemsMissing));
        }
        if amount > order.net_payment_minor() {
            return Err(Error::invalid("refund", Message::RefundTooHigh));
        }
        let tax = shares.iter().map(|share| share.tax_minor).sum::<i64>() + shipping.1;
        let cause = match origin {
            RefundOrigin::Order => None,
            RefundOrigin::Return => Some(RefundCause::ItemsReturned),
        };
        let refund =
            NewRefund { amount, tax, shipping: shipping.0, cause, reason: &request.reason }.insert(tx, order, by)?;
        // Lock order: stock levels by variant.
        shares.sort_by_key(|share| share.variant);
        for share in &shares {
            share.insert(tx, refund.id, request.restock, origin, by)?;
        }
        for (line, quantity) in gift_card_lines {
            void_unused_cards(tx, order.id, line.id, line.unit_minor, quantity, by)?;
        }
        diesel::update(orders::table.find(id))
            .set(orders::refunded_shipping_minor.eq(orders::refunded_shipping_minor + shipping.0))
            .execute(tx.conn())?;
        order.send_back(tx, &refund)?;
        let lines = shares.iter().map(|share| EventLine { line: share.line, quantity: share.quantity });
        refund.event(order, lines.collect()).record(tx, by)?;
        Order::update_payment_state(tx, id)?;
        Order::update_fulfilment_state(tx, id)?;
        Order::complete_if_done(tx, id)?;
        // The invoice of an order with nothing to pay comes from a job that may not have run yet, and a credit note
        // needs it.
        Order::issue_invoice(tx, id)?;
        Order::issue_credit_note(tx, &refund)?;
        Ok(refund)
    }

    /// Whether this refund brings the order above the total from which staff confirm who they are.
    pub fn exceeds_refund_limit(&self, settings: &Settings, amount_minor: i64) -> bool {
        let limit = Money::from_decimal(&settings.refund_confirmation_limit.to_string(), self.currency);
        let total = self.totals.refunded_minor.saturating_add(amount_minor);
        amount_minor > 0 && limit.is_none_or(|limit| total > limit.minor)
    }

    /// The amount of a request in minor units, without a check that it can be refunded. Errors as [`Order::refund`].
    pub fn calculate_refund_amount(&self, conn: &mut Conn, request: &RefundRequest) -> Result<i64> {
        let lines = self.lines(conn)?;
        Ok(self.calculate_refund(conn, &lines, request)?.amount_minor)
    }

    fn calculate_refund<'a>(
        &self,
        conn: &mut Conn,
        lines: &'a [OrderLine],
        request: &RefundRequest,
    ) -> Result<RequestedRefund<'a>> {
        let (mut shares, mut gift_card_lines) = (Vec::new(), Vec::new());
        for (line_id, quantity) in request.line_quantities.iter().filter(|(_, quantity)| *quantity > 0) {
            let line = lines.iter().find(|line| line.id == *line_id).ok_or(Error::NotFound)?;
            shares.push(self.share(line, *quantity)?);
            if line.gift_card {
                gift_card_lines.push((line, *quantity));
            }
        }
        let shipping = if request.shipping { self.shipping_left(conn)? } else { (0, 0) };
        if request.shipping && shipping.0 == 0 {
            return Err(Error::invalid("refund_shipping", Message::ShippingAlreadyRefunded));
        }
        let amount_minor = shares.iter().map(|share| share.amount_minor).sum::<i64>() + shipping.0;
        Ok(RequestedRefund { shares, gift_card_lines, shipping, amount_minor })
    }

    /// Whether staff can refund it: only after it is paid in full. Before that, the order is cancelled instead.
    pub fn is_refundable(&self) -> bool {
        self.state.is_confirmed() && self.net_payment_minor() > 0 && self.due_minor() == 0
    }

    /// The amount of a part of a line (TAX.md T9).
    fn share(&self, line: &OrderLine, quantity: i64) -> Result<Share> {
        let name = format!("refund_quantity_{}", line.id);
        let left = line.quantity - line.refunded;
        if quantity > left {
            let message = match left {
                0 => Message::AllAlreadyRefunded,
                left => Message::RefundQuantityTooHigh { left },
            };
            return Err(Error::invalid(name, message));
        }
        let added = if self.totals.tax_added_minor > 0 { line.tax_minor } else { 0 };
        let prorated = |total: i64| -> Result<i64> {
            let part = |count: i64| prorate(total, count, line.quantity).ok_or(Error::bug("a refund is too large"));
            Ok(part(line.refunded + quantity)? - part(line.refunded)?)
        };
        Ok(Share {
            line: line.id,
            variant: line.variant_id,
            quantity,
            amount_minor: prorated(line.total_minor + added)?,
            tax_minor: prorated(line.tax_minor)?,
        })
    }

    /// The shipping left to refund, with added tax, and the tax in it, minor units; it is refunded whole or not at all.
    fn shipping_left(&self, conn: &mut Conn) -> Result<(i64, i64)> {
        let of_shipping = order_taxes::order_id.eq(self.id).and(order_taxes::order_line_id.is_null());
        let taxes: Vec<i64> = order_taxes::table.filter(of_shipping).select(order_taxes::tax_minor).load(conn)?;
        let tax: i64 = taxes.iter().sum();
        let added = if self.totals.tax_added_minor > 0 { tax } else { 0 };
        match self.totals.refunded_shipping_minor {
            0 => Ok((self.totals.shipping_minor + added, tax)),
            _ => Ok((0, 0)),
        }
    }

    /// Refunds what the shop may not keep: late payments without stock, duplicate payments, money of cancelled orders.
    pub(super) fn refund_excess(&self, tx: &mut Tx<'_>) -> Result<()> {
        let order = Order::update_payment_state(tx, self.id)?;
        let agreed_back = order.agreed_refund_minor(tx.conn())?;
        let excess = order.net_payment_minor() - order.retainable_minor(agreed_back);
        if excess <= 0 {
            return Ok(());
        }
        let cause = match order.state {
            OrderState::Cancelled => RefundCause::OrderCancelled,
            OrderState::Expired if order.totals.captured_minor == 0 => RefundCause::NotPaidInTime,
            OrderState::Expired => RefundCause::PaidTooLate,
            OrderState::Pending | OrderState::Placed | OrderState::Completed => RefundCause::Overpaid,
        };
        let draft = NewRefund { amount: excess, tax: 0, shipping: 0, cause: Some(cause), reason: "" };
        let refund = draft.insert(tx, &order, &Actor::System)?;
        order.send_back(tx, &refund)?;
        // Refunds of cancelled orders, and refunds to gift cards alone, need no review by staff.
        if order.state != OrderState::Cancelled && order.totals.captured_minor > 0 {
            let currency = order.currency;
            let reason = ReviewReason::RefundedAutomatically { cause, amount_minor: excess, currency };
            order.flag_for_review(tx, reason)?;
        }
        refund.event(&order, Vec::new()).record(tx, &Actor::System)?;
        Order::update_payment_state(tx, self.id)?;
        // Money beyond the total was never invoiced, so there is nothing to credit.
        if order.state == OrderState::Cancelled { Order::issue_credit_note(tx, &refund) } else { Ok(()) }
    }

    /// Reserves the amount on the payment attempts, latest first, and puts the rest back on the gift cards.
    fn send_back(&self, tx: &mut Tx<'_>, refund: &Refund) -> Result<()> {
        let mut left = refund.amount_minor;
        for attempt in PaymentAttempt::list_for_order(tx.conn(), self.id)?.into_iter().rev() {
            let part = left.min(attempt.captured_minor - attempt.refund_reserved_minor);
            if part <= 0 {
                continue;
            }
            left -= part;
            RefundTransaction::insert(tx, refund.id, &attempt, part)?;
        }
        let cards = if left > 0 { list_refundable(tx.conn(), self.id)? } else { Vec::new() };
        for (card, paid) in cards {
            let part = left.min(paid);
            if part > 0 {
                left -= part;
                RefundTransaction::insert_on_gift_card(tx, refund, card, part)?;
            }
        }
        if left > 0 {
            return Err(Error::bug("more is refunded than was paid"));
        }
        add_refunded(tx, self.id, refund.amount_minor)
    }
}

impl Share {
    fn insert(&self, tx: &mut Tx<'_>, refund: RefundId, restock: bool, origin: RefundOrigin, by: &Actor) -> Result<()> {
        let enough =
            order_lines::id.eq(self.line).and((order_lines::refunded + self.quantity).le(order_lines::quantity));
        let counted = diesel::update(order_lines::table.filter(enough))
            .set((
                order_lines::refunded.eq(order_lines::refunded + self.quantity),
                order_lines::refunded_minor.eq(order_lines::refunded_minor + self.amount_minor),
            ))
            .execute(tx.conn())?;
        if counted != 1 {
            return Err(Error::Conflict);
        }
        let restocked = match origin {
            RefundOrigin::Order => {
                let reference = StockReference::Refund(refund);
                let cancelled = fulfilment::cancel_items(tx, self.line, self.quantity, &reference, by)?;
                restock && self.restock_shipped(tx, self.quantity - cancelled, refund, by)?
            }
            RefundOrigin::Return => false,
        };
        let row = NewRefundLine {
            refund_id: refund,
            order_line_id: self.line,
            quantity: self.quantity,
            amount_minor: self.amount_minor,
            tax_minor: self.tax_minor,
            restocked,
        };
        diesel::insert_into(refund_lines::table).values(row).execute(tx.conn())?;
        Ok(())
    }

    /// Restocks shipped items; returns whether there were any.
    fn restock_shipped(&self, tx: &mut Tx<'_>, quantity: i64, refund: RefundId, by: &Actor) -> Result<bool> {
        if self.variant.is_none() {
            return Ok(false);
        }
        let (fulfilled, returned): (i64, i64) = order_lines::table
            .find(self.line)
            .select((order_lines::fulfilled, order_lines::returned))
            .first(tx.conn())?;
        let quantity = quantity.min(fulfilled - returned);
        if quantity <= 0 || !returns::add_returned(tx, self.line, quantity)? {
            return Ok(false);
        }
        returns::restock(tx, self.variant, quantity, &StockReference::Refund(refund), by)?;
        Ok(true)
    }
}

/// A refund before it is inserted. Minor units.
pub(super) struct NewRefund<'a> {
    pub(super) amount: i64,
    pub(super) tax: i64,
    pub(super) shipping: i64,
    pub(super) cause: Option<RefundCause>,
    pub(super) reason: &'a str,
}

impl NewRefund<'_> {
    pub(super) fn insert(&self, tx: &mut Tx<'_>, order: &Order, by: &Actor) -> Result<Refund> {
        let public_id = tx.generate_public_id()?;
        let idempotency_key = tx.idempotency_key().unwrap_or(&public_id).to_owned();
        let row = RefundRow {
            idempotency_key: &idempotency_key,
            public_id: &public_id,
            order_id: order.id,
            amount_minor: self.amount,
            tax_minor: self.tax,
            shipping_minor: self.shipping,
            cause: self.cause,
            reason: self.reason,
            automatic: self.cause.is_some_and(RefundCause::is_automatic),
            created_by: by,
            created_at: tx.now(),
        };
        let id: RefundId =
            diesel::insert_into(refunds::table).values(row).returning(refunds::id).get_result(tx.conn())?;
        Refund::get(tx.conn(), id)
    }
}

impl Refund {
    pub fn get(conn: &mut Conn, id: RefundId) -> Result<Refund> {
        Ok(Refund::query().find(id).first(conn)?)
    }

    pub(super) fn event(&self, order: &Order, lines: Vec<EventLine>) -> Event {
        Event::RefundCreated {
            order: order.id,
            refund: self.id,
            amount_minor: self.amount_minor,
            currency: order.currency,
            cause: self.cause,
            reason: self.reason.clone(),
            lines,
        }
    }

    /// The part that went back to gift cards, minor units.
    pub fn gift_card_minor(&self, conn: &mut Conn) -> Result<i64> {
        let to_gift_cards =
            refund_transactions::refund_id.eq(self.id).and(refund_transactions::gift_card_id.is_not_null());
        let parts: Vec<i64> =
            refund_transactions::table.filter(to_gift_cards).select(refund_transactions::amount_minor).load(conn)?;
        Ok(parts.iter().sum())
    }

    pub fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<(Refund, Vec<RefundTransaction>)>> {
        let refunds: Vec<Refund> = Refund::query().filter(refunds::order_id.eq(order)).order(refunds::id).load(conn)?;
        let ids: Vec<_> = refunds.iter().map(|refund| refund.id).collect();
        let transactions: Vec<RefundTransaction> = RefundTransaction::query()
            .filter(id_in(refund_transactions::refund_id, &ids))
            .order(refund_transactions::id)
            .load(conn)?;
        let with_transactions = refunds.into_iter().map(|refund| {
            let own = transactions.iter().filter(|transaction| transaction.refund_id == refund.id).cloned().collect();
            (refund, own)
        });
        Ok(with_transactions.collect())
    }
}
