//! What buyers send back.

use actix_web::web::Path;

use super::orders::{Typed, shown, too_late};
use super::refunds;
use crate::db::Conn;
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
use crate::forms::admin::orders::{ArrivalForm, RefusalForm, ReturnForm};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::account::roles::Permission;
use crate::models::order::returning::{Condition, Return, ReturnLine, ReturnState};
use crate::models::order::{Dossier, Order, OrderLine};
use crate::paths;
use crate::views::admin::Pill;
use crate::views::admin::returns::{Item, Next, Returns, Row, Startable};

/// Lets a buyer send something back.
///
/// # Errors
/// `NotFound`.
pub async fn create(staff: Staff<needs::ManageOrders>, number: Path<String>, form: Form) -> Result<Reply> {
    let (number, mut fields, once) = (number.into_inner(), form.fields, form.once);
    let wanted = number.clone();
    let lines = staff.read(move |conn| Order::by_number(conn, &wanted)?.returnable(conn)).await?;
    let ids: Vec<String> = lines.iter().map(|(line, _)| line.id.to_string()).collect();
    let Some(first) = ids.first() else { return Ok(too_late(&number)) };
    fields.set("lines", ids.join(" "));
    let Some(wish) = fields.check::<ReturnForm>() else { return again(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::start(tx, &wanted, &wish, &actor)?;
        Ok(told(&wanted, "The customer gets a mail with the address."))
    });
    // What is wrong with the whole stands beside the first line.
    let whole = format!("return_quantity_{first}");
    unless_refused(&staff, number, fields, done.await, &whole).await
}

/// Says yes.
///
/// # Errors
/// `NotFound`.
pub async fn approve(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Return::approve(tx, &wanted, id, &actor)?;
        Ok(told(&wanted, "The customer gets a mail with the address."))
    });
    unless_refused(&staff, number, Fields::default(), done.await, "").await
}

