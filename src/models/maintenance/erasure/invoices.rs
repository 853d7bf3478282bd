//! Removes the buyer from invoices and credit notes of erased customers once the law no longer asks for them. Number,
//! dates, lines, amounts and the hash of the PDF as it was issued stay; a new PDF without the buyer is rendered.

use diesel::prelude::*;

use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::models::platform::event::{Actor, Event};
use crate::models::sales::invoice::Invoice;
use crate::schema::{invoices, orders};
use crate::support::clock::Utc;

/// Invoices with the buyer of an erased order that were issued before the year of `before`, at most `limit`.
pub fn find_expired(conn: &mut Conn, before: Utc, limit: i64) -> Result<Vec<i64>> {
    let with_buyer = orders::erased_at.is_not_null().and(invoices::erased_at.is_null());
    let expired = with_buyer.and(invoices::issued_at.lt(before.start_of_year()));
    let rows = invoices::table.inner_join(orders::table).filter(expired).order(invoices::id).limit(limit);
    Ok(rows.select(invoices::id).load(conn)?)
}

pub fn erase_buyers(tx: &mut Tx<'_>, rows: &[i64]) -> Result<()> {
    let still = id_in(invoices::id, rows).and(invoices::erased_at.is_null());
    let all: Vec<Invoice> = invoices::table.filter(still).select(Invoice::as_select()).load(tx.conn())?;
    for invoice in all {
        erase_buyer(tx, &invoice)?;
    }
    Ok(())
}

fn erase_buyer(tx: &mut Tx<'_>, invoice: &Invoice) -> Result<()> {
    let mut snapshot = invoice.parse_snapshot()?;
    snapshot.buyer.clear();
    snapshot.buyer_vat_number.clear();
    snapshot.reason.clear();
    let now = tx.now();
    diesel::update(invoices::table.find(invoice.id))
        .set((
            invoices::snapshot.eq(serde_json::to_string(&snapshot)?),
            invoices::issued_pdf_sha256.eq(&invoice.pdf_sha256),
            invoices::pdf.eq(None::<Vec<u8>>),
            invoices::pdf_sha256.eq(None::<String>),
            invoices::erased_at.eq(now),
        ))
        .execute(tx.conn())?;
    let (order, number) = (invoice.order_id, invoice.label());
    Event::InvoiceBuyerErased { order, invoice: invoice.id, number }.record(tx, &Actor::System)
}
