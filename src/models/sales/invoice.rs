//! Invoices and credit notes: numbered without gaps, and never changed once issued. The content is a JSON snapshot; a
//! job renders the PDF later, which is stored with its hash.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::reasons::RefundCause;
use crate::models::platform::event::{Actor, Event};
use crate::models::sales::payment_method::PaymentMethod;
use crate::schema::{invoices, sequences};
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::ids::{InvoiceId, OrderId, RefundId};
use crate::support::money::Currency;
use crate::support::token;
use crate::text_enum;

text_enum! {
    InvoiceKind {
        Invoice = "invoice",
        /// Reverses an invoice or a part of it.
        CreditNote = "credit_note",
    }
}

impl InvoiceKind {
    /// The prefix of the number. Numbers run without gaps within a series.
    pub fn series(self) -> &'static str {
        match self {
            InvoiceKind::Invoice => "INV",
            InvoiceKind::CreditNote => "CN",
        }
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = invoices, check_for_backend(AnyBackend))]
pub struct Invoice {
    pub id: InvoiceId,
    /// `INV` or `CN`.
    pub series: String,
    pub number: i64,
    pub kind: InvoiceKind,
    pub order_id: OrderId,
    /// An [`InvoiceSnapshot`] as JSON.
    pub snapshot: String,
    /// In hex; `None` until the PDF is rendered.
    pub pdf_sha256: Option<String>,
    pub issued_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = invoices, treat_none_as_default_value = false)]
struct NewInvoice {
    series: &'static str,
    number: i64,
    kind: InvoiceKind,
    order_id: OrderId,
    refund_id: Option<RefundId>,
    snapshot: String,
    issued_at: Utc,
}

