//! The outbox: emails, their delivery state, and sending them again.

use crate::controllers::admin::parse_cursor;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::platform::emails::RecipientForm;
use crate::http::guards::needs;
use crate::http::resource_path::EmailPath;
use crate::http::security_headers::ResponseKind;
use crate::http::{AdminRequest, Context, Form, Reply, Staff};
use crate::jobs::emails::{delivery_policy_for, message_id_domain};
use crate::models::people::account::Member;
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::{DeliveryPolicy, Email, EmailState};
use crate::models::platform::event::Event;
use crate::models::platform::job::QueuedJob;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::paths;
use crate::presenters::platform::admin_email::{email_page, email_row};
use crate::support::i18n::Message;
use crate::views::admin::platform::emails::{Body, Index, RecipientChange, Show};

pub async fn index(admin: AdminRequest<needs::Outbox>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let rows = Email::list(conn, &parse_cursor(cx))?.map(|email| email_row(email, cx.format()));
            Ok(Index { t: cx.locale(), rows, smtp_is_set: cx.sends_mail })
        })
        .await
}

pub async fn show(admin: AdminRequest<needs::Outbox>, path: EmailPath) -> Result<Reply> {
    admin.render_page(move |conn, cx| build_page(conn, cx, &path, None)).await
}

pub async fn body(admin: AdminRequest<needs::Outbox>, path: EmailPath) -> Result<Reply> {
    let read = admin.read(move |conn, member| {
        let email = redact_secrets(path.load(conn)?, |permission| member.has_permission(permission));
        Ok((email, Settings::load(conn)?.locale))
    });
    let (email, t) = read.await?;
    // The HTML of old emails is deleted after a while; render the stored plain text instead.
    let html = if email.html.is_empty() { Body::render_text(t, email.body_text)? } else { email.html };
    Ok(Reply::html(html, ResponseKind::Framed))
}

/// Without `ReadCodes`, gift card codes and order links are redacted; links to accounts for everybody but the owner,
/// whose account they could open (SECURITY.md S25).
fn redact_secrets(email: Email, has_permission: impl Fn(Permission) -> bool) -> Email {
    match (has_permission(Permission::ReadCodes), has_permission(Permission::Ownership)) {
        (true, true) => email,
        (true, false) => email.redact_account_links(),
        (false, _) => email.redact(),
    }
}

/// `Forbidden` if the email has a link to an account and the member is not the owner.
fn check_account_link(email: &Email, member: &Member) -> Result<()> {
    match email.has_account_link() && !member.has_permission(Permission::Ownership) {
        true => Err(Error::Forbidden(Message::RoleNotAllowed)),
        false => Ok(()),
    }
}

/// Sends an email again to the same address; those that are not about an order need [`Permission::ReadCodes`].
pub async fn resend(staff: Staff<needs::ManageOrders>, path: EmailPath, form: Form) -> Result<Reply> {
    let (id, host) = (path.id, message_id_domain(staff.visitor.app()));
    let email = staff.read(move |conn| path.load(conn)).await?;
    if !staff.member.has_permission(Permission::required_to_resend(&email)) {
        return Err(Error::Forbidden(Message::RoleNotAllowed));
    }
    if let DeliveryPolicy::DoNotSend(reason) = delivery_policy_for(staff.visitor.app(), &email.recipient) {
        let alert = Message::EmailNotSent { reason: Box::new(reason.message()) };
        return Ok(Reply::redirect(paths::admin::email(id)).alert(alert));
    }
    let queued = staff.write_once(&form.token, move |tx| {
        Email::resend(tx, id, &host)?;
        Ok(Reply::redirect(paths::admin::email(id)).notice(Message::EmailQueued))
    });
    queued.await
}

