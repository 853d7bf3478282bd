//! Refunds.

use actix_web::web::Path;

use super::orders::{OrderPageForms, conflict_redirect, render_order};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::RefundForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::models::sales::order::refund_transactions::RefundTransaction;
use crate::models::sales::payment_method::PaymentMethod;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::RefundTransactionId;
use crate::support::money::Money;

/// Bank transfers and cash cannot be refunded by the program, so the notice asks staff to do it.
pub(super) fn refund_notice(order: &Order) -> Message {
    match order.payment_method {
        PaymentMethod::BankTransfer | PaymentMethod::Cash => Message::RefundRecorded,
        PaymentMethod::Card | PaymentMethod::TestCard | PaymentMethod::None => Message::RefundStarted,
    }
}

/// The refunded total when the form was opened, in minor units, to detect concurrent refunds; none if the form does not
/// say.
pub(super) fn refunded_before(order: &Order, fields: &Fields) -> Option<i64> {
    Money::from_decimal(fields.value("refunded_before"), order.currency).map(|money| money.minor)
}

/// Refunds lines and shipping.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (number, mut fields, once) = (number.into_inner(), form.fields, form.token);
    let wanted = number.clone();
    let read = move |conn: &mut Conn| {
        let order = Order::find_by_number(conn, &wanted)?;
        let lines = order.lines(conn)?;
        Ok((order, lines))
    };
    let (order, lines) = staff.read(read).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    if let Some(wish) = fields.check::<RefundForm>() {
        let (actor, wanted) = (staff.actor(), number.clone());
        let done = refund_notice(&order);
        let before = refunded_before(&order, &fields);
        let refunded = staff.write_once(&once, move |tx| {
            Order::check_refunded_unchanged(tx, &wanted, before)?;
            Order::refund(tx, &wanted, &wish, &actor)?;
            Ok(Reply::redirect(paths::admin::order(&wanted)).notice(done.clone()))
        });
        match refunded.await {
            Ok(reply) => return Ok(reply),
            Err(Error::AlreadySubmitted) if order.is_refundable() => fields.add_error("", Message::AlreadySubmitted),
            Err(Error::Conflict | Error::AlreadySubmitted) => return Ok(conflict_redirect(&number)),
            Err(Error::Invalid { field, message }) => {
                // Errors about the whole refund go to the first line's field.
                let first = ids.first().map_or_else(String::new, |id| format!("refund_quantity_{id}"));
                fields.add_error(if field == "refund" { &first } else { &field }, message);
            }
            Err(error) => return Err(error),
        }
    }
    // Fully refunded lines have no field on the page, so their errors move to the form.
    let gone: Vec<String> = lines
        .iter()
        .filter(|line| line.refunded >= line.quantity)
        .map(|line| format!("refund_quantity_{}", line.id))
        .collect();
    fields.detach_hidden_errors(|name| order.is_refundable() && !gone.iter().any(|field| field == name));
    Ok(render_order(&staff, number, OrderPageForms { refund: fields, ..OrderPageForms::default() })
        .await?
        .unprocessable())
}

/// Retries a refund transaction that the provider declined.
pub async fn retry(
    staff: Staff<needs::ManageOrders>,
    path: Path<(String, RefundTransactionId)>,
    form: Form,
) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, order) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        RefundTransaction::retry(tx, id, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&order)).notice(Message::RefundRetried))
    });
    match done.await {
        Err(Error::Conflict) => Ok(conflict_redirect(&number)),
        answered => answered,
    }
}
