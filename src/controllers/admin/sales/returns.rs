//! Returns: create, approve, refuse, receive, refund, cancel.

use super::orders::{OrderPageForms, build_order_page, conflict_redirect, render_order_form};
use super::refunds;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::sales::orders::{ReceiveReturnForm, RefuseReturnForm, ReturnForm};
use crate::http::guards::needs;
use crate::http::resource_path::{OrderPath, ReturnPath};
use crate::http::{Form, Reply, Staff};
use crate::models::sales::order::Order;
use crate::models::sales::order::returns::{Return, ReturnState};
use crate::paths;
use crate::support::i18n::Message;

type OrderManager = Staff<needs::ManageOrders>;

/// Creates a return that is already approved.
pub async fn create(staff: OrderManager, path: OrderPath, form: Form) -> Result<Reply> {
    let (mut fields, order_path) = (form.fields, path.clone());
    let lines = staff.read(move |conn| order_path.load(conn)?.list_returnable_lines(conn)).await?;
    let ids: Vec<String> = lines.iter().map(|(line, _)| line.id.to_string()).collect();
    let Some(first) = ids.first() else { return Ok(conflict_redirect(&path)) };
    fields.set("lines", ids.join(" "));
    let Some(request) = fields.check::<ReturnForm>() else { return render_form(&staff, path, fields).await };
    let (actor, number) = (staff.actor(), path.number.clone());
    let created = staff.write_once(&form.token, move |tx| {
        Return::create_approved(tx, &number, &request, &actor)?;
        Ok(respond(&number, Message::ReturnApproved))
    });
    // Errors about the whole return go to the first line's field.
    let default_field = format!("return_quantity_{first}");
    respond_to_write(&staff, path, fields, created.await, &default_field).await
}

pub async fn approve(staff: OrderManager, path: ReturnPath, form: Form) -> Result<Reply> {
    let (actor, ReturnPath { number, id }) = (staff.actor(), path.clone());
    let approved = staff.write_once(&form.token, move |tx| {
        Return::approve(tx, &number, id, &actor)?;
        Ok(respond(&number, Message::ReturnApproved))
    });
    respond_to_write(&staff, order_path(path), Fields::default(), approved.await, "").await
}

pub async fn refuse(staff: OrderManager, path: ReturnPath, form: Form) -> Result<Reply> {
    let mut fields = form.fields;
    fields.set("return", path.id.to_string());
    let Some(reason) = fields.check::<RefuseReturnForm>() else {
        return render_form_in_state(&staff, path, fields, ReturnState::Requested).await;
    };
    let (actor, ReturnPath { number, id }) = (staff.actor(), path.clone());
    let refused = staff.write_once(&form.token, move |tx| {
        Return::refuse(tx, &number, id, &reason, &actor)?;
        Ok(respond(&number, Message::ReturnDeclined))
    });
    respond_to_write(&staff, order_path(path), fields, refused.await, "").await
}

pub async fn receive(staff: OrderManager, path: ReturnPath, form: Form) -> Result<Reply> {
    let (mut fields, return_path) = (form.fields, path.clone());
    let lines = staff.read(move |conn| return_path.load(conn)?.lines(conn)).await?;
    let ids: Vec<String> = lines.iter().map(|line| line.order_line_id.to_string()).collect();
    fields.set("return", path.id.to_string());
    fields.set("lines", ids.join(" "));
    let Some(conditions) = fields.check::<ReceiveReturnForm>() else {
        return render_form_in_state(&staff, path, fields, ReturnState::Approved).await;
    };
    let (actor, ReturnPath { number, id }) = (staff.actor(), path.clone());
    let received = staff.write_once(&form.token, move |tx| {
        Return::receive(tx, &number, id, &conditions, &actor)?;
        Ok(respond(&number, Message::ReturnReceived))
    });
    respond_to_write(&staff, order_path(path), fields, received.await, "").await
}

pub async fn refund(staff: OrderManager, path: ReturnPath, form: Form) -> Result<Reply> {
    let includes_shipping = !form.fields.value(&format!("refund_shipping_{}", path.id)).is_empty();
    let return_path = path.clone();
    let (actor, id, path) = (staff.actor(), path.id, order_path(path));
    let amount = move |conn: &mut Conn, order: &Order| {
        return_path.load(conn)?.calculate_refund_amount(conn, order, includes_shipping)
    };
    let question = refunds::confirm_large_refund(&staff, path.clone(), &form.fields, &form.token, amount).await?;
    if let Some(question) = question {
        return Ok(question);
    }
    let (sent, order_path) = (form.fields.clone(), path.clone());
    let refunded = staff.write_once(&form.token, move |tx| {
        let order = order_path.load(tx.conn())?;
        Order::check_refunded_unchanged(tx, &order_path.number, refunds::refunded_before(&order, &sent))?;
        Return::refund(tx, &order_path.number, id, includes_shipping, &actor)?;
        Ok(respond(&order_path.number, refunds::refund_notice(&order)))
    });
    respond_to_write(&staff, path, form.fields, refunded.await, "").await
}

pub async fn cancel(staff: OrderManager, path: ReturnPath, form: Form) -> Result<Reply> {
    let (actor, ReturnPath { number, id }) = (staff.actor(), path.clone());
    let cancelled = staff.write_once(&form.token, move |tx| {
        Return::cancel(tx, &number, id, &actor)?;
        Ok(respond(&number, Message::ReturnCancelled))
    });
    respond_to_write(&staff, order_path(path), Fields::default(), cancelled.await, "").await
}

/// Renders a form that the order page shows for returns in one state; for others it has no fields to show errors at.
async fn render_form_in_state(
    staff: &OrderManager,
    path: ReturnPath,
    fields: Fields,
    state: ReturnState,
) -> Result<Reply> {
    let order = order_path(path.clone());
    let conflict = conflict_redirect(&order);
    let page = staff.render_page(move |conn, cx| {
        if path.load(conn)?.state != state {
            return Err(Error::Conflict);
        }
        build_order_page(conn, cx, &order, OrderPageForms { returns: fields, ..OrderPageForms::default() })
    });
    match page.await {
        Ok(page) => Ok(page.unprocessable()),
        Err(Error::Conflict) => Ok(conflict),
        Err(error) => Err(error),
    }
}

fn order_path(path: ReturnPath) -> OrderPath {
    OrderPath { number: path.number }
}

fn respond(number: &str, notice: Message) -> Reply {
    Reply::redirect(paths::admin::order(number)).notice(notice)
}

/// Turns errors of the model into errors of the form; `default_field` is for those about the whole return.
async fn respond_to_write(
    staff: &OrderManager,
    path: OrderPath,
    mut fields: Fields,
    reply: Result<Reply>,
    default_field: &str,
) -> Result<Reply> {
    match reply {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict) => Ok(conflict_redirect(&path)),
        Err(Error::AlreadySubmitted) => {
            fields.add_error("", Message::AlreadySubmitted);
            render_form(staff, path, fields).await
        }
        Err(Error::Invalid { field, message }) => {
            let is_on_page = ["return_quantity_", "condition_"].iter().any(|start| field.starts_with(start));
            fields.add_error(if is_on_page { &field } else { default_field }, message);
            render_form(staff, path, fields).await
        }
        Err(error) => Err(error),
    }
}

async fn render_form(staff: &OrderManager, path: OrderPath, returns: Fields) -> Result<Reply> {
    render_order_form(staff, path, OrderPageForms { returns, ..OrderPageForms::default() }).await
}
