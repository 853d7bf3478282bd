//! Letters about orders.

use askama::Template;

use super::Letter;
use crate::views::{Amount, Discount, PaidByCard, Rest};

/// What every letter about an order says.
#[derive(Clone, Debug)]
pub struct Order {
    /// The site's name.
    pub site_name: String,
    /// The public origin without a slash at the end.
    pub origin: String,
    /// The owner's accent colour, six hex digits; empty for the built-in one.
    pub accent: String,
    /// Where customers write to; empty for none.
    pub contact_email: String,
    /// The order's number.
    pub number: String,
    /// The buyer's page of the order, with the origin.
    pub order_href: String,
    /// The buyer's name.
    pub buyer: String,
    /// What was bought.
    pub lines: Vec<Line>,
    /// The goods.
    pub goods: Amount,
    /// What is taken off.
    pub discount: Option<Discount>,
    /// Sending.
    pub shipping: Amount,
    /// The way of sending.
    pub shipping_name: String,
    /// The taxes.
    pub taxes: Vec<TaxRow>,
    /// Whether the taxes are in the amounts above.
    pub tax_included: bool,
    /// Everything.
    pub total: Amount,
    /// What gift cards pay of it.
    pub cards: Vec<PaidByCard>,
    /// What they do not pay; none without any.
    pub rest: Option<Rest>,
    /// Something of it is sent in a parcel.
    pub is_sent: bool,
    /// Where it goes, line by line; empty when nothing is sent.
    pub address: Vec<String>,
}

/// Something bought.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its title.
    pub title: String,
    /// Pieces.
    pub quantity: i64,
    /// What all cost.
    pub total: Amount,
}

/// A tax of an order.
#[derive(Clone, Debug)]
pub struct TaxRow {
    /// Its name and rate: `VAT 19 %`.
    pub name: String,
    /// How much.
    pub amount: Amount,
}

impl Order {
    pub(super) fn colour(&self) -> String {
        super::colour(&self.accent)
    }

    pub(super) fn on_colour(&self) -> &'static str {
        super::on_colour(&self.colour())
    }

    /// Whom a letter greets: the whole name as it was typed. Which part of it is a first name, a title or a family name
    /// cannot be told.
    pub(super) fn greeted(&self) -> String {
        let name = self.buyer.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() { "there".to_owned() } else { name }
    }

    fn address_line(&self) -> String {
        self.address.join(", ")
    }

    /// What is to be paid.
    fn due(&self) -> &Amount {
        self.rest.as_ref().map_or(&self.total, |rest| &rest.amount)
    }

    /// The code behind the word "Discount".
    fn code(&self) -> String {
        let code = self.discount.as_ref().map_or("", |discount| discount.code.as_str());
        if code.is_empty() { String::new() } else { format!(" {code}") }
    }

    fn tax_word(&self) -> &'static str {
        if self.tax_included { "Included " } else { "" }
    }
}

/// Where to transfer money to.
#[derive(Clone, Debug)]
pub struct Bank {
    /// The account, line by line; empty when the shop no longer names one.
    pub lines: Vec<String>,
    /// By which day; empty when there is no limit.
    pub until: String,
}

/// To the buyer: the order has arrived.
#[derive(Clone, Debug)]
pub struct OrderPlaced {
    /// The order.
    pub order: Order,
    /// Where the money goes when it is paid by bank transfer.
    pub bank: Option<Bank>,
    /// It is paid when the buyer collects it.
    pub paid_on_collection: bool,
}

#[derive(Template)]
#[template(path = "mail/order_placed.html")]
struct OrderPlacedHtml<'a> {
    letter: &'a OrderPlaced,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_placed.txt")]
struct OrderPlacedText<'a> {
    letter: &'a OrderPlaced,
    order: &'a Order,
}

impl Letter for OrderPlaced {
    fn subject(&self) -> String {
        format!("Your order {}", self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        OrderPlacedHtml { letter: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderPlacedText { letter: self, order: &self.order }.render()
    }
}

/// To the buyer: the money has arrived.
#[derive(Clone, Debug)]
pub struct PaymentReceived {
    /// The order.
    pub order: Order,
    /// What has arrived.
    pub paid: Amount,
}

#[derive(Template)]
#[template(path = "mail/payment_received.html")]
struct PaymentReceivedHtml<'a> {
    letter: &'a PaymentReceived,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/payment_received.txt")]
struct PaymentReceivedText<'a> {
    letter: &'a PaymentReceived,
    order: &'a Order,
}

impl Letter for PaymentReceived {
    fn subject(&self) -> String {
        format!("We have your payment for order {}", self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        PaymentReceivedHtml { letter: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        PaymentReceivedText { letter: self, order: &self.order }.render()
    }
}

/// To the buyer: money is on its way back.
#[derive(Clone, Debug)]
pub struct OrderRefunded {
    /// The order.
    pub order: Order,
    /// What goes back.
    pub back: Amount,
    /// Why; may be empty.
    pub reason: String,
    /// The part that is back on gift cards.
    pub on_gift_cards: Option<Amount>,
    /// The part that goes back the way it was paid.
    pub as_paid: Option<Amount>,
    /// The shop transfers that part itself; else it goes back on the card.
    pub by_hand: bool,
}

#[derive(Template)]
#[template(path = "mail/order_refunded.html")]
struct OrderRefundedHtml<'a> {
    letter: &'a OrderRefunded,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_refunded.txt")]
struct OrderRefundedText<'a> {
    letter: &'a OrderRefunded,
    order: &'a Order,
}

impl Letter for OrderRefunded {
    fn subject(&self) -> String {
        match self.order.number.as_str() {
            "" => "Your money is on its way back".to_owned(),
            number => format!("Your money for order {number} is on its way back"),
        }
    }