/// The content of an invoice or a credit note. Amounts are in minor units of its currency; on a credit note they are
/// what is credited, as positive numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InvoiceSnapshot {
    pub seller: Seller,
    /// Name and address, line by line.
    pub buyer: Vec<String>,
    pub buyer_vat_number: String,
    pub order_number: String,
    /// When the order was placed: microseconds since the Unix epoch, UTC.
    pub ordered_at: i64,
    /// Label of the invoice that a credit note corrects; empty on an invoice.
    pub corrects: String,
    /// Why the refund was made; `None` on an invoice, and if staff typed a reason.
    #[serde(default)]
    pub refund_cause: Option<RefundCause>,
    /// The reason for the refund as typed; may be empty.
    pub reason: String,
    pub currency: Currency,
    pub locale: Locale,
    /// IANA time zone of the dates.
    pub time_zone: String,
    /// Whether the amounts of the lines include tax.
    pub prices_include_tax: bool,
    pub lines: Vec<InvoiceLine>,
    pub discount_minor: i64,
    pub shipping_minor: i64,
    pub shipping_name: String,
    pub taxes: Vec<InvoiceTax>,
    pub total_minor: i64,
    /// The part paid by gift cards; zero if the snapshot lacks the field.
    #[serde(default)]
    pub gift_card_minor: i64,
    /// How the part that gift cards do not pay is paid.
    #[serde(with = "payment_method_text")]
    pub payment_method: PaymentMethod,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seller {
    pub name: String,
    /// Legal name and address, line by line.
    pub address: Vec<String>,
    pub vat_number: String,
    /// Contact for customers; empty for none.
    pub email: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InvoiceLine {
    pub kind: InvoiceLineKind,
    /// The name or number of what `kind` says.
    pub title: String,
    pub sku: String,
    /// `None` for a line without a quantity, such as shipping.
    pub quantity: Option<i64>,
    /// `None` for a line without a quantity, and on credit notes.
    pub unit_minor: Option<i64>,
    pub total_minor: i64,
}

/// The subject of a line of an invoice or a credit note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceLineKind {
    Product,
    /// The title is the name of the shipping method.
    Shipping,
    /// A refund that names no items; the title is the order's number.
    RefundedOrder,
    /// As [`InvoiceLineKind::RefundedOrder`], because the order was cancelled.
    CancelledOrder,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceTax {
    pub name: String,
    pub rate_ppm: i64,
    /// The reason stored with the order's tax, such as `standard` or `reverse_charge`.
    pub reason: String,
    /// The taxed amount without tax.
    pub net_minor: i64,
    pub tax_minor: i64,
}

impl Invoice {
    /// The number as people read it: `INV-0007`.
    pub fn label(&self) -> String {
        label(&self.series, self.number)
    }

    pub fn parse_snapshot(&self) -> Result<InvoiceSnapshot> {
        Ok(serde_json::from_str(&self.snapshot)?)
    }

    /// Draws the number and inserts the row, last in the transaction, so that the sequence is locked only briefly.
    pub(super) fn create(
        tx: &mut Tx<'_>,
        kind: InvoiceKind,
        order: OrderId,
        refund: Option<RefundId>,
        snapshot: &InvoiceSnapshot,
    ) -> Result<()> {
        let snapshot = serde_json::to_string(snapshot)?;
        let number: i64 = diesel::update(sequences::table.find(kind.as_str()))
            .set(sequences::value.eq(sequences::value + 1))
            .returning(sequences::value)
            .get_result(tx.conn())?;
        let row = NewInvoice {
            series: kind.series(),
            number,
            kind,
            order_id: order,
            refund_id: refund,
            snapshot,
            issued_at: tx.now(),
        };
        let invoice: InvoiceId =
            diesel::insert_into(invoices::table).values(row).returning(invoices::id).get_result(tx.conn())?;
        let number = label(kind.series(), number);
        let event = match kind {
            InvoiceKind::Invoice => Event::InvoiceIssued { order, invoice, number },
            InvoiceKind::CreditNote => Event::CreditNoteIssued { order, invoice, number },
        };
        event.record(tx, &Actor::System)
    }

    pub fn get(conn: &mut Conn, id: InvoiceId) -> Result<Invoice> {
        Ok(Invoice::query().find(id).first(conn)?)
    }

    pub fn find_for_order(conn: &mut Conn, order: OrderId) -> Result<Option<Invoice>> {
        let matches = invoices::order_id.eq(order).and(invoices::kind.eq(InvoiceKind::Invoice));
        Ok(Invoice::query().filter(matches).first(conn).optional()?)
    }

    pub fn list_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Invoice>> {
        Ok(Invoice::query().filter(invoices::order_id.eq(order)).order(invoices::id).load(conn)?)
    }

    /// A document of an order, with its PDF if rendered; `NotFound` if it belongs to another order.
    pub fn find_with_pdf(conn: &mut Conn, order: OrderId, id: InvoiceId) -> Result<(Invoice, Option<Vec<u8>>)> {
        let document = invoices::table.filter(invoices::id.eq(id).and(invoices::order_id.eq(order)));
        Ok(document.select((Invoice::as_select(), invoices::pdf)).first(conn)?)
    }

    /// Stores the rendered PDF with its hash; a PDF that is stored already stays unchanged.
    pub fn store_pdf(tx: &mut Tx<'_>, id: InvoiceId, pdf: &[u8]) -> Result<()> {
        let is_unrendered = invoices::id.eq(id).and(invoices::pdf.is_null());
        let stored = diesel::update(invoices::table.filter(is_unrendered))
            .set((invoices::pdf.eq(pdf), invoices::pdf_sha256.eq(token::sha256_hex(pdf))))
            .execute(tx.conn())?;
        let is_stored = stored == 1 || Invoice::get(tx.conn(), id)?.pdf_sha256.is_some();
        if is_stored { Ok(()) } else { Err(Error::Conflict) }
    }
}

mod payment_method_text {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::PaymentMethod;

    pub fn serialize<S: Serializer>(method: &PaymentMethod, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(method.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PaymentMethod, D::Error> {
        let text = String::deserialize(from)?;
        PaymentMethod::parse(&text).ok_or_else(|| D::Error::custom(format!("unknown payment method {text:?}")))
    }
}

fn label(series: &str, number: i64) -> String {
    format!("{series}-{number:04}")
}
