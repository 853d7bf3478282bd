//! Invoices and credit notes as PDF, for buyers.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::{Reply, Visitor};
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::InvoiceId;

/// The PDF, for holders of the order's access token.
pub async fn show(visitor: Visitor, path: Path<(String, InvoiceId)>) -> Result<Reply> {
    let (token, id) = path.into_inner();
    let wanted = token.clone();
    let found = visitor.read(move |conn| {
        let order = Order::find_by_token(conn, &wanted)?;
        Invoice::find_with_pdf(conn, order.id, id)
    });
    match found.await.map_err(|error| visitor.limit_link_attempts(error))? {
        (invoice, Some(pdf)) => Ok(Reply::pdf(pdf, &invoice.label())),
        _ => Ok(Reply::redirect(paths::order(&token)).alert(Message::DocumentPending)),
    }
}
