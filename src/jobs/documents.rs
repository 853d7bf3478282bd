//! Renders invoices and credit notes as PDF.

use crate::app::App;
use crate::error::{Error, Result};
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::Order;
use crate::presenters::sales::invoice_document::invoice_document;
use crate::support::ids::{InvoiceId, OrderId};

pub async fn issue_invoice(app: &App, order: OrderId) -> Result<()> {
    app.db.write(move |tx| Order::issue_invoice_if_nothing_is_due(tx, order)).await
}

/// Renders the PDF of an invoice once, and stores it with its hash.
pub async fn render_pdf(app: &App, id: InvoiceId) -> Result<()> {
    let invoice = app.db.read(move |conn| Invoice::get(conn, id)).await?;
    if invoice.pdf_sha256.is_some() {
        return Ok(());
    }
    let document = invoice_document(&invoice, &invoice.parse_snapshot()?);
    let pdf = tokio::task::spawn_blocking(move || document.to_pdf()).await?;
    let pdf = pdf.map_err(|error| Error::internal(anyhow::anyhow!(error)))?;
    app.db.write(move |tx| Invoice::store_pdf(tx, id, &pdf)).await
}
