//! The log of what happened: a page with filters, and a file with what the page shows.

use crate::controllers::admin::parse_cursor;
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::http::guards::needs;
use crate::http::{AdminRequest, Reply};
use crate::models::people::account::Account;
use crate::models::platform::event::audit_log::{EventGroup, LogEntry, LogFilter};
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::sales::audit_log::{LogRecords, group_options, log_csv, present_log_entry, record_label};
use crate::support::clock::Utc;
use crate::support::ids::{AccountId, OrderId};
use crate::support::pagination::{Cursor, CursorPage};
use crate::views::SelectOption;
use crate::views::admin::platform::audit_logs::{Index, Row};

/// Rows of the exported file.
const EXPORT_LIMIT: i64 = 10_000;
/// The names of the filters, in the order of an address.
const FILTERS: [&str; 5] = ["actor", "group", "from", "until", "record"];

pub async fn index(admin: AdminRequest<needs::AuditLog>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let (t, form) = (cx.locale(), Fields::parse(cx.query().as_bytes()));
            let filter = parse_filter(&form, &cx.settings.time_zone);
            let rows = load_rows(conn, &filter, &parse_cursor(cx), cx.format())?;
            let staff = Account::list_staff(conn)?.into_iter().map(|(account, _)| account);
            let staff = staff.map(|account| SelectOption::new(account.id.to_string(), account.name));
            Ok(Index {
                t,
                actors: std::iter::once(SelectOption::new("", t.event_log_anybody())).chain(staff).collect(),
                groups: group_options(t),
                record: filter.record.map(|(kind, id)| record_label(t, &kind, id)).unwrap_or_default(),
                rows,
                href: with_filters(paths::admin::audit_log(), &form),
                export_href: with_filters(paths::admin::audit_log_export(), &form),
                form,
            })
        })
        .await
}

pub async fn export(admin: AdminRequest<needs::AuditLog>) -> Result<Reply> {
    let form = Fields::parse(admin.query().as_bytes());
    let read = admin.read(move |conn, _| {
        let settings = Settings::load(conn)?;
        let (filter, format) = (parse_filter(&form, &settings.time_zone), Format::from_settings(&settings));
        let rows = load_rows(conn, &filter, &Cursor::first(EXPORT_LIMIT), &format)?;
        Ok(log_csv(&rows.items, settings.locale))
    });
    Ok(Reply::csv(read.await?, "audit-log"))
}

fn load_rows(conn: &mut Conn, filter: &LogFilter, cursor: &Cursor, format: &Format) -> Result<CursorPage<Row>> {
    let entries = LogEntry::page(conn, filter, cursor)?;
    let accounts: Vec<AccountId> = entries.items.iter().flat_map(LogEntry::accounts).collect();
    let orders: Vec<OrderId> = entries.items.iter().filter_map(|entry| entry.order).collect();
    let records = LogRecords {
        accounts: Account::find_by_ids(conn, &accounts)?,
        orders: Order::find_numbers(conn, &orders)?,
        lines: Order::list_lines(conn, &orders)?,
    };
    Ok(entries.map(|entry| present_log_entry(entry, &records, format)))
}

/// The filters of an address; nonsense is no filter.
fn parse_filter(form: &Fields, zone: &str) -> LogFilter {
    LogFilter {
        actor: form.value("actor").parse().ok(),
        group: EventGroup::parse(form.value("group")),
        record: form.value("record").split_once(':').and_then(|(kind, id)| Some((kind.to_owned(), id.parse().ok()?))),
        from: Utc::parse_in(zone, form.value("from")),
        until: Utc::parse_end_in(zone, form.value("until")),
    }
}

fn with_filters(path: &str, form: &Fields) -> String {
    let values = FILTERS.into_iter().map(|name| (name, form.value(name))).filter(|(_, value)| !value.is_empty());
    values.fold(path.to_owned(), |path, (name, value)| paths::with_query_param(&path, name, value))
}
