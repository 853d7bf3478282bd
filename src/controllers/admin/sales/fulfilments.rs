//! Fulfilling orders.

use actix_web::web::Path;

use super::orders::{OrderPageForms, conflict_redirect, render_order};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::FulfilmentForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::paths;
use crate::support::i18n::Message;

/// Creates a fulfilment. `Invalid` becomes an error on the first line that still has something to ship.
pub async fn create(staff: Staff<needs::Fulfil>, number: Path<String>, form: Form) -> Result<Reply> {
    let (number, mut fields, once) = (number.into_inner(), form.fields, form.token);
    let wanted = number.clone();
    let lines = staff.read(move |conn| Order::find_by_number(conn, &wanted)?.lines(conn)).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    let Some(packing) = fields.check::<FulfilmentForm>() else { return render_form(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let sent = staff.write_once(&once, move |tx| {
        Order::ship(tx, &wanted, &packing, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&wanted)).notice(Message::OrderFulfilled))
    });
    match sent.await {
        Ok(reply) => Ok(reply),
        Err(Error::AlreadySubmitted) if lines.iter().any(|line| line.shippable_quantity() > 0) => {
            fields.add_error("", Message::AlreadySubmitted);
            render_form(&staff, number, fields).await
        }
        Err(Error::Conflict | Error::AlreadySubmitted) => Ok(conflict_redirect(&number)),
        Err(Error::Invalid { message, .. }) => {
            let open = lines.iter().find(|line| line.shippable_quantity() > 0);
            let Some(open) = open else { return Ok(conflict_redirect(&number)) };
            fields.add_error(&format!("quantity_{}", open.id), message);
            render_form(&staff, number, fields).await
        }
        Err(error) => Err(error),
    }
}

async fn render_form(staff: &Staff<needs::Fulfil>, number: String, parcel: Fields) -> Result<Reply> {
    Ok(render_order(staff, number, OrderPageForms { fulfilment: parcel, ..OrderPageForms::default() })
        .await?
        .unprocessable())
}
