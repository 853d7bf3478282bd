//! Invoices and credit notes: issued once, numbered without gaps, and never changed afterwards. What stands on one is a
//! snapshot; its PDF is made later by a job and sealed with its hash.

pub mod issuing;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::{Conn, Db, Tx};
use crate::error::{Error, Result};
use crate::schema::invoices;
use crate::support::clock::Utc;
use crate::support::token;
use crate::text_enum;

text_enum! {
    /// What a paper is.
    Kind {
        /// Asks for money, or says that it came.
        Invoice = "invoice",
        /// Takes back what an invoice asked for.
        CreditNote = "credit_note",
    }
}

impl Kind {
    /// Its series: numbers run without gaps within one.
    pub fn series(self) -> &'static str {
        match self {
            Kind::Invoice => "INV",
            Kind::CreditNote => "CN",
        }
    }

    /// As people call it.
    pub fn label(self) -> &'static str {
        match self {
            Kind::Invoice => "Invoice",
            Kind::CreditNote => "Credit note",
        }
    }
}

/// A paper, without its bytes.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = invoices, check_for_backend(Db))]
pub struct Invoice {
    /// The row.
    pub id: i64,
    /// Its series.
    pub series: String,
    /// Its number within the series.
    pub number: i64,
    /// What it is.
    pub kind: Kind,
    /// The order's row.
    pub order_id: i64,
    /// What stands on it, as JSON.
    pub snapshot: String,
    /// SHA-256 of the PDF in hex; none before it is made.
    pub pdf_sha256: Option<String>,
    /// When it was issued.
    pub issued_at: Utc,
}

/// Everything that stands on a paper. Amounts in minor units of its currency; on a credit note they say what is taken
/// back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who sells.
    pub seller: Seller,
    /// Who buys, line by line.
    pub buyer: Vec<String>,
    /// The buyer's VAT number; empty for none.
    pub buyer_vat_number: String,
    /// The order's number.
    pub order_number: String,
    /// When it was placed, in microseconds.
    pub ordered_at: i64,
    /// The invoice that a credit note takes back; empty on an invoice.
    pub corrects: String,
    /// Why money goes back; empty on an invoice.
    pub reason: String,
    /// ISO 4217.
    pub currency: String,
    /// How amounts are written: BCP 47.
    pub locale: String,
    /// IANA time zone of its dates.
    pub time_zone: String,
    /// Whether the amounts of the lines include tax.
    pub prices_include_tax: bool,
    /// What was bought, or is taken back.
    pub lines: Vec<Line>,
    /// Discounts, above zero.
    pub discount_minor: i64,
    /// Shipping.
    pub shipping_minor: i64,
    /// The way of sending.
    pub shipping_name: String,
    /// Tax by rate.
    pub taxes: Vec<Tax>,
    /// Everything.
    pub total_minor: i64,
    /// The part that gift cards paid; papers of before they were sold do not say.
    #[serde(default)]
    pub gift_card_minor: i64,
    /// How the buyer paid.
    pub payment: String,
}

/// Who sells.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seller {
    /// The site's name.
    pub name: String,
    /// Legal name and address, line by line.
    pub address: Vec<String>,
    /// VAT number; empty for none.
    pub vat_number: String,
    /// Where customers write to; empty for none.
    pub email: String,
}

/// A line of a paper.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub title: String,
    /// Its SKU; may be empty.
    pub sku: String,
    /// Pieces; none for what is not counted.
    pub quantity: Option<i64>,
    /// Price of one; none for what is not counted.
    pub unit_minor: Option<i64>,
    /// Price of all.
    pub total_minor: i64,
}

/// Tax at one rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Its name.
    pub name: String,
    /// Parts per million.
    pub rate_ppm: i64,
    /// Why it is what it is, when the law wants that said; may be empty.
    pub reason: String,
    /// What it is taken of, without tax.
    pub net_minor: i64,
    /// How much.
    pub tax_minor: i64,
}

impl Invoice {
    /// Its number as people read it: `INV-0007`.
    pub fn label(&self) -> String {
        label(&self.series, self.number)
    }

    /// What stands on it.
    ///
    /// # Errors
    /// When it is not what this program writes.
    pub fn contents(&self) -> Result<Snapshot> {
        Ok(serde_json::from_str(&self.snapshot)?)
    }

    /// A paper by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<Invoice> {
        Ok(invoices::table.find(id).select(Invoice::as_select()).first(conn)?)
    }

    /// The papers of an order, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_order(conn: &mut Conn, order: i64) -> Result<Vec<Invoice>> {
        let mine = invoices::table.filter(invoices::order_id.eq(order));
        Ok(mine.order(invoices::id).select(Invoice::as_select()).load(conn)?)
    }

    /// A paper of an order, and its PDF if it has been made.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn download(conn: &mut Conn, order: i64, id: i64) -> Result<(Invoice, Option<Vec<u8>>)> {
        let mine = invoices::table.filter(invoices::id.eq(id).and(invoices::order_id.eq(order)));
        Ok(mine.select((Invoice::as_select(), invoices::pdf)).first(conn)?)
    }

    /// Keeps its PDF for good; what is sealed already stays as it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn seal(tx: &mut Tx<'_>, id: i64, pdf: &[u8]) -> Result<()> {
        let open = invoices::id.eq(id).and(invoices::pdf.is_null());
        let sealed = diesel::update(invoices::table.filter(open))
            .set((invoices::pdf.eq(pdf), invoices::pdf_sha256.eq(token::hash(pdf))))
            .execute(tx.conn())?;
        let exists = sealed == 1 || Invoice::get(tx.conn(), id)?.pdf_sha256.is_some();
        if exists { Ok(()) } else { Err(Error::Conflict) }
    }
}

fn label(series: &str, number: i64) -> String {
    format!("{series}-{number:04}")
}
