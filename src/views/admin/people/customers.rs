//! Customers: the list and one customer.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::people::customers::limits;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::support::pagination::{CappedCount, CursorPage};
use crate::views::admin::platform::{audit_logs, emails};
use crate::views::admin::{self, ListFilter, Pill, Tab};
use crate::views::{Amount, DateTime, View, filters};

#[derive(Template)]
#[template(path = "admin/people/customers/index.html")]
pub struct Index {
    pub t: Locale,
    /// `?tab=`: empty, `accounts` or `guests`.
    pub tab: String,
    pub counts: Counts,
    pub q: String,
    /// Only customers with this tag; empty for all.
    pub tag: String,
    pub rows: CursorPage<Row>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub all: CappedCount,
    pub accounts: CappedCount,
    pub guests: CappedCount,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub name: String,
    pub email: String,
    pub has_account: bool,
    pub tags: Vec<TagLink>,
    pub orders: i64,
    pub spent: String,
    pub last_order: Option<DateTime>,
}

/// A tag, and the customers who have it.
#[derive(Clone, Debug)]
pub struct TagLink {
    pub name: String,
    pub href: String,
}

#[derive(Template)]
#[template(path = "admin/people/customers/show.html")]
pub struct Show {
    pub t: Locale,
    pub id: String,
    pub name: String,
    pub email: String,
    pub state: Pill,
    /// `Customer since 3 May 2026`.
    pub since: String,
    /// `3 orders, €40.00 spent`.
    pub summary: String,
    pub tags: Vec<TagLink>,
    pub orders: Vec<OrderRow>,
    /// Lines of each address.
    pub addresses: Vec<Vec<String>>,
    pub emails: Vec<emails::Row>,
    /// Newest first.
    pub timeline: Vec<audit_logs::Row>,
    /// Fields: `staff_note`, `tags`, `lock_version`.
    pub form: Fields,
    /// Fields: `email`.
    pub merge: Fields,
    /// Fields: `reason`.
    pub impersonation: Fields,
    /// Without fields: only why it was refused.
    pub erasure: Fields,
    /// The customer agreed to news and offers by email.
    pub has_marketing_consent: bool,
    pub can_manage: bool,
    /// The version of the account; `None` for a guest.
    pub account_version: Option<i64>,
    pub is_suspended: bool,
    pub can_impersonate: bool,
}

#[derive(Clone, Debug)]
pub struct OrderRow {
    pub href: String,
    pub number: String,
    pub when: DateTime,
    pub payment: Pill,
    pub total: Amount,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_customer_title().to_owned()
    }
}

impl Index {
    fn filter(&self) -> ListFilter {
        let tabs = vec![
            Tab { key: "", label: self.t.admin_all(), count: self.counts.all },
            Tab { key: "accounts", label: self.t.admin_customer_accounts(), count: self.counts.accounts },
            Tab { key: "guests", label: self.t.admin_customer_guests(), count: self.counts.guests },
        ];
        ListFilter { base: paths::admin::customers(), tabs, tab: self.tab.clone(), q: self.q.clone() }
    }

    /// The list with its filters.
    fn href(&self) -> String {
        self.with_tag(self.filter().href())
    }

    /// The file with what the list shows.
    fn export_href(&self) -> String {
        self.with_tag(ListFilter { base: paths::admin::customers_export(), ..self.filter() }.href())
    }

    fn with_tag(&self, href: String) -> String {
        if self.tag.is_empty() { href } else { paths::with_query_param(&href, "tag", &self.tag) }
    }

    fn is_filtered(&self) -> bool {
        self.filter().is_filtered() || !self.tag.is_empty()
    }
}

impl View for Show {
    fn title(&self) -> String {
        let refused =
            [&self.form, &self.merge, &self.impersonation, &self.erasure].into_iter().find(|form| !form.is_valid());
        admin::title_with_error(self.t, refused.unwrap_or(&self.form), &self.name)
    }
}
