//! Everything that needs a person's decision.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Amount, DateTime, View};

#[derive(Template)]
#[template(path = "admin/sales/attention/index.html")]
pub struct Index {
    pub t: Locale,
    /// Declined cards within the last hour, when there are suspiciously many (card testing): count and time of the
    /// first.
    pub declines: Option<(i64, DateTime)>,
    /// Queues with jobs that are due but have not run.
    pub overdue: Vec<OverdueQueueRow>,
    /// Flagged orders, latest first.
    pub orders: Vec<OrderRow>,
    /// Returns that await an answer, oldest first.
    pub returns: Vec<ReturnRow>,
    /// Failed fulfilments, oldest first.
    pub failed_fulfilments: Vec<FailedFulfilmentRow>,
    /// Unchecked VAT numbers that exempted an order from tax, oldest first.
    pub vat_numbers: Vec<VatNumberRow>,
    /// Dead jobs: all retries failed.
    pub jobs: Vec<JobRow>,
    pub undelivered_emails: Vec<UndeliveredEmailRow>,
    /// Emails that the mail server has deferred, oldest first.
    pub delayed_emails: Vec<DelayedEmailRow>,
}

#[derive(Clone, Debug)]
pub struct OverdueQueueRow {
    pub what: &'static str,
    /// When the oldest overdue job was due.
    pub since: DateTime,
    pub count: i64,
}

#[derive(Clone, Debug)]
pub struct DelayedEmailRow {
    pub href: String,
    pub subject: String,
    pub to: String,
    /// The mail server's last reply.
    pub error: String,
    pub next: DateTime,
}

#[derive(Clone, Debug)]
pub struct OrderRow {
    pub name: String,
    pub href: String,
    /// The reason for the flag.
    pub why: String,
    pub who: String,
    pub since: DateTime,
    pub total: Amount,
    /// None without the permission.
    pub resolve_href: Option<String>,
}

#[derive(Clone, Debug)]
pub struct ReturnRow {
    pub name: String,
    pub href: String,
    pub who: String,
    pub why: String,
    pub since: DateTime,
}

#[derive(Clone, Debug)]
pub struct FailedFulfilmentRow {
    pub name: String,
    pub href: String,
    pub who: String,
    /// Carrier and tracking number; may be empty.
    pub carrier: String,
    pub sent: DateTime,
}

#[derive(Clone, Debug)]
pub struct VatNumberRow {
    pub name: String,
    pub href: String,
    pub who: String,
    pub vat_number: String,
    pub since: DateTime,
}

#[derive(Clone, Debug)]
pub struct JobRow {
    pub what: &'static str,
    pub error: String,
    /// None without the permission.
    pub retry: Option<String>,
}

#[derive(Clone, Debug)]
pub struct UndeliveredEmailRow {
    pub href: String,
    pub subject: String,
    pub to: String,
    pub when: DateTime,
    /// The mail server's reply; may be empty.
    pub error: String,
    /// None without the permission.
    pub send: Option<String>,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_attention_title().to_owned()
    }
}

impl Index {
    fn is_empty(&self) -> bool {
        self.declines.is_none()
            && self.orders.is_empty()
            && self.returns.is_empty()
            && self.failed_fulfilments.is_empty()
            && self.vat_numbers.is_empty()
            && self.jobs.is_empty()
            && self.undelivered_emails.is_empty()
            && self.delayed_emails.is_empty()
            && self.overdue.is_empty()
    }
}
