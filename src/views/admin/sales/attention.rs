//! Everything that needs a person's decision.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Amount, DateTime, View};

#[derive(Template)]
#[template(path = "admin/sales/attention/index.html")]
pub struct Index {
    pub t: Locale,
    /// Cards declined within the last hour, if suspiciously many (card testing): count, and time of the first.
    pub declines: Option<(i64, DateTime)>,
    pub overdue: Vec<OverdueQueueRow>,
    pub orders: Vec<OrderRow>,
    pub returns: Vec<ReturnRow>,
    pub failed_fulfilments: Vec<FailedFulfilmentRow>,
    /// Unchecked VAT numbers that exempted an order from tax, oldest first.
    pub vat_numbers: Vec<VatNumberRow>,
    pub jobs: Vec<JobRow>,
    pub undelivered_emails: Vec<UndeliveredEmailRow>,
    pub delayed_emails: Vec<DelayedEmailRow>,
}

#[derive(Clone, Debug)]
pub struct OverdueQueueRow {
    pub what: &'static str,
    pub since: DateTime,
    pub count: i64,
}

#[derive(Clone, Debug)]
pub struct DelayedEmailRow {
    pub href: String,
    pub subject: String,
    pub to: String,
    pub error: String,
    pub next: DateTime,
}

#[derive(Clone, Debug)]
pub struct OrderRow {
    pub name: String,
    pub href: String,
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
    pub retry: Option<String>,
}

#[derive(Clone, Debug)]
pub struct UndeliveredEmailRow {
    pub href: String,
    pub subject: String,
    pub to: String,
    pub when: DateTime,
    pub error: String,
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
