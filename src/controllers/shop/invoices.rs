//! Invoices and credit notes as PDF.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::{Reply, Visitor};
use crate::models::invoice::Invoice;
use crate::models::order::Order;
use crate::paths;

/// The PDF of a paper of the order that the token opens.
///
/// # Errors
/// `NotFound`.
pub async fn show(visitor: Visitor, path: Path<(String, i64)>) -> Result<Reply> {
    let (token, id) = path.into_inner();
    let wanted = token.clone();
    let found = visitor.read(move |conn| {
        let order = Order::by_token(conn, &wanted)?;
        Invoice::download(conn, order.id, id)
    });
    match found.await.map_err(|error| visitor.wrong_link(error))? {
        (invoice, Some(pdf)) => Ok(Reply::pdf(pdf, &invoice.label())),
        _ => Ok(Reply::see(paths::order(&token)).alert("The paper is being made. Please try again in a minute.")),
    }
}
