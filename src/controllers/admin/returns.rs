//! Returns: create, approve, refuse, receive, refund, cancel.

use actix_web::web::Path;

use super::orders::{OrderPageForms, conflict_redirect, render_order};
use super::refunds;
use crate::db::Conn;
use crate::error::{ALREADY_SUBMITTED, Error, Result};
use crate::forms::Fields;
use crate::forms::admin::orders::{ReceiveReturnForm, RefuseReturnForm, ReturnForm};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::people::account::roles::Permission;
use crate::models::sales::order::returns::{ItemCondition, Return, ReturnLine, ReturnState};
use crate::models::sales::order::{Order, OrderDetails, OrderLine};
use crate::paths;
use crate::views::admin::Pill;
use crate::views::admin::returns::{Item, NextStep, ReturnableLine, Returns, Row};

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
        Ok(respond(&wanted, "The customer gets an email with the return address."))
    });
    // Errors about the whole return go to the first line's field.
    let whole = format!("return_quantity_{first}");
    unless_refused(&staff, number, fields, done.await, &whole).await
}

pub async fn approve(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Return::approve(tx, &wanted, id, &actor)?;
        Ok(respond(&wanted, "The customer gets an email with the return address."))
    });
    unless_refused(&staff, number, Fields::default(), done.await, "").await
}

pub async fn refuse(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.token);
    fields.set("return", id.to_string());
    let Some(answer) = fields.check::<RefuseReturnForm>() else { return render_form(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::refuse(tx, &wanted, id, &answer, &actor)?;
        Ok(respond(&wanted, "The customer gets an email with your answer."))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

/// Records that the goods have arrived and in what condition.
pub async fn receive(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.token);
    let wanted = number.clone();
    let pieces = staff.read(move |conn| {
        let order = Order::find_by_number(conn, &wanted)?.id;
        Return::find_for_order(conn, order, id)?.lines(conn)
    });
    let ids: Vec<String> = pieces.await?.iter().map(|piece| piece.order_line_id.to_string()).collect();
    fields.set("return", id.to_string());
    fields.set("lines", ids.join(" "));
    let Some(seen) = fields.check::<ReceiveReturnForm>() else { return render_form(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::receive(tx, &wanted, id, &seen, &actor)?;
        Ok(respond(&wanted, "Return received. The next step is to refund it."))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

pub async fn refund(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), fields, once) = (path.into_inner(), form.fields, form.token);
    let shipping = format!("refund_shipping_{id}");
    let too = !fields.value(&shipping).is_empty();
    let known = number.clone();
    let order = staff.read(move |conn| Order::find_by_number(conn, &known)).await?;
    let (actor, wanted, words) = (staff.actor(), number.clone(), refunds::refund_notice(&order));
    let before = refunds::refunded_before(&order, &fields);
    let done = staff.write_once(&once, move |tx| {
        Order::check_refunded_unchanged(tx, &wanted, before)?;
        Return::refund(tx, &wanted, id, too, &actor)?;
        Ok(respond(&wanted, words))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

pub async fn cancel(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.token, move |tx| {
        Return::cancel(tx, &wanted, id, &actor)?;
        Ok(respond(&wanted, "The return is cancelled."))
    });
    unless_refused(&staff, number, Fields::default(), done.await, "").await
}

fn respond(number: &str, words: &'static str) -> Reply {
    Reply::redirect(paths::admin::order(number)).notice(words)
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
            fields.add_error("", ALREADY_SUBMITTED);
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

pub(super) fn build_returns(conn: &mut Conn, cx: &Context, dossier: &OrderDetails, form: Fields) -> Result<Returns> {
    let manages = cx.has_permission(Permission::ManageOrders);
    let order = &dossier.order;
    let row = |(back, pieces): (Return, Vec<ReturnLine>)| Row {
        next: if manages { next(dossier, &back, &pieces) } else { NextStep::Nothing },
        can_cancel: manages && back.state.is_open(),
        state: pill(back.state),
        items: pieces.iter().map(|piece| item(dossier, piece)).collect(),
        when: cx.date_time(back.created_at),
        id: back.id,
        who: back.created_by,
        reason: back.reason,
        answer: back.answer,
    };
    let rows = Return::list_for_order(conn, order.id)?.into_iter().map(row).collect();
    let startable = if manages { order.list_returnable_lines(conn)? } else { Vec::new() };
    Ok(Returns {
        rows,
        returnable_lines: startable
            .into_iter()
            .map(|(line, left)| ReturnableLine { id: line.id, title: line.name(), left })
            .collect(),
        can_refund_shipping: order.shipping_minor > 0 && order.refunded_shipping_minor == 0,
        form,
    })
}

fn item(dossier: &OrderDetails, piece: &ReturnLine) -> Item {
    let line = dossier.lines.iter().find(|line| line.id == piece.order_line_id);
    Item {
        line: piece.order_line_id,
        title: line.map_or_else(String::new, OrderLine::name),
        quantity: piece.quantity,
        condition: match piece.condition {
            ItemCondition::Unknown => "",
            ItemCondition::Sellable => "back in stock",
            ItemCondition::Damaged => "damaged",
        },
    }
}

fn pill(state: ReturnState) -> Pill {
    let (text, kind) = match state {
        ReturnState::Requested => ("Requested", "warn todo"),
        ReturnState::Approved => ("Approved", "warn"),
        ReturnState::Received => ("Received", "warn todo"),
        ReturnState::Refunded => ("Refunded", "good"),
        ReturnState::Refused => ("Declined", "bad"),
        ReturnState::Cancelled => ("Cancelled", ""),
    };
    Pill { text: text.to_owned(), kind }
}

fn next(dossier: &OrderDetails, back: &Return, pieces: &[ReturnLine]) -> NextStep {
    let order = &dossier.order;
    let is_paid_back = |piece: &ReturnLine| {
        let line = dossier.lines.iter().find(|line| line.id == piece.order_line_id);
        line.is_some_and(|line| line.quantity - line.refunded < piece.quantity)
    };
    match back.state {
        ReturnState::Requested => NextStep::Answer,
        ReturnState::Approved => NextStep::Receive,
        ReturnState::Received if pieces.iter().any(is_paid_back) => NextStep::Blocked("It has already been refunded."),
        ReturnState::Received if order.due_minor() > 0 => {
            NextStep::Blocked("The order is not paid: there is nothing to refund.")
        }
        ReturnState::Received if order.is_refundable() => NextStep::Refund,
        ReturnState::Received => NextStep::Blocked("The order has already been fully refunded."),
        ReturnState::Refunded | ReturnState::Refused | ReturnState::Cancelled => NextStep::Nothing,
    }
}