/// Sends to another address and, if asked, corrects the order's; `Conflict` means that the email is being sent now.
pub async fn change_recipient(staff: Staff<needs::ReadCodes>, path: EmailPath, form: Form) -> Result<Reply> {
    let (id, mut fields) = (path.id, form.fields);
    let Some(change) = fields.check::<RecipientForm>() else {
        let page = staff.render_page(move |conn, cx| build_page(conn, cx, &path, Some(fields)));
        return Ok(page.await?.unprocessable());
    };
    check_account_link(&staff.read(move |conn| Email::get(conn, id)).await?, &staff.member)?;
    let (policy, host) =
        (delivery_policy_for(staff.visitor.app(), &change.email.mailbox), message_id_domain(staff.visitor.app()));
    let actor = staff.actor();
    let changed = staff.write_once(&form.token, move |tx| {
        let email = Email::resend_to(tx, id, &change.email, &host, policy)?;
        if let Some(order) = email.order_id {
            let (from, to) = (email.recipient, change.email.mailbox.clone());
            Event::EmailReaddressed { order, email: id, from, to }.record(tx, &actor)?;
            if change.correct_order {
                Order::change_email(tx, order, &change.email, &actor)?;
            }
        }
        let notice = Message::EmailQueuedTo { recipient: change.email.mailbox.clone() };
        Ok(Reply::redirect(paths::admin::email(id)).notice(notice))
    });
    match changed.await {
        Err(Error::Conflict) => Ok(Reply::redirect(paths::admin::email(id)).alert(Message::EmailBeingSent)),
        reply => reply,
    }
}

/// Takes an undelivered email off the attention page without sending it.
pub async fn dismiss(staff: Staff<needs::ManageOrders>, path: EmailPath, form: Form) -> Result<Reply> {
    let id = path.id;
    let dismissed = staff.write_once(&form.token, move |tx| {
        Email::dismiss(tx, id)?;
        Ok(Reply::redirect(paths::admin::attention()).notice(Message::EmailDismissed))
    });
    match dismissed.await {
        Err(Error::Conflict) => Ok(Reply::redirect(paths::admin::email(id)).alert(Message::EmailHandledBySomeoneElse)),
        reply => reply,
    }
}

fn build_page(conn: &mut Conn, cx: &Context, path: &EmailPath, form: Option<Fields>) -> Result<Show> {
    let email = redact_secrets(path.load(conn)?, |permission| cx.has_permission(permission));
    let job = match email.state {
        EmailState::Queued => QueuedJob::find_by_key(conn, &Email::job_key(email.id))?,
        _ => None,
    };
    let next_attempt = job.filter(|job| job.run_at > cx.now).map(|job| job.run_at);
    let order = match email.order_id {
        Some(order) => Some(Order::get(conn, order)?),
        None => None,
    };
    let number = order.as_ref().and_then(|order| order.number.as_deref());
    // Emails to the shop concern an order too; only an email to the buyer can correct the order's address.
    let is_to_buyer = order.as_ref().is_some_and(|order| order.email == email.recipient);
    let can_manage = cx.has_permission(Permission::ManageOrders);
    let can_resend = cx.has_permission(Permission::required_to_resend(&email)) && !email.is_erased();
    let can_readdress = cx.has_permission(Permission::ReadCodes) && !email.is_erased();
    let change = can_readdress.then(|| RecipientChange {
        action: paths::admin::email_recipient(email.id),
        can_update_order: is_to_buyer,
        form: form.unwrap_or_else(|| {
            let correct = if is_to_buyer { "1" } else { "" };
            Fields::from_pairs([("email", email.recipient.clone()), ("correct_order", correct.to_owned())])
        }),
    });
    let (send, dismissal) = (paths::admin::email_resend(email.id), paths::admin::email_dismissal(email.id));
    let page = email_page(email, next_attempt, number, cx.format());
    Ok(Show {
        send: (can_resend && cx.sends_mail).then_some(send),
        dismiss_href: (can_manage && page.is_bad).then_some(dismissal),
        change,
        ..page
    })
}
