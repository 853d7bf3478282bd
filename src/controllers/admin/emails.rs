//! The outbox: emails, their delivery state, and sending them again.

use actix_web::web::Path;

use super::ListQuery;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::emails::RecipientForm;
use crate::http::guards::{RequiredPermission, needs};
use crate::http::security_headers::ResponseKind;
use crate::http::{Context, Form, Reply, Staff};
use crate::jobs::emails::{delivery_policy_for, message_id_domain};
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::{DeliveryPolicy, Email, EmailState};
use crate::models::platform::job::QueuedJob;
use crate::models::sales::order::Order;
use crate::paths;
use crate::views::admin::Pill;
use crate::views::admin::emails::{Body, Index, OrderLink, RecipientChange, Row, Show};

pub async fn index(staff: Staff<needs::Outbox>) -> Result<Reply> {
    let window = ListQuery::from_params(&staff).cursor;
    staff
        .render_page(move |conn, cx| {
            let rows = Email::list(conn, &window)?.map(|letter| Row {
                href: paths::admin::email(letter.id),
                state: state(letter.state),
                when: cx.date_time(letter.created_at),
                note: letter.state_reason,
                to: letter.recipient,
                subject: letter.subject,
            });
            Ok(Index { rows, smtp_is_set: cx.sends_mail })
        })
        .await
}

pub async fn show(staff: Staff<needs::Outbox>, id: Path<i64>) -> Result<Reply> {
    shown(&staff, *id, None).await
}

/// The email's HTML for the preview frame.
pub async fn body(staff: Staff<needs::Outbox>, id: Path<i64>) -> Result<Reply> {
    let letter = staff.read(move |conn| Email::get(conn, *id)).await?;
    let letter = readable(letter, staff.member.has_permission(Permission::ReadCodes));
    // The HTML of old emails is deleted after a while; render the stored plain text instead.
    let html = if letter.html.is_empty() { Body::render_text(letter.body_text)? } else { letter.html };
    Ok(Reply::html(html, ResponseKind::Framed))
}

/// Without `ReadCodes`, gift card codes and order links are redacted.
fn readable(letter: Email, with_secrets: bool) -> Email {
    if with_secrets { letter } else { letter.redact() }
}

/// Sends an email again. It may contain gift card codes and order links, so this needs the permission to read them.
pub async fn resend(staff: Staff<needs::ReadCodes>, id: Path<i64>, form: Form) -> Result<Reply> {
    let id = *id;
    let host = message_id_domain(staff.visitor.app());
    let letter = staff.read(move |conn| Email::get(conn, id)).await?;
    if let DeliveryPolicy::DoNotSend(why) = delivery_policy_for(staff.visitor.app(), &letter.recipient) {
        return Ok(Reply::redirect(paths::admin::email(id)).alert(format!("Not sent. {why}")));
    }
    let sent = staff.write_once(&form.token, move |tx| {
        Email::resend(tx, id, &host)?;
        Ok(Reply::redirect(paths::admin::email(id)).notice("Email queued."))
    });
    sent.await
}

/// Sends an email to another address and, if asked, corrects the order's address too. A `Conflict` means that it is
/// being sent right now.
pub async fn change_recipient(staff: Staff<needs::ReadCodes>, id: Path<i64>, form: Form) -> Result<Reply> {
    let (id, mut fields) = (*id, form.fields);
    let Some(wanted) = fields.check::<RecipientForm>() else {
        return Ok(shown(&staff, id, Some(fields)).await?.unprocessable());
    };
    let (posting, message_id_domain) =
        (delivery_policy_for(staff.visitor.app(), &wanted.email.mailbox), message_id_domain(staff.visitor.app()));
    let (actor, to) = (staff.actor(), wanted.email.mailbox.clone());
    let changed = staff.write_once(&form.token, move |tx| {
        let letter = Email::resend_to(tx, id, &wanted.email, &message_id_domain, posting)?;
        if let Some(order) = letter.order_id {
            let words =
                format!("Sent “{}” to {} instead of {}", letter.subject, wanted.email.mailbox, letter.recipient);
            Order::add_timeline_event(tx, order, "email", &actor, &words, false)?;
            if wanted.correct_order {
                Order::correct_email(tx, order, &wanted.email, &actor)?;
            }
        }
        Ok(Reply::redirect(paths::admin::email(id)).notice(format!("Email queued to {to}.")))
    });
    match changed.await {
        Err(Error::Conflict) => {
            let words = "It is being sent right now. Please check again in a minute.";
            Ok(Reply::redirect(paths::admin::email(id)).alert(words))
        }
        answered => answered,
    }
}

