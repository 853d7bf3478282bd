//! Fulfilling orders.

use super::orders::{OrderPageForms, conflict_redirect, render_order_form};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::FulfilmentForm;
use crate::http::guards::needs;
use crate::http::resource_path::OrderPath;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

/// Creates a fulfilment. `Invalid` becomes an error on the first line that still has something to ship.
pub async fn create(staff: Staff<needs::Fulfil>, path: OrderPath, form: Form) -> Result<Reply> {
    let (mut fields, order_path) = (form.fields, path.clone());
    let lines = staff.read(move |conn| order_path.load(conn)?.lines(conn)).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    let Some(request) = fields.check::<FulfilmentForm>() else { return render_form(&staff, path, fields).await };
    let (actor, number) = (staff.actor(), path.number.clone());
    let shipped = staff.write_once(&form.token, move |tx| {
        Order::ship(tx, &number, &request, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&number)).notice(Message::OrderFulfilled))
    });
    let shippable_line = lines.iter().find(|line| line.shippable_quantity() > 0);
    match (shipped.await, shippable_line) {
        (Err(Error::AlreadySubmitted), Some(_)) => {
            fields.add_error("", Message::AlreadySubmitted);
            render_form(&staff, path, fields).await
        }
        (Err(Error::Invalid { message, .. }), Some(line)) => {
            fields.add_error(&format!("quantity_{}", line.id), message);
            render_form(&staff, path, fields).await
        }
        (Err(Error::Conflict | Error::AlreadySubmitted | Error::Invalid { .. }), _) => Ok(conflict_redirect(&path)),
        (reply, _) => reply,
    }
}

async fn render_form(staff: &Staff<needs::Fulfil>, path: OrderPath, fulfilment: Fields) -> Result<Reply> {
    render_order_form(staff, path, OrderPageForms { fulfilment, ..OrderPageForms::default() }).await
}
