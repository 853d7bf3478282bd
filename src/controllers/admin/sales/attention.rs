//! Everything that needs a person's decision: flagged orders, dead jobs, undelivered emails.

use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::guards::needs;
use crate::http::resource_path::{FlaggedOrderPath, JobPath};
use crate::http::{AdminRequest, Context, Form, Reply, Staff};
use crate::jobs;
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::Email;
use crate::models::platform::job::{Queue, QueuedJob};
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order};
use crate::paths;
use crate::presenters::sales::attention::{AttentionItems, present_attention};
use crate::support::clock::Utc;
use crate::support::i18n::Message;

/// List an email as delayed after three attempts, which is more than a minute.
const ATTEMPTS_BEFORE_DELAYED: i64 = 3;

pub async fn index(admin: AdminRequest<needs::Orders>) -> Result<Reply> {
    admin.render_page(|conn, cx| Ok(present_attention(load_items(conn, cx)?, cx.format()))).await
}

pub async fn resolve_flag(staff: Staff<needs::ManageOrders>, order: FlaggedOrderPath, form: Form) -> Result<Reply> {
    let actor = staff.actor();
    let resolved = staff.write_once(&form.token, move |tx| {
        Order::resolve_flag(tx, &order.id, &actor)?;
        Ok(Reply::redirect(paths::admin::attention()).notice(Message::FlagResolved))
    });
    match resolved.await {
        Err(Error::Conflict) => Ok(conflict_redirect()),
        reply => reply,
    }
}

pub async fn retry_job(staff: Staff<needs::ManageOrders>, job: JobPath, form: Form) -> Result<Reply> {
    let retried = staff.write_once(&form.token, move |tx| {
        jobs::retry_dead_job(tx, job.id)?;
        Ok(Reply::redirect(paths::admin::attention()).notice(Message::JobRetried))
    });
    match retried.await {
        Err(Error::Conflict) => Ok(conflict_redirect()),
        reply => reply,
    }
}

fn conflict_redirect() -> Reply {
    Reply::redirect(paths::admin::attention()).alert(Message::HandledBySomeoneElse)
}

fn load_items(conn: &mut Conn, cx: &Context) -> Result<AttentionItems> {
    let can_see_emails = cx.has_permission(Permission::Outbox);
    Ok(AttentionItems {
        declines: CardTestingAlert::detect(conn, cx.now)?,
        overdue: QueuedJob::list_overdue(conn, cx.now)?,
        orders: Order::list_flagged(conn)?,
        returns: Return::list_requested(conn)?,
        failed_fulfilments: Fulfilment::list_failed(conn)?,
        vat_numbers: Order::list_unchecked_vat_numbers(conn)?,
        dead_jobs: QueuedJob::list_dead(conn)?,
        undelivered_emails: if can_see_emails { load_undelivered_emails(conn, cx)? } else { Vec::new() },
        delayed_emails: if can_see_emails { load_delayed_emails(conn)? } else { Vec::new() },
        can_manage_orders: cx.has_permission(Permission::ManageOrders),
    })
}

fn load_undelivered_emails(conn: &mut Conn, cx: &Context) -> Result<Vec<(Email, bool)>> {
    let emails = Email::list_undelivered(conn)?.into_iter();
    let with_permission = emails.map(|email| {
        let can_resend = cx.has_permission(Permission::required_to_resend(&email));
        (email, can_resend)
    });
    Ok(with_permission.collect())
}

fn load_delayed_emails(conn: &mut Conn) -> Result<Vec<(Email, Utc)>> {
    let mut delayed = Vec::new();
    for job in QueuedJob::list_retrying(conn, Queue::Mail, ATTEMPTS_BEFORE_DELAYED)? {
        let Ok(id) = job.payload.parse() else { continue };
        match Email::get(conn, id) {
            Ok(email) => delayed.push((email, job.run_at)),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(delayed)
}
