//! The list of orders and an order.

use askama::Template;

use super::returns::{Next, Returns};
use super::{Finding, Pill, Tab};
use crate::forms::Fields;
use crate::paths;
use crate::support::page::{Stretch, Tally};
use crate::views::{Amount, Discount, Link, PaidByCard, Picture, View, When, filters};

/// The list of orders.
#[derive(Template)]
#[template(path = "admin/orders/index.html")]
pub struct Index {
    /// `?tab=`: empty for all, `to-pay`, `to-pack`, `done`, `cancelled`.
    pub tab: String,
    /// How many there are under each tab.
    pub counts: Counts,
    /// Words looked for.
    pub q: String,
    /// The orders.
    pub rows: Stretch<Row>,
}

/// How many orders there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Altogether.
    pub all: Tally,
    /// Waiting for money.
    pub to_pay: Tally,
    /// Waiting for a parcel.
    pub to_pack: Tally,
    /// Paid and sent.
    pub done: Tally,
    /// Called off.
    pub cancelled: Tally,
}

/// An order in the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number.
    pub number: String,
    /// Its page.
    pub href: String,
    /// When it was placed.
    pub when: When,
    /// Who bought.
    pub customer: String,
    /// Pieces in it.
    pub items: i64,
    /// How its payment stands.
    pub payment: Pill,
    /// How its parcel stands.
    pub fulfilment: Pill,
    /// What it costs.
    pub total: Amount,
}

/// An order.
#[derive(Template)]
#[template(path = "admin/orders/show.html")]
pub struct Show {
    /// Its number, or its public id before it has one.
    pub number: String,
    /// `Order 1001`.
    pub name: String,
    /// It has no number: it waits for its money, or was given up.
    pub is_unfinished: bool,
    /// How its payment stands.
    pub payment: Pill,
    /// How its parcel stands.
    pub fulfilment: Pill,
    /// When it was placed.
    pub placed: When,
    /// What was bought.
    pub lines: Vec<Line>,
    /// What it costs.
    pub totals: Totals,
    /// What was paid.
    pub money: Money,
    /// Who bought.
    pub customer: Customer,
    /// Where it goes, line by line; empty when it is fetched.
    pub shipping_address: Vec<String>,
    /// Who is billed, line by line; empty when it is the same.
    pub billing_address: Vec<String>,
    /// Invoices and credit notes: words and address.
    pub papers: Vec<Link>,
    /// What happened, the newest first.
    pub timeline: Vec<Event>,
    /// The form for a note: `note`.
    pub note: Fields,
    /// The form for a parcel, when there is something to send: `carrier`, `tracking_number`, `tracking_url`, and
    /// `quantity_{line id}` a line.
    pub fulfil: Option<Fields>,
    /// The form for paying back, when there is something to pay back: `refund_quantity_{line id}`, `refund_shipping`,
    /// `restock`, `reason`.
    pub refund: Option<Fields>,
    /// There is shipping that was not paid back.
    pub can_refund_shipping: bool,
    /// What has been paid back, as a plain number.
    pub refunded_before: String,
    /// What is sent back.
    pub returns: Returns,
    /// Parcels sent.
    pub shipments: Vec<Shipment>,
    /// May say what became of them.
    pub can_move_parcels: bool,
    /// The form for a parcel that is sent again: `carrier_{parcel id}`, `tracking_number_{parcel id}`,
    /// `tracking_url_{parcel id}`.
    pub again: Fields,
    /// May be marked as paid.
    pub can_mark_paid: bool,
    /// It was closed because no transfer came.
    pub is_lapsed: bool,
    /// The VAT number that took the tax off.
    pub vat: Option<Vat>,
    /// May be called off.
    pub can_cancel: bool,
    /// Calling it off pays money back.
    pub pays_back: bool,
    /// The page the buyer sees, for those who may.
    pub buyer_href: Option<String>,
    /// Something odd that somebody should look at.
    pub attention: Option<String>,
}

/// A VAT number that took the tax off an order.
#[derive(Clone, Debug)]
pub struct Vat {
    /// The number.
    pub number: String,
    /// The company that gave it.
    pub company: String,
    /// Whether it was looked up, and what came of it.
    pub state: Pill,
    /// Where to say what came of it; none when that is done, or for those who may not.
    pub action: Option<String>,
}

/// Something bought.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// What was chosen: `Size: M · Colour: Blue`; empty for nothing.
    pub options: String,
    /// The product's form, if it still exists.
    pub href: Option<String>,
    /// Its SKU; may be empty.
    pub sku: String,
    /// Pieces.
    pub quantity: i64,
    /// Pieces sent.
    pub fulfilled: i64,
    /// Pieces still to be sent.
    pub left: i64,
    /// Pieces paid back.
    pub refunded: i64,
    /// What one costs.
    pub unit: Amount,
    /// What all cost.
    pub total: Amount,
    /// A picture.
    pub picture: Option<Picture>,
}

/// What an order costs.
#[derive(Clone, Debug)]
pub struct Totals {
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
}

/// A tax of an order.
#[derive(Clone, Debug)]
pub struct TaxRow {
    /// Its name and rate: `VAT 19 %`.
    pub name: String,
    /// How much.
    pub amount: Amount,
}

