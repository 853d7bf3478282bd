//! Invoices and credit notes as PDF.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{Reply, Staff};
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::InvoiceId;

/// The PDF, or a redirect with an alert while a job still creates it.
pub async fn show(staff: Staff<needs::Orders>, path: Path<(String, InvoiceId)>) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let wanted = number.clone();
    let found = staff.read(move |conn| {
        let order = Order::find_by_number(conn, &wanted)?;
        Invoice::find_with_pdf(conn, order.id, id)
    });
    match found.await? {
        (invoice, Some(pdf)) => Ok(Reply::pdf(pdf, &invoice.label())),
        _ => Ok(Reply::redirect(paths::admin::order(&number)).alert(Message::DocumentPending)),
    }
}
