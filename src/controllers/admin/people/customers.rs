//! Customers: list, file, page, note and tags, status, merge, personal data.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;

use crate::controllers::admin::{ListQuery, add_model_error};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::people::customers::{CustomerForm, CustomerStatusForm, MergeForm};
use crate::http::form_token::FormSender;
use crate::http::guards::needs;
use crate::http::resource_path::CustomerPath;
use crate::http::security_headers::ResponseKind;
use crate::http::{AdminRequest, Confirmed, Context, Form, FormToken, Reply, Staff};
use crate::models::maintenance::erasure;
use crate::models::maintenance::personal_data::PersonalData;
use crate::models::people::account::Account;
use crate::models::people::account::addresses::AccountAddress;
use crate::models::people::account::consents::Consent;
use crate::models::people::account::roles::Permission;
use crate::models::people::customer::{Customer, CustomerFilter, CustomerView};
use crate::models::platform::email::Email;
use crate::models::platform::event::audit_log::{LogEntry, LogFilter};
use crate::models::platform::setting::Settings;
use crate::models::sales::order::Order;
use crate::paths;
use crate::presenters::format::Format;
pub(super) use crate::presenters::sales::admin_customer::CustomerForms;
use crate::presenters::sales::admin_customer::{
    CustomerPage, customer_fields, customers_csv, present_customer, present_customer_row,
};
use crate::presenters::sales::audit_log::{LogRecords, present_log_entry};
use crate::presenters::sales::privacy_export::to_json;
use crate::support::i18n::Message;
use crate::support::ids::{AccountId, OrderId};
use crate::support::pagination::Cursor;
use crate::views::admin::people::customers::{Counts, Index, Show};
use crate::views::admin::platform::audit_logs;

/// Rows of the exported file.
const EXPORT_LIMIT: i64 = 10_000;
/// Events of a customer's page.
const TIMELINE_LENGTH: i64 = 30;

type CustomerManager = Staff<needs::ManageCustomers>;

pub async fn index(admin: AdminRequest<needs::Customers>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let list = ListQuery::from_context(cx);
            let tag = cx.query_param("tag").unwrap_or_default();
            let filter = build_filter(&list.tab, &list.q, &tag);
            let rows = Customer::page(conn, &filter, &list.cursor)?;
            let counts = Counts {
                all: Customer::count(conn, CustomerView::All)?,
                accounts: Customer::count(conn, CustomerView::Accounts)?,
                guests: Customer::count(conn, CustomerView::Guests)?,
            };
            let rows = rows.map(|listing| present_customer_row(listing, cx.format()));
            Ok(Index { t: cx.locale(), tab: list.tab, counts, q: list.q, tag, rows })
        })
        .await
}

/// What the list shows, as a file. If it has to ask for the password, its form leads to [`export_confirmed`].
pub async fn export(staff: Staff<needs::Customers>) -> Result<Reply> {
    let value = |name| (name, staff.visitor.query_param(name).unwrap_or_default());
    let filters = Fields::from_pairs(["tab", "q", "tag"].map(value));
    match staff.confirm_identity(&filters, &FormToken::default()).await? {
        Some(question) => Ok(question.status(StatusCode::FORBIDDEN)),
        None => export_list(&staff, &filters).await,
    }
}

pub async fn export_confirmed(staff: Staff<needs::Customers>, form: Form) -> Result<Reply> {
    match staff.confirm_identity(&form.fields, &form.token).await? {
        Some(question) => Ok(question),
        None => export_list(&staff, &form.fields).await,
    }
}

async fn export_list(staff: &Staff<needs::Customers>, filters: &Fields) -> Result<Reply> {
    let filter = build_filter(filters.value("tab"), filters.value("q").trim(), filters.value("tag"));
    let read = staff.read(move |conn| {
        let customers = Customer::page(conn, &filter, &Cursor::first(EXPORT_LIMIT))?;
        Ok(customers_csv(&customers.items, Settings::load(conn)?.locale))
    });
    Ok(Reply::csv(read.await?, "customers"))
}

