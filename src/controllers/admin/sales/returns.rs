//! Returns: create, approve, refuse, receive, refund, cancel.

use actix_web::web::Path;

use super::orders::{OrderPageForms, conflict_redirect, render_order};
use super::refunds;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::{ReceiveReturnForm, RefuseReturnForm, ReturnForm};
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::models::sales::order::returns::{Return, ReturnState};
use crate::paths;
use crate::support::i18n::Message;
use crate::support::ids::ReturnId;

/// Creates a return that is already approved.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (number, mut fields, once) = (number.into_inner(), form.fields, form.token);
    let wanted = number.clone();
    let lines = staff.read(move |conn| Order::find_by_number(conn, &wanted)?.list_returnable_lines(conn)).await?;
    let ids: Vec<String> = lines.iter().map(|(line, _)| line.id.to_string()).collect();
    let Some(first) = ids.first() else { return Ok(conflict_redirect(&number)) };
    fields.set("lines", ids.join(" "));
    let Some(wish) = fields.check::<ReturnForm>() else { return render_form(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::create_approved(tx, &wanted, &wish, &actor)?;
        Ok(respond(&wanted, Message::ReturnApproved))
    });
    // Errors about the whole return go to the first line's field.
    let whole = format!("return_quantity_{first}");
    unless_refused(&staff, number, fields, done.await, &whole).await
}

pub async fn approve(staff: Staff<needs::ManageOrders>, path: Path<(String, ReturnId)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Return::approve(tx, &wanted, id, &actor)?;
        Ok(respond(&wanted, Message::ReturnApproved))
    });
    unless_refused(&staff, number, Fields::default(), done.await, "").await
}

pub async fn refuse(staff: Staff<needs::ManageOrders>, path: Path<(String, ReturnId)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.token);
    fields.set("return", id.to_string());
    let Some(answer) = fields.check::<RefuseReturnForm>() else {
        return render_form_in(&staff, number, fields, id, ReturnState::Requested).await;
    };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::refuse(tx, &wanted, id, &answer, &actor)?;
        Ok(respond(&wanted, Message::ReturnDeclined))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

/// Records that the goods have arrived and in what condition.
pub async fn receive(staff: Staff<needs::ManageOrders>, path: Path<(String, ReturnId)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.token);
    let wanted = number.clone();
    let pieces = staff.read(move |conn| {
        let order = Order::find_by_number(conn, &wanted)?.id;
        Return::find_for_order(conn, order, id)?.lines(conn)
    });
    let ids: Vec<String> = pieces.await?.iter().map(|piece| piece.order_line_id.to_string()).collect();
    fields.set("return", id.to_string());
    fields.set("lines", ids.join(" "));
    let Some(seen) = fields.check::<ReceiveReturnForm>() else {
        return render_form_in(&staff, number, fields, id, ReturnState::Approved).await;
    };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::receive(tx, &wanted, id, &seen, &actor)?;
        Ok(respond(&wanted, Message::ReturnReceived))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

pub async fn refund(staff: Staff<needs::ManageOrders>, path: Path<(String, ReturnId)>, form: Form) -> Result<Reply> {
    let ((number, id), fields, once) = (path.into_inner(), form.fields, form.token);
    let shipping = format!("refund_shipping_{id}");
    let too = !fields.value(&shipping).is_empty();
    let known = number.clone();
    let order = staff.read(move |conn| Order::find_by_number(conn, &known)).await?;
    let (actor, wanted, notice) = (staff.actor(), number.clone(), refunds::refund_notice(&order));
    let before = refunds::refunded_before(&order, &fields);
    let done = staff.write_once(&once, move |tx| {
        Order::check_refunded_unchanged(tx, &wanted, before)?;
        Return::refund(tx, &wanted, id, too, &actor)?;
        Ok(respond(&wanted, notice.clone()))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

pub async fn cancel(staff: Staff<needs::ManageOrders>, path: Path<(String, ReturnId)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Return::cancel(tx, &wanted, id, &actor)?;
        Ok(respond(&wanted, Message::ReturnCancelled))
    });
    unless_refused(&staff, number, Fields::default(), done.await, "").await
}

/// Renders a form that the order page shows for returns in one state; for others it has no fields to show errors at.
async fn render_form_in(
    staff: &Staff<needs::ManageOrders>,
    number: String,
    fields: Fields,
    id: ReturnId,
    state: ReturnState,
) -> Result<Reply> {
    let known = number.clone();
    let found = staff.read(move |conn| {
        let order = Order::find_by_number(conn, &known)?.id;
        Return::find_for_order(conn, order, id)
    });
    if found.await?.state == state { render_form(staff, number, fields).await } else { Ok(conflict_redirect(&number)) }
}

fn respond(number: &str, notice: Message) -> Reply {
    Reply::redirect(paths::admin::order(number)).notice(notice)
}

/// Turns model errors into form errors; `whole` is the field for errors about the return as a whole.
async fn unless_refused(
    staff: &Staff<needs::ManageOrders>,
    number: String,
    mut fields: Fields,
    done: Result<Reply>,
    whole: &str,
) -> Result<Reply> {
    match done {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict) => Ok(conflict_redirect(&number)),
        Err(Error::AlreadySubmitted) => {
            fields.add_error("", Message::AlreadySubmitted);
            render_form(staff, number, fields).await
        }
        Err(Error::Invalid { field, message }) => {
            let known = ["return_quantity_", "condition_"].iter().any(|start| field.starts_with(start));
            fields.add_error(if known { &field } else { whole }, message);
            render_form(staff, number, fields).await
        }
        Err(error) => Err(error),
    }
}

async fn render_form(staff: &Staff<needs::ManageOrders>, number: String, returns: Fields) -> Result<Reply> {
    Ok(render_order(staff, number, OrderPageForms { returns, ..OrderPageForms::default() }).await?.unprocessable())
}