    fn html(&self) -> askama::Result<String> {
        OrderRefundedHtml { letter: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderRefundedText { letter: self, order: &self.order }.render()
    }
}

/// To the buyer: a parcel is on its way.
#[derive(Clone, Debug)]
pub struct OrderShipped {
    /// The order.
    pub order: Order,
    /// What is in the parcel.
    pub contents: Vec<Parcelled>,
    /// Who carries it; may be empty.
    pub carrier: String,
    /// Its number; may be empty.
    pub tracking_number: String,
    /// Where it is followed.
    pub tracking_href: Option<String>,
    /// The buyer fetches the goods: they are ready.
    pub pickup: bool,
    /// What is paid then; nothing when it was paid before.
    pub to_pay: Option<Amount>,
}

/// Something in a parcel.
#[derive(Clone, Debug)]
pub struct Parcelled {
    /// Its title.
    pub title: String,
    /// Pieces.
    pub quantity: i64,
}

impl OrderShipped {
    /// Carrier and number, as far as they are known.
    fn carried_by(&self) -> String {
        let known = [self.carrier.as_str(), self.tracking_number.as_str()];
        known.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Template)]
#[template(path = "mail/order_shipped.html")]
struct OrderShippedHtml<'a> {
    letter: &'a OrderShipped,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_shipped.txt")]
struct OrderShippedText<'a> {
    letter: &'a OrderShipped,
    order: &'a Order,
}

impl Letter for OrderShipped {
    fn subject(&self) -> String {
        if self.pickup {
            format!("Your order {} is ready", self.order.number)
        } else {
            format!("Your order {} is on its way", self.order.number)
        }
    }

    fn html(&self) -> askama::Result<String> {
        OrderShippedHtml { letter: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderShippedText { letter: self, order: &self.order }.render()
    }
}

/// To the buyer: the transfer has not come yet.
#[derive(Clone, Debug)]
pub struct TransferReminder {
    /// The order.
    pub order: Order,
    /// Where the money goes.
    pub bank: Bank,
}

#[derive(Template)]
#[template(path = "mail/transfer_reminder.html")]
struct TransferReminderHtml<'a> {
    bank: &'a Bank,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/transfer_reminder.txt")]
struct TransferReminderText<'a> {
    bank: &'a Bank,
    order: &'a Order,
}

impl Letter for TransferReminder {
    fn subject(&self) -> String {
        format!("Your order {} waits for your transfer", self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        TransferReminderHtml { bank: &self.bank, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        TransferReminderText { bank: &self.bank, order: &self.order }.render()
    }
}

/// To the buyer: the transfer has not come, and the order is closed.
#[derive(Clone, Debug)]
pub struct TransferExpired {
    /// The order.
    pub order: Order,
}

#[derive(Template)]
#[template(path = "mail/transfer_expired.html")]
struct TransferExpiredHtml<'a> {
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/transfer_expired.txt")]
struct TransferExpiredText<'a> {
    order: &'a Order,
}

impl Letter for TransferExpired {
    fn subject(&self) -> String {
        format!("Your order {} was closed", self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        TransferExpiredHtml { order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        TransferExpiredText { order: &self.order }.render()
    }
}

/// To the buyer: the order is called off.
#[derive(Clone, Debug)]
pub struct OrderCancelled {
    /// The order.
    pub order: Order,
    /// Money had come before.
    pub was_paid: bool,
}

#[derive(Template)]
#[template(path = "mail/order_cancelled.html")]
struct OrderCancelledHtml<'a> {
    letter: &'a OrderCancelled,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_cancelled.txt")]
struct OrderCancelledText<'a> {
    letter: &'a OrderCancelled,
    order: &'a Order,
}

impl Letter for OrderCancelled {
    fn subject(&self) -> String {
        format!("Your order {} is cancelled", self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        OrderCancelledHtml { letter: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderCancelledText { letter: self, order: &self.order }.render()
    }
}

/// To the shopkeeper: there is something to do.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// The order.
    pub order: Order,
    /// The order's admin page, with the origin.
    pub admin_href: String,
    /// The buyer's address for mail.
    pub buyer_email: String,
    /// What the buyer asked for; may be empty.
    pub note: String,
    /// How it is paid: `Bank transfer`.
    pub payment_name: String,
    /// Money has come.
    pub is_paid: bool,
    /// It is paid when the buyer collects it.
    pub paid_on_collection: bool,
}

#[derive(Template)]
#[template(path = "mail/new_order.html")]
struct NewOrderHtml<'a> {
    letter: &'a NewOrder,
    order: &'a Order,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/new_order.txt")]
struct NewOrderText<'a> {
    letter: &'a NewOrder,
    order: &'a Order,
}

impl Letter for NewOrder {
    fn subject(&self) -> String {
        format!("New order {} for {}", self.order.number, self.order.total.text)
    }

    fn reply_to(&self) -> String {
        self.buyer_email.clone()
    }

    fn html(&self) -> askama::Result<String> {
        NewOrderHtml { letter: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        NewOrderText { letter: self, order: &self.order }.render()
    }
}
