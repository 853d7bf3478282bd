//! Invoices and credit notes as PDF, for buyers.

use crate::error::Result;
use crate::http::resource_path::BuyerInvoicePath;
use crate::http::{Reply, Visitor};
use crate::paths;
use crate::support::i18n::Message;

pub async fn show(visitor: Visitor, path: BuyerInvoicePath) -> Result<Reply> {
    let order = paths::order(&path.token);
    let invoice = visitor.read(move |conn| path.load(conn)).await;
    match invoice.map_err(|error| visitor.limit_link_attempts(error))? {
        (invoice, Some(pdf)) => Ok(Reply::pdf(pdf, &invoice.label())),
        (_, None) => Ok(Reply::redirect(order).alert(Message::DocumentPending)),
    }
}
