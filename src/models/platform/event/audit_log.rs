//! The event log as a whole, for those who check what was done on the site.

use diesel::prelude::*;

use super::{EventRow, StoredEvent};
use crate::apply_cursor;
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::schema::events;
use crate::support::clock::Utc;
use crate::support::ids::{AccountId, OrderId};
use crate::support::pagination::{Cursor, CursorPage};
use crate::text_enum;

text_enum! {
    /// What events are about, as the page filters them.
    EventGroup {
        /// Accounts, roles, invitations and customers.
        People = "people",
        Orders = "orders",
        Catalog = "catalog",
        Content = "content",
        Settings = "settings",
    }
}

impl EventGroup {
    /// The types of records that belong to it.
    fn subject_types(self) -> &'static [&'static str] {
        match self {
            EventGroup::People => &["account", "role", "invitation", "customer"],
            EventGroup::Orders => &[
                "order",
                "fulfilment",
                "payment_attempt",
                "refund",
                "refund_transaction",
                "return",
                "invoice",
                "webhook",
                "email",
            ],
            EventGroup::Catalog => &["product", "gift_card"],
            EventGroup::Content => &["post", "picture"],
            EventGroup::Settings => &["settings", "site", "identity_provider"],
        }
    }
}

/// Which events of the log to show.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Events by this account.
    pub actor: Option<AccountId>,
    pub group: Option<EventGroup>,
    /// Type and row id of a record.
    pub record: Option<(String, i64)>,
    pub from: Option<Utc>,
    /// Not included.
    pub until: Option<Utc>,
}

/// An event of the log.
#[derive(Clone, Debug)]
pub struct LogEntry {
    pub id: i64,
    pub event: StoredEvent,
    /// What it happened to: the type of the record and its row id.
    pub subject: (String, Option<i64>),
    pub order: Option<OrderId>,
    /// The client's network; empty for guests and the program itself.
    pub network: String,
    /// Who acted in the name of the account.
    pub impersonator: Option<AccountId>,
}

#[derive(HasQuery)]
#[diesel(table_name = events, check_for_backend(AnyBackend))]
struct LogRow {
    id: i64,
    subject_type: String,
    subject_id: Option<i64>,
    order_id: Option<OrderId>,
    network: String,
    impersonator_id: Option<AccountId>,
    #[diesel(embed)]
    event: EventRow,
}

impl LogEntry {
    /// A page of the log, newest first (keyset pagination).
    pub fn page(conn: &mut Conn, filter: &LogFilter, cursor: &Cursor) -> Result<CursorPage<LogEntry>> {
        let anchor: Option<(Utc, i64)> = match cursor.anchor_id() {
            Some(id) => events::table.find(id).select((events::at, events::id)).first(conn).optional()?,
            None => None,
        };
        let rows = match filter.group {
            None => load_rows(conn, filter, None, cursor, anchor)?,
            // An index has the events of each type in the order of the page, but not those of several types.
            Some(group) => {
                let mut rows = Vec::new();
                for subject_type in group.subject_types() {
                    rows.extend(load_rows(conn, filter, Some(subject_type), cursor, anchor)?);
                }
                rows.sort_by_key(|row| (row.event.at, row.id));
                if !cursor.is_backwards() {
                    rows.reverse();
                }
                rows
            }
        };
        let page = CursorPage::from_rows(rows, cursor, |row: &LogRow| row.id.to_string());
        Ok(page.map(LogEntry::from))
    }
}

/// The rows of a page and one more, of one type of records if it is given.
fn load_rows(
    conn: &mut Conn,
    filter: &LogFilter,
    subject_type: Option<&'static str>,
    cursor: &Cursor,
    anchor: Option<(Utc, i64)>,
) -> Result<Vec<LogRow>> {
    let mut query = LogRow::query().into_boxed::<AnyBackend>();
    if let Some(actor) = filter.actor {
        query = query.filter(events::actor_id.eq(actor));
    }
    if let Some(subject_type) = subject_type {
        query = query.filter(events::subject_type.eq(subject_type));
    }
    if let Some((kind, id)) = &filter.record {
        query = query.filter(events::subject_type.eq(kind.clone()).and(events::subject_id.eq(*id)));
    }
    if let Some(from) = filter.from {
        query = query.filter(events::at.ge(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(events::at.lt(until));
    }
    Ok(apply_cursor!(query, cursor, anchor, descending, events::at, events::id).load(conn)?)
}

impl LogEntry {
    /// Row ids of the accounts that it is about or that acted.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        let subject = match (self.subject.0.as_str(), self.subject.1) {
            ("account", Some(id)) => Some(AccountId::from(id)),
            _ => None,
        };
        subject.into_iter().chain(self.impersonator)
    }
}

impl From<LogRow> for LogEntry {
    fn from(row: LogRow) -> LogEntry {
        LogEntry {
            id: row.id,
            event: StoredEvent::from(row.event),
            subject: (row.subject_type, row.subject_id),
            order: row.order_id,
            network: row.network,
            impersonator: row.impersonator_id,
        }
    }
}
