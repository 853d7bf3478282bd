//! The log of what happened, in the reader's language.

use std::collections::HashMap;

use crate::forms::field_label;
use crate::models::people::account::roles::Permission;
use crate::models::people::account::{Account, AccountStatus};
use crate::models::platform::event::Event;
use crate::models::platform::event::audit_log::{EventGroup, LogEntry};
use crate::models::sales::order::OrderLine;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::people::admin_role::permission_label;
use crate::presenters::people::admin_staff::{role_name, status_label};
use crate::presenters::platform::actor::actor_label;
use crate::presenters::sales::timeline::{TimelineRecords, describe_event};
use crate::support::csv;
use crate::support::i18n::Locale;
use crate::support::ids::{AccountId, OrderId};
use crate::views::admin::platform::audit_logs::{Change, Row};
use crate::views::{Link, SelectOption};

/// What the entries of a page name by its row id.
#[derive(Default)]
pub struct LogRecords {
    pub accounts: HashMap<AccountId, Account>,
    /// Numbers of orders.
    pub orders: HashMap<OrderId, String>,
    pub lines: Vec<OrderLine>,
}

pub fn present_log_entry(entry: LogEntry, records: &LogRecords, format: &Format) -> Row {
    let t = format.locale;
    let lines = TimelineRecords { lines: &records.lines, emails: &[] };
    let name = |id: AccountId| records.accounts.get(&id).map_or_else(|| id.to_string(), |account| account.name.clone());
    Row {
        when: format.date_time(entry.event.at),
        who: actor_label(t, &entry.event.actor),
        impersonator: entry.impersonator.map(|staff| t.event_log_impersonated(name(staff))),
        text: describe_event(&entry.event, lines, format),
        changes: entry.event.event.as_ref().map(|event| present_changes(t, event)).unwrap_or_default(),
        record: record_link(t, &entry, records),
        network: entry.network,
    }
}

/// A value before and after a change.
fn present_changes(t: Locale, event: &Event) -> Vec<Change> {
    match event {
        Event::SettingsChanged { changes, .. } | Event::IdentityProviderChanged { changes, .. } => changes
            .iter()
            .map(|change| Change {
                label: field_label(t, &change.name),
                before: setting_value(t, &change.before),
                after: setting_value(t, &change.after),
            })
            .collect(),
        Event::RoleChanged { from, to, .. } => vec![Change {
            label: t.admin_staff_column_role().to_owned(),
            before: role_name(t, from.clone()),
            after: role_name(t, to.clone()),
        }],
        Event::AccountStatusChanged { from, to, .. } => {
            let status = |text: &str| {
                let known = AccountStatus::parse(text);
                known.map_or_else(|| text.to_owned(), |status| status_label(t, status).to_owned())
            };
            vec![Change { label: t.admin_status().to_owned(), before: status(from), after: status(to) }]
        }
        Event::RolePermissionsChanged { changes } => changes
            .iter()
            .map(|change| {
                let permission = Permission::parse(&change.permission);
                let permission =
                    permission.map_or(change.permission.as_str(), |permission| permission_label(t, permission));
                let (granted, revoked) = (t.event_log_granted().to_owned(), t.event_log_revoked().to_owned());
                let (before, after) = if change.is_granted { (revoked, granted) } else { (granted, revoked) };
                Change { label: format!("{}: {permission}", role_name(t, change.role.clone())), before, after }
            })
            .collect(),
        Event::PasskeyRenamed { from, to, .. } => {
            vec![Change { label: field_label(t, "name"), before: from.clone(), after: to.clone() }]
        }
        Event::OrderEmailChanged { from, to, .. } | Event::EmailReaddressed { from, to, .. } => {
            vec![Change { label: field_label(t, "email"), before: from.clone(), after: to.clone() }]
        }
        _ => Vec::new(),
    }
}

/// The value of a setting; a switch is stored as `yes` or `no`.
fn setting_value(t: Locale, value: &str) -> String {
    match value {
        "yes" => t.event_log_yes().to_owned(),
        "no" => t.event_log_no().to_owned(),
        other => other.to_owned(),
    }
}

/// The record of an entry, with a link to all that happened to it; `None` for the site as a whole.
fn record_link(t: Locale, entry: &LogEntry, records: &LogRecords) -> Option<Link> {
    if let Some(order) = entry.order {
        let number = records.orders.get(&order).cloned().unwrap_or_else(|| order.to_string());
        return Some(Link { label: t.order_title(&number), href: paths::admin::order(&number) });
    }
    let (kind, id) = (entry.subject.0.as_str(), entry.subject.1?);
    let account = records.accounts.get(&AccountId::from(id)).filter(|_| kind == "account");
    let label = account.map_or_else(|| record_label(t, kind, id), |account| account.name.clone());
    Some(Link { label, href: paths::admin::audit_log_of(kind, id) })
}

/// A record by the type and row id of its events.
pub fn record_label(t: Locale, kind: &str, id: i64) -> String {
    let id = id.to_string();
    match kind {
        "account" => t.event_log_record_account(&id),
        "invitation" => t.event_log_record_invitation(&id),
        "customer" => t.event_log_record_customer(&id),
        "picture" => t.event_log_record_picture(&id),
        "post" => t.event_log_record_post(&id),
        "product" => t.event_log_record_product(&id),
        "gift_card" => t.event_log_record_gift_card(&id),
        "identity_provider" => t.event_log_record_identity_provider(&id),
        "webhook" => t.event_log_record_webhook(&id),
        other => format!("{other} {id}"),
    }
}

pub fn group_options(t: Locale) -> Vec<SelectOption> {
    let label = |group: EventGroup| match group {
        EventGroup::People => t.event_log_group_people(),
        EventGroup::Orders => t.event_log_group_orders(),
        EventGroup::Catalog => t.event_log_group_catalog(),
        EventGroup::Content => t.event_log_group_content(),
        EventGroup::Settings => t.event_log_group_settings(),
    };
    let groups = EventGroup::ALL.iter().map(|group| SelectOption::new(group.as_str(), label(*group)));
    std::iter::once(SelectOption::new("", t.event_log_group_any())).chain(groups).collect()
}

/// The log as a table for spreadsheets: one row for each change, at least one for each event.
pub fn log_csv(rows: &[Row], t: Locale) -> String {
    let mut text = String::new();
    csv::push_row(
        &mut text,
        &[
            t.event_log_column_when(),
            t.event_log_column_who(),
            t.event_log_column_what(),
            t.event_log_column_record(),
            t.event_log_column_before(),
            t.event_log_column_after(),
            t.event_log_column_network(),
        ],
    );
    for row in rows {
        let who = match &row.impersonator {
            Some(impersonator) => format!("{} ({impersonator})", row.who),
            None => row.who.clone(),
        };
        let record = row.record.as_ref().map_or("", |record| record.label.as_str());
        let mut push = |what: &str, before: &str, after: &str| {
            csv::push_row(&mut text, &[&row.when.iso, &who, what, record, before, after, &row.network]);
        };
        if row.changes.is_empty() {
            push(&row.text, "", "");
        }
        for change in &row.changes {
            push(&format!("{}: {}", row.text, change.label), &change.before, &change.after);
        }
    }
    text
}
