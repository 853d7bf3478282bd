//! Invoices and credit notes as PDF.

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::resource_path::InvoicePath;
use crate::http::{AdminRequest, Reply};
use crate::paths;
use crate::support::i18n::Message;

/// The PDF, or a redirect with an alert while a job still creates it.
pub async fn show(admin: AdminRequest<needs::Orders>, path: InvoicePath) -> Result<Reply> {
    let order = paths::admin::order(&path.number);
    match admin.read(move |conn, _| path.load(conn)).await? {
        (invoice, Some(pdf)) => Ok(Reply::pdf(pdf, &invoice.label())),
        (_, None) => Ok(Reply::redirect(order).alert(Message::DocumentPending)),
    }
}
