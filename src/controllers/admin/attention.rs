//! Everything that needs a person's decision: flagged orders, dead jobs, undelivered emails.

use actix_web::web::Path;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::jobs;
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::Email;
use crate::models::platform::job::{Queue, QueuedJob};
use crate::models::sales::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order};
use crate::paths;
use crate::views::admin::attention::{
    DelayedEmailRow, FailedFulfilmentRow, Index, JobRow, OrderRow, OverdueQueueRow, ReturnRow, UndeliveredEmailRow,
    VatNumberRow,
};

/// List an email as delayed after three attempts, which is more than a minute.
const TRIES_BEFORE_TOLD: i64 = 3;

pub async fn index(staff: Staff<needs::Orders>) -> Result<Reply> {
    staff
        .render_page(|conn, cx| {
            let orders = Order::list_flagged(conn)?.into_iter().map(|(order, since)| order_row(cx, order, since));
            let orders = orders.collect();
            let (jobs, letters) = jobs_and_letters(conn, cx)?;
            let late = QueuedJob::list_overdue(conn, cx.now)?.into_iter().map(|late| OverdueQueueRow {
                what: late.queue.label(),
                since: cx.date_time(late.since),
                count: late.count,
            });
            let late = late.collect();
            let slow_letters = slow_letters(conn, cx)?;
            let declines = CardTestingAlert::detect(conn, cx.now)?.map(|many| (many.count, cx.date_time(many.since)));
            let returns = Return::list_requested(conn)?.into_iter().map(|(back, order)| return_row(cx, back, &order));
            let parcels =
                Fulfilment::list_failed(conn)?.into_iter().map(|(parcel, order)| parcel_row(cx, &parcel, &order));
            let (returns, parcels) = (returns.collect(), parcels.collect());
            let vat_numbers = Order::list_unchecked_vat_numbers(conn)?.into_iter();
            let vat_numbers = vat_numbers.map(|(order, number)| vat_row(cx, &order, number)).collect();
            Ok(Index {
                declines,
                overdue: late,
                orders,
                returns,
                failed_fulfilments: parcels,
                vat_numbers,
                jobs,
                undelivered_emails: letters,
                delayed_emails: slow_letters,
            })
        })
        .await
}

/// Marks a flagged order as reviewed.
pub async fn resolve_flag(staff: Staff<needs::ManageOrders>, id: Path<String>, form: Form) -> Result<Reply> {
    let actor = staff.actor();
    let done = staff.write_once(&form.token, move |tx| {
        Order::resolve_flag(tx, &id, &actor)?;
        Ok(Reply::redirect(paths::admin::attention()).notice("Resolved. This is noted in the order’s timeline."))
    });
    match done.await {
        Err(Error::Conflict) => Ok(quicker()),
        answered => answered,
    }
}

/// Queues a dead job again.
pub async fn retry_job(staff: Staff<needs::ManageOrders>, id: Path<i64>, form: Form) -> Result<Reply> {
    let done = staff.write_once(&form.token, move |tx| {
        jobs::retry_dead_job(tx, *id)?;
        Ok(Reply::redirect(paths::admin::attention()).notice("Trying again."))
    });
    match done.await {
        Err(Error::Conflict) => Ok(quicker()),
        answered => answered,
    }
}

fn quicker() -> Reply {
    Reply::redirect(paths::admin::attention())
        .alert("Someone else has handled this, or something has changed. Please check.")
}

/// Orders get their number when they are confirmed; before that they have none to show.
pub(super) fn order_label(order: &Order) -> String {
    order.number.as_ref().map_or_else(|| "An unfinished order".to_owned(), |number| format!("Order {number}"))
}

fn order_row(cx: &Context, order: Order, since: crate::support::clock::Utc) -> OrderRow {
    OrderRow {
        name: order_label(&order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        since: cx.date_time(since),
        total: cx.amount_in(order.total_minor, &order.currency),
        resolve_href: cx
            .has_permission(Permission::ManageOrders)
            .then(|| paths::admin::review_flag_resolution(&order.public_id)),
        why: order.review_reason.unwrap_or_default(),
    }
}

fn return_row(cx: &Context, back: Return, order: &Order) -> ReturnRow {
    ReturnRow {
        name: order_label(order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        since: cx.date_time(back.created_at),
        why: back.reason,
    }
}

fn vat_row(cx: &Context, order: &Order, vat_number: String) -> VatNumberRow {
    VatNumberRow {
        name: order_label(order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        since: cx.date_time(order.placed_at.unwrap_or(order.created_at)),
        vat_number,
    }
}

fn parcel_row(cx: &Context, parcel: &Fulfilment, order: &Order) -> FailedFulfilmentRow {
    FailedFulfilmentRow {
        name: order_label(order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        carrier: [parcel.carrier.as_str(), parcel.tracking_number.as_str()].join(" ").trim().to_owned(),
        sent: cx.date_time(parcel.shipped_at),
    }
}

/// Dead jobs and undelivered emails.
fn jobs_and_letters(conn: &mut Conn, cx: &Context) -> Result<(Vec<JobRow>, Vec<UndeliveredEmailRow>)> {
    let (manages, sends) = (cx.has_permission(Permission::ManageOrders), cx.has_permission(Permission::ReadCodes));
    let untaken = if cx.has_permission(Permission::Outbox) { Email::list_undelivered(conn)? } else { Vec::new() };
    let job = |job: QueuedJob| JobRow {
        what: job.label(),
        error: job.last_error.unwrap_or_default(),
        retry: manages.then(|| paths::admin::job_retry(job.id)),
    };
    let letter = |letter: Email| UndeliveredEmailRow {
        href: paths::admin::email(letter.id),
        when: cx.date_time(letter.created_at),
        error: letter.state_reason,
        send: sends.then(|| paths::admin::email_resend(letter.id)),
        to: letter.recipient,
        subject: letter.subject,
    };
    let jobs = QueuedJob::list_dead(conn)?;
    Ok((jobs.into_iter().map(job).collect(), untaken.into_iter().map(letter).collect()))
}

/// Emails that the mail server has deferred at least `TRIES_BEFORE_TOLD` times.
fn slow_letters(conn: &mut Conn, cx: &Context) -> Result<Vec<DelayedEmailRow>> {
    if !cx.has_permission(Permission::Outbox) {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for job in QueuedJob::list_retrying(conn, Queue::Mail, TRIES_BEFORE_TOLD)? {
        let Ok(id) = job.payload.parse() else { continue };
        let letter = match Email::get(conn, id) {
            Ok(letter) => letter,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        rows.push(DelayedEmailRow {
            href: paths::admin::email(letter.id),
            next: cx.date_time(job.run_at),
            error: letter.state_reason,
            to: letter.recipient,
            subject: letter.subject,
        });
    }
    Ok(rows)
}
