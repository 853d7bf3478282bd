//! Refunds.

use super::orders::{OrderPageForms, conflict_redirect, render_order_form};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::RefundForm;
use crate::http::guards::needs;
use crate::http::resource_path::{OrderPath, RefundTransactionPath};
use crate::http::{Form, FormToken, Reply, Staff};
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::models::sales::order::refund_transactions::RefundTransaction;
use crate::models::sales::payment_method::PaymentMethod;
use crate::paths;
use crate::support::i18n::Message;
use crate::support::money::Money;

/// Bank transfers and cash cannot be refunded by the program, so the notice asks staff to do it.
pub(super) fn refund_notice(order: &Order) -> Message {
    match order.payment_method {
        PaymentMethod::BankTransfer | PaymentMethod::Cash => Message::RefundRecorded,
        PaymentMethod::Card | PaymentMethod::TestCard | PaymentMethod::None => Message::RefundStarted,
    }
}

/// The refunded total when the form was opened, in minor units, to detect concurrent refunds; `None` if not given.
pub(super) fn refunded_before(order: &Order, fields: &Fields) -> Option<i64> {
    Money::from_decimal(fields.value("refunded_before"), order.currency).map(|money| money.minor)
}

/// The page that asks for the password before a large refund; `None` if the form may be processed. `amount` calculates
/// the minor units; what it refuses is left to the model.
pub(super) async fn confirm_large_refund(
    staff: &Staff<needs::ManageOrders>,
    path: OrderPath,
    fields: &Fields,
    token: &FormToken,
    amount: impl FnOnce(&mut Conn, &Order) -> Result<i64> + Send + 'static,
) -> Result<Option<Reply>> {
    let read = staff.read(move |conn| {
        let order = path.load(conn)?;
        match amount(conn, &order) {
            Ok(minor) => Ok(order.exceeds_refund_limit(&Settings::load(conn)?, minor)),
            Err(Error::Invalid { .. } | Error::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    });
    if read.await? { staff.confirm_identity(fields, token).await } else { Ok(None) }
}

pub async fn create(staff: Staff<needs::ManageOrders>, path: OrderPath, form: Form) -> Result<Reply> {
    let (mut fields, order_path) = (form.fields, path.clone());
    let read = staff.read(move |conn| {
        let order = order_path.load(conn)?;
        let lines = order.lines(conn)?;
        Ok((order, lines))
    });
    let (order, lines) = read.await?;
    let ids: Vec<String> = lines.iter().map(|line| line.id.to_string()).collect();
    fields.set("lines", ids.join(" "));
    if let Some(request) = fields.check::<RefundForm>() {
        let requested = request.clone();
        let amount = move |conn: &mut Conn, order: &Order| order.calculate_refund_amount(conn, &requested);
        if let Some(question) = confirm_large_refund(&staff, path.clone(), &fields, &form.token, amount).await? {
            return Ok(question);
        }
        let (actor, number) = (staff.actor(), path.number.clone());
        let (before, notice) = (refunded_before(&order, &fields), refund_notice(&order));
        let refunded = staff.write_once(&form.token, move |tx| {
            Order::check_refunded_unchanged(tx, &number, before)?;
            Order::refund(tx, &number, &request, &actor)?;
            Ok(Reply::redirect(paths::admin::order(&number)).notice(notice.clone()))
        });
        match refunded.await {
            Ok(reply) => return Ok(reply),
            Err(Error::AlreadySubmitted) if order.is_refundable() => fields.add_error("", Message::AlreadySubmitted),
            Err(Error::Conflict | Error::AlreadySubmitted) => return Ok(conflict_redirect(&path)),
            Err(Error::Invalid { field, message }) => {
                // Errors about the whole refund go to the first line's field.
                let first = ids.first().map_or_else(String::new, |id| format!("refund_quantity_{id}"));
                fields.add_error(if field == "refund" { &first } else { &field }, message);
            }
            Err(error) => return Err(error),
        }
    }
    // Fully refunded lines have no field on the page, so their errors move to the form.
    let hidden: Vec<String> = lines
        .iter()
        .filter(|line| line.refunded >= line.quantity)
        .map(|line| format!("refund_quantity_{}", line.id))
        .collect();
    fields.detach_hidden_errors(|name| order.is_refundable() && !hidden.iter().any(|field| field == name));
    render_order_form(&staff, path, OrderPageForms { refund: fields, ..OrderPageForms::default() }).await
}

pub async fn retry(staff: Staff<needs::ManageOrders>, path: RefundTransactionPath, form: Form) -> Result<Reply> {
    let (actor, RefundTransactionPath { number, id }) = (staff.actor(), path.clone());
    let retried = staff.write_once(&form.token, move |tx| {
        RefundTransaction::retry(tx, id, &actor)?;
        Ok(Reply::redirect(paths::admin::order(&number)).notice(Message::RefundRetried))
    });
    match retried.await {
        Err(Error::Conflict) => Ok(conflict_redirect(&OrderPath { number: path.number })),
        reply => reply,
    }
}
