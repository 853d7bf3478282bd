//! Staff's manual check of a VAT number that exempted an order from tax.

use super::orders::conflict_redirect;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::resource_path::OrderPath;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

/// Records the result: `result` is `valid` or `invalid`.
pub async fn update(staff: Staff<needs::ManageOrders>, path: OrderPath, form: Form) -> Result<Reply> {
    let is_valid = match form.fields.value("result") {
        "valid" => true,
        "invalid" => false,
        _ => return Err(Error::BadRequest(Message::VatResultMissing)),
    };
    let (actor, order_path) = (staff.actor(), path.clone());
    let recorded = staff.write_once(&form.token, move |tx| {
        let order = order_path.load(tx.conn())?.id;
        Order::record_vat_check(tx, order, is_valid, "", &actor)?;
        Ok(Reply::redirect(paths::admin::order(&order_path.number)).notice(Message::VatResultSaved))
    });
    match recorded.await {
        Err(Error::Conflict) => Ok(conflict_redirect(&path)),
        reply => reply,
    }
}
