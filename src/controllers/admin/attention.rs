//! What the program cannot settle by itself.

use actix_web::web::Path;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::jobs;
use crate::models::account::roles::Permission;
use crate::models::gate::declining::Declines;
use crate::models::job::{Queue, QueuedJob};
use crate::models::letter::Letter;
use crate::models::order::returning::Return;
use crate::models::order::{Order, Parcel};
use crate::paths;
use crate::views::admin::attention::{
    Index, JobRow, LateRow, LetterRow, OrderRow, ParcelRow, ReturnRow, SlowLetterRow, VatRow,
};

/// Letters that were tried so often in vain are shown: more than a minute has gone by then.
const TRIES_BEFORE_TOLD: i64 = 3;

/// Orders, jobs and letters that wait for a person, and cards that are being tried out.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Staff<needs::Orders>) -> Result<Reply> {
    staff
        .page(|conn, cx| {
            let orders = Order::needing_attention(conn)?.into_iter().map(|(order, since)| order_row(cx, order, since));
            let orders = orders.collect();
            let (jobs, letters) = jobs_and_letters(conn, cx)?;
            let late = QueuedJob::overdue(conn, cx.now)?.into_iter().map(|late| LateRow {
                what: late.queue.label(),
                since: cx.moment(late.since),
                count: late.count,
            });
            let late = late.collect();
            let slow_letters = slow_letters(conn, cx)?;
            let declines = Declines::many(conn, cx.now)?.map(|many| (many.count, cx.moment(many.since)));
            let returns = Return::to_answer(conn)?.into_iter().map(|(back, order)| return_row(cx, back, &order));
            let parcels =
                Parcel::to_send_again(conn)?.into_iter().map(|(parcel, order)| parcel_row(cx, &parcel, &order));
            let (returns, parcels) = (returns.collect(), parcels.collect());
            let vat_numbers = Order::vat_numbers_to_check(conn)?.into_iter();
            let vat_numbers = vat_numbers.map(|(order, number)| vat_row(cx, &order, number)).collect();
            Ok(Index { declines, late, orders, returns, parcels, vat_numbers, jobs, letters, slow_letters })
        })
        .await
}

/// Somebody has looked at an order.
///
/// # Errors
/// `NotFound`.
pub async fn attend(staff: Staff<needs::ManageOrders>, id: Path<String>, form: Form) -> Result<Reply> {
    let actor = staff.actor();
    let done = staff.write_once(&form.once, move |tx| {
        Order::attended(tx, &id, &actor)?;
        Ok(Reply::see(paths::admin::attention()).notice("Done. The order’s timeline says so."))
    });
    match done.await {
        Err(Error::Conflict) => Ok(quicker()),
        answered => answered,
    }
}

/// Tries a job again that was given up.
///
/// # Errors
/// When the database refuses.
pub async fn retry(staff: Staff<needs::ManageOrders>, id: Path<i64>, form: Form) -> Result<Reply> {
    let done = staff.write_once(&form.once, move |tx| {
        jobs::try_again(tx, *id)?;
        Ok(Reply::see(paths::admin::attention()).notice("It is being tried again."))
    });
    match done.await {
        Err(Error::Conflict) => Ok(quicker()),
        answered => answered,
    }
}

fn quicker() -> Reply {
    Reply::see(paths::admin::attention()).alert("Somebody was quicker, or something new came up. Please look.")
}

/// What an order is called before and after it has a number.
pub(super) fn named(order: &Order) -> String {
    order.number.as_ref().map_or_else(|| "An unfinished order".to_owned(), |number| format!("Order {number}"))
}

fn order_row(cx: &Context, order: Order, since: crate::support::clock::Utc) -> OrderRow {
    OrderRow {
        name: named(&order),
        href: paths::admin::order(order.key()),
        who: order.email.clone(),
        since: cx.moment(since),
        total: cx.amount_in(order.total_minor, &order.currency),
        done: cx.may(Permission::ManageOrders).then(|| paths::admin::order_attention(&order.public_id)),
        why: order.attention.unwrap_or_default(),
    }
}

fn return_row(cx: &Context, back: Return, order: &Order) -> ReturnRow {
    ReturnRow {
        name: named(order),
        href: paths::admin::order(order.key()),
        who: order.email.clone(),
        since: cx.moment(back.created_at),
        why: back.reason,
    }
}

fn vat_row(cx: &Context, order: &Order, vat_number: String) -> VatRow {
    VatRow {
        name: named(order),
        href: paths::admin::order(order.key()),
        who: order.email.clone(),
        since: cx.moment(order.placed_at.unwrap_or(order.created_at)),
        vat_number,
    }
}

fn parcel_row(cx: &Context, parcel: &Parcel, order: &Order) -> ParcelRow {
    ParcelRow {
        name: named(order),
        href: paths::admin::order(order.key()),
        who: order.email.clone(),
        carrier: [parcel.carrier.as_str(), parcel.tracking_number.as_str()].join(" ").trim().to_owned(),
        sent: cx.moment(parcel.shipped_at),
    }
}

/// Jobs that were given up, and letters that nobody took.
fn jobs_and_letters(conn: &mut Conn, cx: &Context) -> Result<(Vec<JobRow>, Vec<LetterRow>)> {
    let (manages, sends) = (cx.may(Permission::ManageOrders), cx.may(Permission::ReadCodes));
    let untaken = if cx.may(Permission::Outbox) { Letter::all_untaken(conn)? } else { Vec::new() };
    let job = |job: QueuedJob| JobRow {
        what: job.label(),
        error: job.last_error.unwrap_or_default(),
        retry: manages.then(|| paths::admin::job_retry(job.id)),
    };
    let letter = |letter: Letter| LetterRow {
        href: paths::admin::letter(letter.id),
        when: cx.moment(letter.created_at),
        error: letter.note,
        send: sends.then(|| paths::admin::letter_send(letter.id)),
        to: letter.recipient,
        subject: letter.subject,
    };
    let jobs = QueuedJob::given_up(conn)?;
    Ok((jobs.into_iter().map(job).collect(), untaken.into_iter().map(letter).collect()))
}

/// Letters that the mail server has not taken yet, though it was asked a few times.
fn slow_letters(conn: &mut Conn, cx: &Context) -> Result<Vec<SlowLetterRow>> {
    if !cx.may(Permission::Outbox) {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for job in QueuedJob::retrying(conn, Queue::Mail, TRIES_BEFORE_TOLD)? {
        let Ok(id) = job.payload.parse() else { continue };
        let letter = match Letter::get(conn, id) {
            Ok(letter) => letter,
            Err(Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        rows.push(SlowLetterRow {
            href: paths::admin::letter(letter.id),
            next: cx.moment(job.run_at),
            error: letter.note,
            to: letter.recipient,
            subject: letter.subject,
        });
    }
    Ok(rows)
}
