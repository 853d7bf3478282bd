//! What the program cannot settle by itself.

use actix_web::web::Path;

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::jobs;
use crate::models::account::roles::Permission;
use crate::models::gate::declining::Declines;
use crate::models::job::{PICTURE_SIZES, QueuedJob};
use crate::models::letter::Letter;
use crate::models::order::returning::Return;
use crate::models::order::{Order, Parcel};
use crate::paths;
use crate::views::admin::attention::{Index, JobRow, LetterRow, OrderRow, ParcelRow, ReturnRow, VatRow};

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
            let declines = Declines::many(conn, cx.now)?.map(|many| (many.count, cx.moment(many.since)));
            let returns = Return::to_answer(conn)?.into_iter().map(|(back, order)| return_row(cx, back, &order));
            let parcels =
                Parcel::to_send_again(conn)?.into_iter().map(|(parcel, order)| parcel_row(cx, &parcel, &order));
            let (returns, parcels) = (returns.collect(), parcels.collect());
            let vat_numbers = Order::vat_numbers_to_check(conn)?.into_iter();
            let vat_numbers = vat_numbers.map(|(order, number)| vat_row(cx, &order, number)).collect();
            Ok(Index { declines, orders, returns, parcels, vat_numbers, jobs, letters })
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

/// A letter that failed has a job behind it: it stands among the letters.
fn jobs_and_letters(conn: &mut Conn, cx: &Context) -> Result<(Vec<JobRow>, Vec<LetterRow>)> {
    let may = cx.may(Permission::ManageOrders);
    let (sending, others): (Vec<QueuedJob>, Vec<QueuedJob>) =
        QueuedJob::given_up(conn)?.into_iter().partition(|job| job.kind == "send_letter");
    let failed = if cx.may(Permission::Outbox) { Letter::all_failed(conn)? } else { Vec::new() };
    let job = |job: QueuedJob| JobRow {
        what: job_words(&job.kind).to_owned(),
        error: job.last_error.unwrap_or_default(),
        retry: may.then(|| paths::admin::job_retry(job.id)),
    };
    let letter = |letter: Letter| {
        let behind = sending.iter().find(|job| job.payload == letter.id.to_string());
        LetterRow {
            href: paths::admin::letter(letter.id),
            when: cx.moment(letter.created_at),
            error: behind.and_then(|job| job.last_error.clone()).unwrap_or_default(),
            retry: behind.filter(|_| may).map(|job| paths::admin::job_retry(job.id)),
            to: letter.recipient,
            subject: letter.subject,
        }
    };
    Ok((others.into_iter().map(job).collect(), failed.into_iter().map(letter).collect()))
}

fn job_words(kind: &str) -> &'static str {
    match kind {
        "repay" => "Paying money back",
        "sync_payment" => "Asking the payment provider",
        PICTURE_SIZES => "Making the sizes of a picture",
        "issue_invoice" => "Issuing an invoice",
        "check_vat_number" => "Looking up a VAT number",
        "seal_paper" => "Making the PDF of an invoice",
        kind if kind.ends_with("_letter") => "Writing a letter",
        _ => "Something in the background",
    }
}
