//! Orders: the list and the order page.

use askama::Template;

use super::returns::{NextStep, Returns};
use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::ids::{FulfilmentId, OrderLineId};
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::admin::{self, ListFilter, Pill, Tab};
use crate::views::{Amount, BuyerNote, DateTime, Discount, GiftCardPayment, Link, Picture, View, filters};

#[derive(Template)]
#[template(path = "admin/sales/orders/index.html")]
pub struct Index {
    pub t: Locale,
    pub tab: String,
    pub counts: Counts,
    pub q: String,
    pub rows: CursorPage<Row>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub all: CappedCount,
    pub to_pay: CappedCount,
    pub to_pack: CappedCount,
    pub done: CappedCount,
    pub cancelled: CappedCount,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub number: String,
    pub href: String,
    pub when: DateTime,
    pub customer: String,
    pub items: i64,
    pub payment: Pill,
    pub fulfilment: Pill,
    pub total: Amount,
}

#[derive(Template)]
#[template(path = "admin/sales/orders/show.html")]
pub struct Show {
    pub t: Locale,
    /// The order number, or the public id before it has one.
    pub number: String,
    pub name: String,
    pub is_unfinished: bool,
    pub payment: Pill,
    pub fulfilment: Pill,
    pub placed: DateTime,
    pub lines: Vec<Line>,
    pub totals: Totals,
    pub money: PaymentSummary,
    pub customer: Customer,
    /// Address lines; empty for pickup and digital orders.
    pub shipping_address: Vec<String>,
    /// Address lines; empty if the order contains physical goods.
    pub billing_address: Vec<String>,
    pub documents: Vec<Link>,
    pub timeline: Vec<Event>,
    pub note: Fields,
    /// `None` if there is nothing to ship.
    pub fulfil: Option<Fields>,
    /// `None` if there is nothing to refund.
    pub refund: Option<Fields>,
    pub can_refund_shipping: bool,
    /// The refunded total when the page was rendered, as a plain decimal, to detect concurrent refunds.
    pub refunded_before: String,
    pub returns: Returns,
    pub fulfilments: Vec<FulfilmentRow>,
    pub can_update_fulfilments: bool,
    pub resend: Fields,
    pub can_mark_paid: bool,
    pub is_lapsed: bool,
    pub vat: Option<VatNumberReview>,
    pub can_cancel: bool,
    pub refunds_on_cancel: bool,
    pub buyer_href: Option<String>,
    pub review_reason: Option<String>,
}

