//! Invoices and credit notes as PDF.

use actix_web::web::Path;

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{Reply, Staff};
use crate::models::invoice::Invoice;
use crate::models::order::Order;
use crate::paths;

/// The PDF of a paper of an order.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Staff<needs::Orders>, path: Path<(String, i64)>) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let wanted = number.clone();
    let found = staff.read(move |conn| {
        let order = Order::by_number(conn, &wanted)?;
        Invoice::download(conn, order.id, id)
    });
    match found.await? {
        (invoice, Some(pdf)) => Ok(Reply::pdf(pdf, &invoice.label())),
        _ => {
            Ok(Reply::see(paths::admin::order(&number)).alert("The paper is being made. Please try again in a minute."))
        }
    }
}