fn build_filter(tab: &str, typed: &str, tag: &str) -> CustomerFilter {
    CustomerFilter {
        view: CustomerView::parse(tab).unwrap_or(CustomerView::All),
        typed: typed.chars().take(100).collect(),
        tag: tag.to_owned(),
    }
}

pub async fn show(admin: AdminRequest<needs::Customers>, path: CustomerPath) -> Result<Reply> {
    admin.render_page(move |conn, cx| build_page(conn, cx, &path, CustomerForms::default())).await
}

/// Saves note and tags.
pub async fn update(staff: CustomerManager, path: CustomerPath, form: Form) -> Result<Reply> {
    let mut fields = form.fields;
    if let Some(change) = fields.check::<CustomerForm>() {
        let (actor, customer_path) = (staff.actor(), path.clone());
        let saved = staff.write_once(&form.token, move |tx| {
            customer_path.load(tx.conn())?.save(tx, &change, &actor)?;
            Ok(Reply::redirect(paths::admin::customer(&customer_path.id)).notice(Message::StaffSaved))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(Error::Conflict | Error::AlreadySubmitted) => {
                let conflict_path = path.clone();
                let read = staff.read(move |conn| {
                    let customer = conflict_path.load(conn)?;
                    let tags = customer.list_tags(conn)?;
                    Ok(customer_fields(&customer, &tags))
                });
                fields.add_conflict(&read.await?);
            }
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    render_form(&staff, path, CustomerForms { details: Some(fields), ..CustomerForms::default() }).await
}

/// Suspends or reactivates the account.
pub async fn change_status(
    staff: Confirmed<Staff<needs::ManageCustomers>>,
    path: CustomerPath,
    form: Form,
) -> Result<Reply> {
    let mut fields = form.fields;
    let page = paths::admin::customer(&path.id);
    let Some((status, lock_version)) = fields.check::<CustomerStatusForm>() else {
        return Ok(Reply::redirect(page).alert(Message::FieldInvalid));
    };
    let (actor, target) = (staff.actor(), page.clone());
    let changed = staff.write_once(&form.token, move |tx| {
        let account = path.load(tx.conn())?.account_id.ok_or(Error::NotFound)?;
        Account::change_customer_status(tx, account, status, lock_version, &actor)?;
        Ok(Reply::redirect(target.clone()).notice(Message::StaffSaved))
    });
    match changed.await {
        Err(Error::Conflict) => Ok(Reply::redirect(page).alert(Message::ChangedSinceOpened)),
        reply => reply,
    }
}

/// Merges another customer into this one.
pub async fn merge(staff: Confirmed<Staff<needs::ManageCustomers>>, path: CustomerPath, form: Form) -> Result<Reply> {
    let mut fields = form.fields;
    if let Some(email) = fields.check::<MergeForm>() {
        let (by, customer_path) = (staff.member.clone(), path.clone());
        let merged = staff.write_once(&form.token, move |tx| {
            customer_path.load(tx.conn())?.merge(tx, &email.normal, &by)?;
            Ok(Reply::redirect(paths::admin::customer(&customer_path.id)).notice(Message::CustomersMerged))
        });
        match merged.await {
            Ok(reply) => return Ok(reply),
            Err(Error::Conflict) => fields.add_error("", Message::ChangedSinceOpened),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    render_form(&staff, path, CustomerForms { merge: fields, ..CustomerForms::default() }).await
}

/// Everything that is stored about the person, as a file.
pub async fn export_data(
    staff: Confirmed<Staff<needs::ManageCustomers>>,
    path: CustomerPath,
    form: Form,
) -> Result<Reply> {
    if let Some(reply) = staff.challenge(&form.fields, &form.token).await? {
        return Ok(reply);
    }
    let now = staff.visitor.app().clock().now();
    let read = staff.read(move |conn| {
        let account = load_account(conn, &path)?;
        Ok(to_json(&PersonalData::load(conn, &account, now)?))
    });
    let bytes = serde_json::to_vec_pretty(&read.await?)?;
    let reply = Reply::bytes(bytes, "application/json", ResponseKind::Private);
    Ok(reply.header(CONTENT_DISPOSITION, "attachment; filename=\"customer-data.json\""))
}

/// Deletes all that names the person and that the law does not demand to keep, at their request.
pub async fn erase(staff: Confirmed<Staff<needs::ManageCustomers>>, path: CustomerPath, form: Form) -> Result<Reply> {
    let (actor, customer_path, mut fields) = (staff.actor(), path.clone(), form.fields);
    let erased = staff.write_once(&form.token, move |tx| {
        let customer = customer_path.load(tx.conn())?;
        erasure::erase_customer(tx, &customer, &actor)?;
        Ok(Reply::redirect(paths::admin::customers()).notice(Message::CustomerErased))
    });
    match erased.await {
        Ok(reply) => return Ok(reply),
        Err(error) => add_model_error(&mut fields, error)?,
    }
    render_form(&staff, path, CustomerForms { erasure: fields, ..CustomerForms::default() }).await
}

/// The customer's account; `NotFound` for a guest.
fn load_account(conn: &mut Conn, path: &CustomerPath) -> Result<Account> {
    let id = path.load(conn)?.account_id.ok_or(Error::NotFound)?;
    Account::get(conn, id)
}

/// Renders the page with a form that was refused (422).
pub(super) async fn render_form<P>(staff: &Staff<P>, path: CustomerPath, forms: CustomerForms) -> Result<Reply> {
    Ok(staff.render_page(move |conn, cx| build_page(conn, cx, &path, forms)).await?.unprocessable())
}

fn build_page(conn: &mut Conn, cx: &Context, path: &CustomerPath, forms: CustomerForms) -> Result<Show> {
    let customer = path.load(conn)?;
    let account = match customer.account_id {
        Some(id) => Some(Account::get(conn, id)?),
        None => None,
    };
    let can_see_orders = cx.has_permission(Permission::Orders);
    let orders = if can_see_orders { Order::list_for_customer(conn, customer.id)? } else { Vec::new() };
    let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
    let page = CustomerPage {
        tags: customer.list_tags(conn)?,
        purchases: customer.purchases(conn)?,
        addresses: Order::list_addresses(conn, &ids)?,
        account_addresses: match customer.account_id {
            Some(id) => AccountAddress::list(conn, id)?,
            None => Vec::new(),
        },
        consents: match customer.account_id {
            Some(id) => Consent::list(conn, id)?,
            None => Vec::new(),
        },
        emails: match cx.has_permission(Permission::Outbox) {
            true => Email::list_for_customer(conn, &customer.email, &ids)?,
            false => Vec::new(),
        },
        timeline: load_timeline(conn, &customer, cx.format())?,
        home: cx.settings.country.clone(),
        can_manage: cx.has_permission(Permission::ManageCustomers),
        can_impersonate: cx.has_permission(Permission::Impersonate),
        customer,
        account,
        orders,
    };
    Ok(present_customer(page, forms, cx.format()))
}

/// What happened to the customer and to the account, the newest first.
fn load_timeline(conn: &mut Conn, customer: &Customer, format: &Format) -> Result<Vec<audit_logs::Row>> {
    let mut entries: Vec<LogEntry> = Vec::new();
    let account = customer.account_id.map(|id| ("account", i64::from(id)));
    for (kind, id) in [Some(("customer", i64::from(customer.id))), account].into_iter().flatten() {
        let filter = LogFilter { record: Some((kind.to_owned(), id)), ..LogFilter::default() };
        entries.extend(LogEntry::page(conn, &filter, &Cursor::first(TIMELINE_LENGTH))?.items);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.id));
    let accounts: Vec<AccountId> = entries.iter().flat_map(LogEntry::accounts).collect();
    let records = LogRecords { accounts: Account::find_by_ids(conn, &accounts)?, ..LogRecords::default() };
    Ok(entries.into_iter().map(|entry| present_log_entry(entry, &records, format)).collect())
}