/// Says no.
///
/// # Errors
/// `NotFound`.
pub async fn refuse(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.once);
    fields.set("return", id.to_string());
    let Some(answer) = fields.check::<RefusalForm>() else { return again(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::refuse(tx, &wanted, id, &answer, &actor)?;
        Ok(told(&wanted, "The customer gets a mail with your words."))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

/// The goods have arrived.
///
/// # Errors
/// `NotFound`.
pub async fn receive(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), mut fields, once) = (path.into_inner(), form.fields, form.once);
    let wanted = number.clone();
    let pieces = staff.read(move |conn| {
        let order = Order::by_number(conn, &wanted)?.id;
        Return::of(conn, order, id)?.lines(conn)
    });
    let ids: Vec<String> = pieces.await?.iter().map(|piece| piece.order_line_id.to_string()).collect();
    fields.set("return", id.to_string());
    fields.set("lines", ids.join(" "));
    let Some(seen) = fields.check::<ArrivalForm>() else { return again(&staff, number, fields).await };
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&once, move |tx| {
        Return::receive(tx, &wanted, id, &seen, &actor)?;
        Ok(told(&wanted, "Noted. The next step is to pay it back."))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

/// Pays back what has arrived.
///
/// # Errors
/// `NotFound`.
pub async fn pay_back(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let ((number, id), fields, once) = (path.into_inner(), form.fields, form.once);
    let shipping = format!("refund_shipping_{id}");
    let too = !fields.value(&shipping).is_empty();
    let known = number.clone();
    let order = staff.read(move |conn| Order::by_number(conn, &known)).await?;
    let (actor, wanted, words) = (staff.actor(), number.clone(), refunds::words(&order));
    let before = refunds::before(&order, &fields);
    let done = staff.write_once(&once, move |tx| {
        Order::expect_refunded(tx, &wanted, before)?;
        Return::pay_back(tx, &wanted, id, too, &actor)?;
        Ok(told(&wanted, words))
    });
    unless_refused(&staff, number, fields, done.await, "").await
}

/// Calls a return off.
///
/// # Errors
/// `NotFound`.
pub async fn cancel(staff: Staff<needs::ManageOrders>, path: Path<(String, i64)>, form: Form) -> Result<Reply> {
    let (number, id) = path.into_inner();
    let (actor, wanted) = (staff.actor(), number.clone());
    let done = staff.write_once(&form.once, move |tx| {
        Return::cancel(tx, &wanted, id, &actor)?;
        Ok(told(&wanted, "The return is cancelled."))
    });
    unless_refused(&staff, number, Fields::default(), done.await, "").await
}

fn told(number: &str, words: &'static str) -> Reply {
    Reply::see(paths::admin::order(number)).notice(words)
}

/// How it went; what is wrong with a whole return stands beside the field `whole`.
async fn unless_refused(
    staff: &Staff<needs::ManageOrders>,
    number: String,
    mut fields: Fields,
    done: Result<Reply>,
    whole: &str,
) -> Result<Reply> {
    match done {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict) => Ok(too_late(&number)),
        Err(Error::SentBefore) => {
            fields.refuse("", SENT_BEFORE);
            again(staff, number, fields).await
        }
        Err(Error::Invalid { field, message }) => {
            let known = ["return_quantity_", "condition_"].iter().any(|start| field.starts_with(start));
            fields.refuse(if known { &field } else { whole }, message);
            again(staff, number, fields).await
        }
        Err(error) => Err(error),
    }
}

async fn again(staff: &Staff<needs::ManageOrders>, number: String, returns: Fields) -> Result<Reply> {
    Ok(shown(staff, number, Typed { returns, ..Typed::default() }).await?.retry())
}

/// The returns of an order for its page, with their forms as they were typed.
pub(super) fn section(conn: &mut Conn, cx: &Context, dossier: &Dossier, form: Fields) -> Result<Returns> {
    let manages = cx.may(Permission::ManageOrders);
    let order = &dossier.order;
    let row = |(back, pieces): (Return, Vec<ReturnLine>)| Row {
        next: if manages { next(dossier, &back, &pieces) } else { Next::Nothing },
        can_cancel: manages && back.state.is_open(),
        state: pill(back.state),
        items: pieces.iter().map(|piece| item(dossier, piece)).collect(),
        when: cx.moment(back.created_at),
        id: back.id,
        who: back.created_by,
        reason: back.reason,
        answer: back.answer,
    };
    let rows = Return::of_order(conn, order.id)?.into_iter().map(row).collect();
    let startable = if manages { order.returnable(conn)? } else { Vec::new() };
    Ok(Returns {
        rows,
        startable: startable
            .into_iter()
            .map(|(line, left)| Startable { id: line.id, title: line.name(), left })
            .collect(),
        can_refund_shipping: order.shipping_minor > 0 && order.refunded_shipping_minor == 0,
        form,
    })
}

fn item(dossier: &Dossier, piece: &ReturnLine) -> Item {
    let line = dossier.lines.iter().find(|line| line.id == piece.order_line_id);
    Item {
        line: piece.order_line_id,
        title: line.map_or_else(String::new, OrderLine::name),
        quantity: piece.quantity,
        condition: match piece.condition {
            Condition::Unknown => "",
            Condition::Sellable => "back in stock",
            Condition::Damaged => "damaged",
        },
    }
}

fn pill(state: ReturnState) -> Pill {
    let (text, kind) = match state {
        ReturnState::Requested => ("Asked for", "warn todo"),
        ReturnState::Approved => ("Approved", "warn"),
        ReturnState::Received => ("Arrived", "warn todo"),
        ReturnState::Refunded => ("Paid back", "good"),
        ReturnState::Refused => ("Refused", "bad"),
        ReturnState::Cancelled => ("Cancelled", ""),
    };
    Pill { text: text.to_owned(), kind }
}

fn next(dossier: &Dossier, back: &Return, pieces: &[ReturnLine]) -> Next {
    let order = &dossier.order;
    let is_paid_back = |piece: &ReturnLine| {
        let line = dossier.lines.iter().find(|line| line.id == piece.order_line_id);
        line.is_some_and(|line| line.quantity - line.refunded < piece.quantity)
    };
    match back.state {
        ReturnState::Requested => Next::Answer,
        ReturnState::Approved => Next::Arrive,
        ReturnState::Received if pieces.iter().any(is_paid_back) => Next::Because("It has been paid back already."),
        ReturnState::Received if order.due_minor() > 0 => {
            Next::Because("The order is not paid: there is nothing to pay back.")
        }
        ReturnState::Received if order.can_be_paid_back() => Next::PayBack,
        ReturnState::Received => Next::Because("All of the money has gone back already."),
        ReturnState::Refunded | ReturnState::Refused | ReturnState::Cancelled => Next::Nothing,
    }
}
