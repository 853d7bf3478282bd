//! Emails about orders, to the buyer unless their name says otherwise.

use askama::Template;

use super::{EmailTemplate, filters};
use crate::support::i18n::Locale;
use crate::views::{Amount, BuyerNote, Discount, GiftCardPayment, Remainder};

#[derive(Clone, Debug)]
pub struct OrderEmailData {
    pub t: Locale,
    pub site_name: String,
    pub origin: String,
    /// The owner's accent colour, six hex digits; empty for the default.
    pub accent: String,
    pub contact_email: String,
    pub number: String,
    /// An absolute URL.
    pub order_href: String,
    pub buyer: String,
    pub lines: Vec<Line>,
    pub goods: Amount,
    pub discount: Option<Discount>,
    pub shipping: Amount,
    pub shipping_name: String,
    pub taxes: Vec<TaxRow>,
    pub tax_included: bool,
    pub total: Amount,
    pub gift_cards: Vec<GiftCardPayment>,
    /// What is left after gift cards; `None` without gift cards.
    pub rest: Option<Remainder>,
    pub requires_shipping: bool,
    /// The shipping address, line by line; empty if nothing is shipped.
    pub address: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub title: String,
    pub quantity: i64,
    pub total: Amount,
}

#[derive(Clone, Debug)]
pub struct TaxRow {
    pub name: String,
    pub amount: Amount,
}

impl OrderEmailData {
    pub(super) fn colour(&self) -> String {
        super::accent_colour(&self.accent)
    }

    pub(super) fn contrast_colour(&self) -> &'static str {
        super::contrast_colour(&self.colour())
    }

    /// The full name as typed: which part is a first name, title or family name cannot be told.
    pub(super) fn greeting_name(&self) -> String {
        let name = self.buyer.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() { self.t.email_nameless().to_owned() } else { name }
    }

    fn address_line(&self) -> String {
        self.address.join(", ")
    }

    fn due(&self) -> &Amount {
        self.rest.as_ref().map_or(&self.total, |rest| &rest.amount)
    }

    fn discount_label(&self) -> String {
        match &self.discount {
            Some(discount) if !discount.code.is_empty() => self.t.email_discount_code(&discount.code),
            _ => self.t.common_discount().to_owned(),
        }
    }

    /// The discount with its minus sign; free shipping has no amount.
    fn discount_text(&self) -> String {
        match self.discount.as_ref().and_then(|discount| discount.amount.as_ref()) {
            Some(amount) => format!("−{}", amount.text),
            None => self.t.common_free_shipping().to_owned(),
        }
    }

    fn tax_label(&self, tax: &TaxRow) -> String {
        if self.tax_included { self.t.common_included_tax(&tax.name) } else { tax.name.clone() }
    }
}

#[derive(Clone, Debug)]
pub struct BankDetails {
    /// The account, line by line; empty if the shop has removed it.
    pub lines: Vec<String>,
    /// Last day to pay, formatted; empty without a limit.
    pub pay_by: String,
}

#[derive(Clone, Debug)]
pub struct OrderPlaced {
    pub order: OrderEmailData,
    pub bank: Option<BankDetails>,
    pub paid_on_collection: bool,
}

#[derive(Template)]
#[template(path = "mail/order_placed.html")]
struct OrderPlacedHtml<'a> {
    t: Locale,
    email: &'a OrderPlaced,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_placed.txt")]
struct OrderPlacedText<'a> {
    t: Locale,
    email: &'a OrderPlaced,
    order: &'a OrderEmailData,
}