#[derive(Clone, Debug)]
pub struct VatNumberReview {
    pub number: String,
    pub company: String,
    pub state: Pill,
    /// Where to record the result; `None` if it is recorded or without the permission.
    pub action: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Line {
    pub id: OrderLineId,
    pub title: String,
    /// `Size: M · Colour: Blue`; empty for products without options.
    pub options: String,
    pub href: Option<String>,
    pub sku: String,
    pub quantity: i64,
    pub fulfilled: i64,
    /// Units still to ship.
    pub left: i64,
    pub refunded: i64,
    pub unit: Amount,
    pub total: Amount,
    pub picture: Option<Picture>,
}

#[derive(Clone, Debug)]
pub struct Totals {
    pub goods: Amount,
    pub discount: Option<Discount>,
    pub shipping: Amount,
    pub shipping_name: String,
    pub taxes: Vec<TaxRow>,
    pub tax_included: bool,
    pub total: Amount,
    pub gift_cards: Vec<GiftCardPayment>,
}

#[derive(Clone, Debug)]
pub struct TaxRow {
    pub name: String,
    pub amount: Amount,
}

#[derive(Clone, Debug)]
pub struct PaymentSummary {
    pub due: Option<Amount>,
    /// Received, excluding gift cards.
    pub captured: Amount,
    pub is_paid_by_gift_cards: bool,
    /// Refunded, including refunds in progress.
    pub refunded: Option<Amount>,
    pub pending_refunds: Vec<PendingRefund>,
    pub payment_name: String,
    pub transactions: Vec<TransactionRow>,
}

#[derive(Clone, Debug)]
pub struct PendingRefund {
    pub when: DateTime,
    pub amount: Amount,
    /// The provider's reason for declining; empty while in progress.
    pub error: String,
    pub retry: Option<String>,
}

#[derive(Clone, Debug)]
pub struct TransactionRow {
    pub when: DateTime,
    pub text: String,
    pub reference: String,
    pub amount: Amount,
}

#[derive(Clone, Debug)]
pub struct Customer {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub notes: Vec<BuyerNote>,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub when: DateTime,
    /// The actor; empty for the program and the customer.
    pub who: String,
    pub text: String,
    pub href: Option<String>,
}

#[derive(Clone, Debug)]
pub struct FulfilmentRow {
    pub id: FulfilmentId,
    pub state: Pill,
    /// Shipped, with no delivery status yet.
    pub is_in_transit: bool,
    pub has_failed: bool,
    /// It can be shipped again because nothing in it was restocked.
    pub can_resend: bool,
    pub when: DateTime,
    pub carrier: String,
    pub tracking_number: String,
    pub tracking_href: Option<String>,
    pub contents: String,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_order_orders().to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        let tabs = vec![
            Tab { key: "", label: self.t.admin_all(), count: self.counts.all },
            Tab { key: "to-pay", label: self.t.admin_order_tab_to_pay(), count: self.counts.to_pay },
            Tab { key: "to-pack", label: self.t.admin_order_tab_to_pack(), count: self.counts.to_pack },
            Tab { key: "done", label: self.t.admin_order_tab_done(), count: self.counts.done },
            Tab { key: "cancelled", label: self.t.admin_order_tab_cancelled(), count: self.counts.cancelled },
        ];
        ListFilter { base: paths::admin::orders(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Show {
    fn title(&self) -> String {
        let forms = [self.fulfil.as_ref(), self.refund.as_ref(), Some(&self.returns.form), Some(&self.resend)];
        let refused = forms.into_iter().flatten().find(|form| !form.is_valid()).unwrap_or(&self.note);
        admin::title_with_error(self.t, refused, &self.name)
    }
}

impl Show {
    fn fulfilment_is_next(&self) -> bool {
        !self.can_mark_paid
    }

    fn mailto(&self) -> String {
        format!("mailto:{}", self.customer.email)
    }

    fn is_fetched(&self) -> bool {
        self.shipping_address.is_empty()
    }

    fn shipment_count(&self) -> usize {
        self.fulfilments.len()
    }

    fn open_lines(&self) -> Vec<&Line> {
        self.lines.iter().filter(|line| line.left > 0).collect()
    }

    fn refundable_lines(&self) -> Vec<&Line> {
        self.lines.iter().filter(|line| line.refundable() > 0).collect()
    }

    fn refund_quantity<'a>(&self, form: &'a Fields, line: &Line) -> &'a str {
        form.values(&line.refund_field()).first().map_or("0", String::as_str)
    }

    fn quantity<'a>(&self, form: &'a Fields, line: &Line) -> std::borrow::Cow<'a, str> {
        match form.values(&line.field()).first() {
            Some(typed) => typed.as_str().into(),
            None => line.left.to_string().into(),
        }
    }
}

impl FulfilmentRow {
    fn field(&self, name: &str) -> String {
        format!("{name}_{}", self.id)
    }
}

impl Line {
    fn name(&self) -> String {
        match self.options.as_str() {
            "" => self.title.clone(),
            options => format!("{} ({options})", self.title),
        }
    }

    fn is_partly_sent(&self) -> bool {
        self.fulfilled > 0 && self.left > 0
    }

    fn refundable(&self) -> i64 {
        self.quantity - self.refunded
    }

    fn refund_field(&self) -> String {
        format!("refund_quantity_{}", self.id)
    }

    fn field(&self) -> String {
        format!("quantity_{}", self.id)
    }
}
