//! What needs a person's decision: the attention page.

use crate::models::platform::email::Email;
use crate::models::platform::job::{OverdueJobs, QueuedJob};
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order};
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::platform::job::{job_label, queue_label};
use crate::presenters::sales::admin_labels::order_label;
use crate::presenters::sales::timeline::describe_review_reason;
use crate::support::clock::Utc;
use crate::views::admin::sales::attention::{
    DelayedEmailRow, FailedFulfilmentRow, Index, JobRow, OrderRow, OverdueQueueRow, ReturnRow, UndeliveredEmailRow,
    VatNumberRow,
};

/// The entries of the attention page that the viewer may see.
pub struct AttentionItems {
    pub declines: Option<CardTestingAlert>,
    pub overdue: Vec<OverdueJobs>,
    pub orders: Vec<(Order, Utc)>,
    pub returns: Vec<(Return, Order)>,
    pub failed_fulfilments: Vec<(Fulfilment, Order)>,
    pub vat_numbers: Vec<(Order, String)>,
    pub dead_jobs: Vec<QueuedJob>,
    /// Emails, and whether the viewer may send them again.
    pub undelivered_emails: Vec<(Email, bool)>,
    /// Emails with the time of the next attempt.
    pub delayed_emails: Vec<(Email, Utc)>,
    pub can_manage_orders: bool,
}

pub fn present_attention(items: AttentionItems, format: &Format) -> Index {
    let t = format.locale;
    let can_manage = items.can_manage_orders;
    let job = |job: QueuedJob| JobRow {
        what: job_label(t, &job),
        retry: can_manage.then(|| paths::admin::job_retry(job.id)),
        error: job.last_error.unwrap_or_default(),
    };
    let overdue = items.overdue.into_iter().map(|late| OverdueQueueRow {
        what: queue_label(t, late.queue),
        since: format.date_time(late.since),
        count: late.count,
    });
    let orders = items.orders.into_iter().map(|(order, since)| present_order(order, since, can_manage, format));
    let returns = items.returns.into_iter().map(|(one, order)| present_return(one, &order, format));
    let fulfilments = items.failed_fulfilments.iter();
    let fulfilments = fulfilments.map(|(fulfilment, order)| present_failed_fulfilment(fulfilment, order, format));
    let vat_numbers = items.vat_numbers.into_iter().map(|(order, number)| present_vat_number(&order, number, format));
    Index {
        t,
        declines: items.declines.map(|alert| (alert.count, format.date_time(alert.since))),
        overdue: overdue.collect(),
        orders: orders.collect(),
        returns: returns.collect(),
        failed_fulfilments: fulfilments.collect(),
        vat_numbers: vat_numbers.collect(),
        jobs: items.dead_jobs.into_iter().map(job).collect(),
        undelivered_emails: items
            .undelivered_emails
            .into_iter()
            .map(|(email, can_resend)| present_undelivered_email(email, can_resend, format))
            .collect(),
        delayed_emails: items
            .delayed_emails
            .into_iter()
            .map(|(email, next)| present_delayed_email(email, next, format))
            .collect(),
    }
}

fn present_order(order: Order, since: Utc, can_manage: bool, format: &Format) -> OrderRow {
    OrderRow {
        name: order_label(format.locale, &order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        since: format.date_time(since),
        total: format.amount_in(order.totals.total_minor, order.currency),
        resolve_href: can_manage.then(|| paths::admin::review_flag_resolution(&order.public_id)),
        why: order.review_reason.map(|reason| describe_review_reason(&reason, format)).unwrap_or_default(),
    }
}

fn present_return(one: Return, order: &Order, format: &Format) -> ReturnRow {
    ReturnRow {
        name: order_label(format.locale, order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        since: format.date_time(one.created_at),
        why: one.reason,
    }
}

fn present_vat_number(order: &Order, vat_number: String, format: &Format) -> VatNumberRow {
    VatNumberRow {
        name: order_label(format.locale, order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        since: format.date_time(order.placed_at.unwrap_or(order.created_at)),
        vat_number,
    }
}

fn present_failed_fulfilment(fulfilment: &Fulfilment, order: &Order, format: &Format) -> FailedFulfilmentRow {
    FailedFulfilmentRow {
        name: order_label(format.locale, order),
        href: paths::admin::order(order.url_param()),
        who: order.email.clone(),
        carrier: [fulfilment.carrier.as_str(), fulfilment.tracking_number.as_str()].join(" ").trim().to_owned(),
        sent: format.date_time(fulfilment.shipped_at),
    }
}

fn present_undelivered_email(email: Email, can_resend: bool, format: &Format) -> UndeliveredEmailRow {
    UndeliveredEmailRow {
        href: paths::admin::email(email.id),
        when: format.date_time(email.created_at),
        error: email.state_reason,
        send: can_resend.then(|| paths::admin::email_resend(email.id)),
        to: email.recipient,
        subject: email.subject,
    }
}

fn present_delayed_email(email: Email, next: Utc, format: &Format) -> DelayedEmailRow {
    DelayedEmailRow {
        href: paths::admin::email(email.id),
        next: format.date_time(next),
        error: email.state_reason,
        to: email.recipient,
        subject: email.subject,
    }
}