/// Takes an undelivered email off the attention page without sending it.
pub async fn dismiss(staff: Staff<needs::ManageOrders>, id: Path<i64>, form: Form) -> Result<Reply> {
    let id = *id;
    let left = staff.write_once(&form.token, move |tx| {
        Email::dismiss(tx, id)?;
        Ok(Reply::redirect(paths::admin::attention()).notice("Done. The email stays in the outbox, unsent."))
    });
    match left.await {
        Err(Error::Conflict) => {
            Ok(Reply::redirect(paths::admin::email(id)).alert("Someone else has handled this. Please check."))
        }
        answered => answered,
    }
}

async fn shown<P: RequiredPermission>(staff: &Staff<P>, id: i64, typed: Option<Fields>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let letter = readable(Email::get(conn, id)?, cx.has_permission(Permission::ReadCodes));
            page(conn, cx, letter, typed)
        })
        .await
}

fn page(conn: &mut Conn, cx: &Context, letter: Email, typed: Option<Fields>) -> Result<Show> {
    let job = match letter.state {
        EmailState::Queued => QueuedJob::find_by_key(conn, &Email::job_key(letter.id))?,
        _ => None,
    };
    let next_try = job.filter(|job| job.run_at > cx.now).map(|job| cx.date_time(job.run_at));
    let order = match letter.order_id {
        Some(order) => Some(Order::get(conn, order)?),
        None => None,
    };
    let about = order.as_ref().and_then(|order| {
        let number = order.number.clone()?;
        Some(OrderLink { href: paths::admin::order(&number), name: format!("Order {number}") })
    });
    // Emails to the shop concern an order too; only an email to the buyer can correct the order's address.
    let is_to_buyer = order.as_ref().is_some_and(|order| order.email == letter.recipient);
    let (manages, sends) = (cx.has_permission(Permission::ManageOrders), cx.has_permission(Permission::ReadCodes));
    let change = sends.then(|| RecipientChange {
        action: paths::admin::email_recipient(letter.id),
        can_update_order: is_to_buyer,
        form: typed.unwrap_or_else(|| {
            let correct = if is_to_buyer { "1" } else { "" };
            Fields::from_pairs([("email", letter.recipient.clone()), ("correct_order", correct.to_owned())])
        }),
    });
    let is_untaken = matches!(letter.state, EmailState::Refused | EmailState::Failed);
    Ok(Show {
        state: state(letter.state),
        when: cx.date_time(letter.created_at),
        sent: letter.sent_at.filter(|_| letter.state == EmailState::Sent).map(|at| cx.date_time(at)),
        next_try,
        body_src: paths::admin::email_body(letter.id),
        is_bad: is_untaken,
        heading: match letter.state {
            EmailState::Unsent => "Not sent",
            EmailState::Queued => "Not sent yet",
            EmailState::Refused => "It was rejected and will not be retried",
            EmailState::Failed => "It could not be sent",
            EmailState::Sent => "",
        },
        note: letter.state_reason,
        to: letter.recipient,
        reply_to: letter.reply_to,
        about,
        subject: letter.subject,
        text: letter.body_text,
        send: (sends && cx.sends_mail).then(|| paths::admin::email_resend(letter.id)),
        send_word: if letter.state == EmailState::Queued { "Send now" } else { "Resend" },
        dismiss_href: (manages && is_untaken).then(|| paths::admin::email_dismissal(letter.id)),
        change,
    })
}

fn state(state: EmailState) -> Pill {
    let (text, kind) = match state {
        EmailState::Sent => ("Sent", "good"),
        EmailState::Failed => ("Failed", "bad"),
        EmailState::Refused => ("Rejected", "bad"),
        EmailState::Queued => ("Queued", "warn"),
        EmailState::Unsent => ("Not sent", "warn"),
    };
    Pill { text: text.to_owned(), kind }
}