/// What was paid.
#[derive(Clone, Debug)]
pub struct Money {
    /// Still to come; none when nothing is.
    pub due: Option<Amount>,
    /// Received, without what gift cards paid.
    pub captured: Amount,
    /// Gift cards pay all of it.
    pub is_paid_by_cards: bool,
    /// Paid back, or on its way back.
    pub refunded: Option<Amount>,
    /// What is on its way back, or was refused.
    pub waiting: Vec<Waiting>,
    /// The way of paying: `Bank transfer`.
    pub payment_name: String,
    /// What happened to the money, the newest first.
    pub facts: Vec<MoneyFact>,
}

/// Money that has not gone back yet.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// When it was decided.
    pub when: When,
    /// How much.
    pub amount: Amount,
    /// Why the provider refused; empty while it is on its way.
    pub error: String,
    /// Where to try again.
    pub retry: Option<String>,
}

/// Something that happened to the money.
#[derive(Clone, Debug)]
pub struct MoneyFact {
    /// When.
    pub when: When,
    /// What.
    pub text: String,
    /// The provider's name for it; may be empty.
    pub reference: String,
    /// How much.
    pub amount: Amount,
}

/// Who bought.
#[derive(Clone, Debug)]
pub struct Customer {
    /// Their name.
    pub name: String,
    /// Where they read mail.
    pub email: String,
    /// Their number; may be empty.
    pub phone: String,
    /// What they asked for; may be empty.
    pub note: String,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub when: When,
    /// Who did it; empty for the program and the customer.
    pub who: String,
    /// What.
    pub text: String,
    /// Where to read more.
    pub href: Option<String>,
}

/// A parcel.
#[derive(Clone, Debug)]
pub struct Shipment {
    /// Its id.
    pub id: i64,
    /// Where it is.
    pub state: Pill,
    /// It has left, and nothing was heard of it.
    pub is_on_its_way: bool,
    /// It did not arrive.
    pub has_failed: bool,
    /// Nothing of it is back in stock.
    pub can_be_sent_again: bool,
    /// When it went.
    pub when: When,
    /// Who carries it; may be empty.
    pub carrier: String,
    /// Its number; may be empty.
    pub tracking_number: String,
    /// Where it is followed.
    pub tracking_href: Option<String>,
    /// What is in it: `2 × Guji Hambela, 1 × Paper Filters`.
    pub contents: String,
}

impl View for Index {
    fn title(&self) -> String {
        "Orders".to_owned()
    }
}

impl Index {
    fn finding(&self) -> Finding {
        let tabs = vec![
            Tab { key: "", label: "All", count: self.counts.all },
            Tab { key: "to-pay", label: "To pay", count: self.counts.to_pay },
            Tab { key: "to-pack", label: "To pack", count: self.counts.to_pack },
            Tab { key: "done", label: "Done", count: self.counts.done },
            Tab { key: "cancelled", label: "Cancelled", count: self.counts.cancelled },
        ];
        Finding { base: paths::admin::orders(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }
}

impl View for Show {
    fn title(&self) -> String {
        let forms = [self.fulfil.as_ref(), self.refund.as_ref(), Some(&self.returns.form), Some(&self.again)];
        let refused = forms.into_iter().flatten().find(|form| !form.is_good()).unwrap_or(&self.note);
        super::titled(refused, &self.name)
    }
}

impl Show {
    /// A parcel is the next step only when the money is no longer it.
    fn parcel_is_next(&self) -> bool {
        !self.can_mark_paid
    }

    fn mailto(&self) -> String {
        format!("mailto:{}", self.customer.email)
    }

    fn is_fetched(&self) -> bool {
        self.shipping_address.is_empty()
    }

    /// Lines with something left to send.
    fn open_lines(&self) -> Vec<&Line> {
        self.lines.iter().filter(|line| line.left > 0).collect()
    }

    /// Lines with something left to pay back.
    fn refundable_lines(&self) -> Vec<&Line> {
        self.lines.iter().filter(|line| line.refundable() > 0).collect()
    }

    /// How many of a line are to be paid back: what was typed, or else none.
    fn refund_quantity<'a>(&self, form: &'a Fields, line: &Line) -> &'a str {
        form.all(&line.refund_field()).first().map_or("0", String::as_str)
    }

    /// How many of a line are to be sent: what was typed, or else all that are left.
    fn quantity<'a>(&self, form: &'a Fields, line: &Line) -> std::borrow::Cow<'a, str> {
        match form.all(&line.field()).first() {
            Some(typed) => typed.as_str().into(),
            None => line.left.to_string().into(),
        }
    }
}

impl Shipment {
    /// The name of a field of its form.
    fn field(&self, name: &str) -> String {
        format!("{name}_{}", self.id)
    }
}

impl Line {
    /// Its title, with what was chosen.
    fn name(&self) -> String {
        match self.options.as_str() {
            "" => self.title.clone(),
            options => format!("{} ({options})", self.title),
        }
    }

    fn is_partly_sent(&self) -> bool {
        self.fulfilled > 0 && self.left > 0
    }

    /// Pieces that can be paid back.
    fn refundable(&self) -> i64 {
        self.quantity - self.refunded
    }

    /// The name of its field on the refund form.
    fn refund_field(&self) -> String {
        format!("refund_quantity_{}", self.id)
    }

    /// The name of its field on the parcel form.
    fn field(&self) -> String {
        format!("quantity_{}", self.id)
    }
}