impl EmailTemplate for OrderPlaced {
    fn subject(&self) -> String {
        self.order.t.email_placed_subject(&self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        OrderPlacedHtml { t: self.order.t, email: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderPlacedText { t: self.order.t, email: self, order: &self.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct PaymentReceived {
    pub order: OrderEmailData,
    pub paid: Amount,
}

#[derive(Template)]
#[template(path = "mail/payment_received.html")]
struct PaymentReceivedHtml<'a> {
    t: Locale,
    email: &'a PaymentReceived,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/payment_received.txt")]
struct PaymentReceivedText<'a> {
    t: Locale,
    email: &'a PaymentReceived,
    order: &'a OrderEmailData,
}

impl EmailTemplate for PaymentReceived {
    fn subject(&self) -> String {
        self.order.t.email_paid_subject(&self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        PaymentReceivedHtml { t: self.order.t, email: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        PaymentReceivedText { t: self.order.t, email: self, order: &self.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct OrderRefunded {
    pub order: OrderEmailData,
    pub amount: Amount,
    pub reason: String,
    pub to_gift_cards: Option<Amount>,
    /// The part refunded to the original payment method.
    pub to_payment_method: Option<Amount>,
    /// The shop transfers `to_payment_method` by hand; otherwise it goes back to the card.
    pub is_manual: bool,
}

impl OrderRefunded {
    /// How the refund reaches the buyer; names the amount if gift cards get a part of it.
    fn payment_method_sentence(&self, amount: &Amount) -> String {
        let t = self.order.t;
        match (self.is_manual, self.to_gift_cards.is_some()) {
            (true, true) => t.email_refunded_transfer_amount(&amount.text),
            (true, false) => t.email_refunded_transfer().to_owned(),
            (false, true) => t.email_refunded_card_amount(&amount.text),
            (false, false) => t.email_refunded_card().to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "mail/order_refunded.html")]
struct OrderRefundedHtml<'a> {
    t: Locale,
    email: &'a OrderRefunded,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_refunded.txt")]
struct OrderRefundedText<'a> {
    t: Locale,
    email: &'a OrderRefunded,
    order: &'a OrderEmailData,
}

impl EmailTemplate for OrderRefunded {
    fn subject(&self) -> String {
        match self.order.number.as_str() {
            "" => self.order.t.email_refunded_title().to_owned(),
            number => self.order.t.email_refunded_subject(number),
        }
    }

    fn html(&self) -> askama::Result<String> {
        OrderRefundedHtml { t: self.order.t, email: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderRefundedText { t: self.order.t, email: self, order: &self.order }.render()
    }
}

/// To the buyer: a fulfilment was shipped, or is ready for pickup.
#[derive(Clone, Debug)]
pub struct OrderShipped {
    pub order: OrderEmailData,
    pub contents: Vec<EmailItem>,
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_href: Option<String>,
    pub pickup: bool,
    /// Amount to pay on collection; `None` if it is paid.
    pub amount_due: Option<Amount>,
}

#[derive(Clone, Debug)]
pub struct EmailItem {
    pub title: String,
    pub quantity: i64,
}

impl OrderShipped {
    fn carried_by(&self) -> String {
        let parts = [self.carrier.as_str(), self.tracking_number.as_str()];
        parts.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Template)]
#[template(path = "mail/order_shipped.html")]
struct OrderShippedHtml<'a> {
    t: Locale,
    email: &'a OrderShipped,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_shipped.txt")]
struct OrderShippedText<'a> {
    t: Locale,
    email: &'a OrderShipped,
    order: &'a OrderEmailData,
}

impl EmailTemplate for OrderShipped {
    fn subject(&self) -> String {
        if self.pickup {
            self.order.t.email_shipped_subject_pickup(&self.order.number)
        } else {
            self.order.t.email_shipped_subject(&self.order.number)
        }
    }

    fn html(&self) -> askama::Result<String> {
        OrderShippedHtml { t: self.order.t, email: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderShippedText { t: self.order.t, email: self, order: &self.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct TransferReminder {
    pub order: OrderEmailData,
    pub bank: BankDetails,
}

#[derive(Template)]
#[template(path = "mail/transfer_reminder.html")]
struct TransferReminderHtml<'a> {
    t: Locale,
    bank: &'a BankDetails,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/transfer_reminder.txt")]
struct TransferReminderText<'a> {
    t: Locale,
    bank: &'a BankDetails,
    order: &'a OrderEmailData,
}

impl EmailTemplate for TransferReminder {
    fn subject(&self) -> String {
        self.order.t.email_reminder_subject(&self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        TransferReminderHtml { t: self.order.t, bank: &self.bank, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        TransferReminderText { t: self.order.t, bank: &self.bank, order: &self.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct TransferExpired {
    pub order: OrderEmailData,
}

#[derive(Template)]
#[template(path = "mail/transfer_expired.html")]
struct TransferExpiredHtml<'a> {
    t: Locale,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/transfer_expired.txt")]
struct TransferExpiredText<'a> {
    t: Locale,
    order: &'a OrderEmailData,
}

impl EmailTemplate for TransferExpired {
    fn subject(&self) -> String {
        self.order.t.email_expired_subject(&self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        TransferExpiredHtml { t: self.order.t, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        TransferExpiredText { t: self.order.t, order: &self.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct OrderCancelled {
    pub order: OrderEmailData,
    pub was_paid: bool,
}

#[derive(Template)]
#[template(path = "mail/order_cancelled.html")]
struct OrderCancelledHtml<'a> {
    t: Locale,
    email: &'a OrderCancelled,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/order_cancelled.txt")]
struct OrderCancelledText<'a> {
    t: Locale,
    email: &'a OrderCancelled,
    order: &'a OrderEmailData,
}

impl EmailTemplate for OrderCancelled {
    fn subject(&self) -> String {
        self.order.t.email_cancelled_subject(&self.order.number)
    }

    fn html(&self) -> askama::Result<String> {
        OrderCancelledHtml { t: self.order.t, email: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        OrderCancelledText { t: self.order.t, email: self, order: &self.order }.render()
    }
}

#[derive(Clone, Debug)]
pub struct NewOrderNotification {
    pub order: OrderEmailData,
    pub admin_href: String,
    pub buyer_email: String,
    pub notes: Vec<BuyerNote>,
    pub payment_name: String,
    pub is_paid: bool,
    pub paid_on_collection: bool,
}

impl NewOrderNotification {
    fn payment_sentence(&self) -> String {
        let (t, method) = (self.order.t, &self.payment_name);
        match (self.is_paid, self.order.requires_shipping, self.paid_on_collection) {
            (true, true, _) => t.email_new_order_paid_to_pack(method),
            (true, false, _) => t.email_new_order_paid(method),
            (false, _, true) => t.email_new_order_pays_on_pickup(method),
            (false, _, false) => t.email_new_order_unpaid(method),
        }
    }
}

#[derive(Template)]
#[template(path = "mail/new_order.html")]
struct NewOrderHtml<'a> {
    t: Locale,
    email: &'a NewOrderNotification,
    order: &'a OrderEmailData,
    subject: String,
}

#[derive(Template)]
#[template(path = "mail/new_order.txt")]
struct NewOrderText<'a> {
    t: Locale,
    email: &'a NewOrderNotification,
    order: &'a OrderEmailData,
}

impl EmailTemplate for NewOrderNotification {
    fn subject(&self) -> String {
        self.order.t.email_new_order_subject(&self.order.number, &self.order.total.text)
    }

    fn reply_to(&self) -> String {
        self.buyer_email.clone()
    }

    fn html(&self) -> askama::Result<String> {
        NewOrderHtml { t: self.order.t, email: self, order: &self.order, subject: self.subject() }.render()
    }

    fn text(&self) -> askama::Result<String> {
        NewOrderText { t: self.order.t, email: self, order: &self.order }.render()
    }
}
