//! The outbox: emails, their delivery state, and sending them again.

use actix_web::web::Path;

use crate::controllers::admin::ListQuery;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::platform::emails::RecipientForm;
use crate::http::guards::{RequiredPermission, needs};
use crate::http::security_headers::ResponseKind;
use crate::http::{Context, Form, Reply, Staff};
use crate::jobs::emails::{delivery_policy_for, message_id_domain};
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::{DeliveryPolicy, Email, EmailState};
use crate::models::platform::event::Event;
use crate::models::platform::job::QueuedJob;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::paths;
use crate::presenters::platform::admin_email::{email_page, email_row};
use crate::support::i18n::Message;
use crate::support::ids::EmailId;
use crate::views::admin::platform::emails::{Body, Index, RecipientChange, Show};

pub async fn index(staff: Staff<needs::Outbox>) -> Result<Reply> {
    let window = ListQuery::from_params(&staff).cursor;
    staff
        .render_page(move |conn, cx| {
            let rows = Email::list(conn, &window)?.map(|letter| email_row(letter, cx.format()));
            Ok(Index { t: cx.locale(), rows, smtp_is_set: cx.sends_mail })
        })
        .await
}

pub async fn show(staff: Staff<needs::Outbox>, id: Path<EmailId>) -> Result<Reply> {
    shown(&staff, *id, None).await
}

/// The email's HTML for the preview frame.
pub async fn body(staff: Staff<needs::Outbox>, id: Path<EmailId>) -> Result<Reply> {
    let (letter, t) = staff.read(move |conn| Ok((Email::get(conn, *id)?, Settings::load(conn)?.locale))).await?;
    let letter = readable(letter, staff.member.has_permission(Permission::ReadCodes));
    // The HTML of old emails is deleted after a while; render the stored plain text instead.
    let html = if letter.html.is_empty() { Body::render_text(t, letter.body_text)? } else { letter.html };
    Ok(Reply::html(html, ResponseKind::Framed))
}

/// Without `ReadCodes`, gift card codes and order links are redacted.
fn readable(letter: Email, with_secrets: bool) -> Email {
    if with_secrets { letter } else { letter.redact() }
}

/// Sends an email again. It may contain gift card codes and order links, so this needs the permission to read them.
pub async fn resend(staff: Staff<needs::ReadCodes>, id: Path<EmailId>, form: Form) -> Result<Reply> {
    let id = *id;
    let host = message_id_domain(staff.visitor.app());
    let letter = staff.read(move |conn| Email::get(conn, id)).await?;
    if let DeliveryPolicy::DoNotSend(why) = delivery_policy_for(staff.visitor.app(), &letter.recipient) {
        return Ok(
            Reply::redirect(paths::admin::email(id)).alert(Message::EmailNotSent { reason: Box::new(why.message()) })
        );
    }
    let sent = staff.write_once(&form.token, move |tx| {
        Email::resend(tx, id, &host)?;
        Ok(Reply::redirect(paths::admin::email(id)).notice(Message::EmailQueued))
    });
    sent.await
}

/// Sends an email to another address and, if asked, corrects the order's address too. A `Conflict` means that it is
/// being sent right now.
pub async fn change_recipient(staff: Staff<needs::ReadCodes>, id: Path<EmailId>, form: Form) -> Result<Reply> {
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
            let (from, to) = (letter.recipient, wanted.email.mailbox.clone());
            Event::EmailReaddressed { order, email: id, from, to }.record(tx, &actor)?;
            if wanted.correct_order {
                Order::change_email(tx, order, &wanted.email, &actor)?;
            }
        }
        Ok(Reply::redirect(paths::admin::email(id)).notice(Message::EmailQueuedTo { recipient: to.clone() }))
    });
    match changed.await {
        Err(Error::Conflict) => Ok(Reply::redirect(paths::admin::email(id)).alert(Message::EmailBeingSent)),
        answered => answered,
    }
}

/// Takes an undelivered email off the attention page without sending it.
pub async fn dismiss(staff: Staff<needs::ManageOrders>, id: Path<EmailId>, form: Form) -> Result<Reply> {
    let id = *id;
    let left = staff.write_once(&form.token, move |tx| {
        Email::dismiss(tx, id)?;
        Ok(Reply::redirect(paths::admin::attention()).notice(Message::EmailDismissed))
    });
    match left.await {
        Err(Error::Conflict) => Ok(Reply::redirect(paths::admin::email(id)).alert(Message::EmailHandledBySomeoneElse)),
        answered => answered,
    }
}

async fn shown<P: RequiredPermission>(staff: &Staff<P>, id: EmailId, typed: Option<Fields>) -> Result<Reply> {
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
    let next_try = job.filter(|job| job.run_at > cx.now).map(|job| job.run_at);
    let order = match letter.order_id {
        Some(order) => Some(Order::get(conn, order)?),
        None => None,
    };
    let number = order.as_ref().and_then(|order| order.number.as_deref());
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
    let (send, dismissal) = (paths::admin::email_resend(letter.id), paths::admin::email_dismissal(letter.id));
    let shown = email_page(letter, next_try, number, cx.format());
    Ok(Show {
        send: (sends && cx.sends_mail).then_some(send),
        dismiss_href: (manages && shown.is_bad).then_some(dismissal),
        change,
        ..shown
    })
}
