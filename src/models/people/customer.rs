//! Customers: everybody who has bought or has an account, by email address. Triggers of the database add those with an
//! account; staff accounts are left out.

use std::collections::HashMap;

use diesel::dsl::{case_when, exists, not};
use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::db::full_text::{MatchMode, full_text_match, to_spellings};
use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::schema::{account_roles, customer_tags, customers, order_words, orders};
use crate::support::clock::Utc;
use crate::support::email_address;
use crate::support::ids::{AccountId, CustomerId};
use crate::support::money::Currency;
use crate::support::pagination::{CappedCount, Cursor, CursorPage};
use crate::support::slug;
use crate::{apply_cursor, count_capped, on_backend, text_enum};

text_enum! {
    CustomerView {
        All = "all",
        /// With an account.
        Accounts = "accounts",
        /// Without an account.
        Guests = "guests",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = customers, check_for_backend(AnyBackend))]
pub struct Customer {
    pub id: CustomerId,
    pub public_id: String,
    pub email: String,
    pub name: String,
    pub account_id: Option<AccountId>,
    /// Only staff read it.
    pub staff_note: String,
    pub lock_version: i64,
    /// When they ordered last, or got their account.
    pub seen_at: Utc,
    pub created_at: Utc,
}

/// A customer as a row of the list.
#[derive(Clone, Debug)]
pub struct CustomerListing {
    pub customer: Customer,
    pub tags: Vec<String>,
    pub purchases: Purchases,
}

/// What a customer has bought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purchases {
    pub order_count: i64,
    /// Paid and not refunded, in minor units of each currency.
    pub spent: Vec<(Currency, i64)>,
    pub last_order_at: Option<Utc>,
}

/// Which customers to list.
#[derive(Clone, Debug)]
pub struct CustomerFilter {
    pub view: CustomerView,
    /// Part of a name or an address; empty for all.
    pub typed: String,
    /// Empty for all.
    pub tag: String,
}

/// Note and tags, as staff edit them.
#[derive(Clone, Debug)]
pub struct CustomerChange {
    pub staff_note: String,
    pub tags: Vec<String>,
    /// The version that the form was opened with.
    pub lock_version: i64,
}

#[derive(Insertable)]
#[diesel(table_name = customer_tags, treat_none_as_default_value = false)]
struct NewCustomerTag<'a> {
    customer_id: CustomerId,
    tag: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
struct NewCustomer<'a> {
    public_id: String,
    email: &'a str,
    email_normal: &'a str,
    name: &'a str,
    seen_at: Utc,
    created_at: Utc,
}

type Boxed<'a> = customers::BoxedQuery<'a, AnyBackend>;

fn filter_by_view<'a>(view: CustomerView) -> Boxed<'a> {
    let staff = account_roles::table.filter(customers::account_id.eq(account_roles::account_id.nullable()));
    let all = customers::table.into_boxed::<AnyBackend>();
    match view {
        CustomerView::All => all.filter(customers::account_id.is_null().or(not(exists(staff)))),
        CustomerView::Accounts => all.filter(customers::account_id.is_not_null()).filter(not(exists(staff))),
        CustomerView::Guests => all.filter(customers::account_id.is_null()),
    }
}

/// The characters that `LIKE` does not take literally are of no use in a search.
fn like_pattern(typed: &str) -> String {
    let literal: String = typed.chars().filter(|character| !matches!(character, '%' | '_' | '\\')).collect();
    format!("%{literal}%")
}

impl Customer {
    /// A page of customers, those seen last first (keyset pagination).
    pub fn page(conn: &mut Conn, filter: &CustomerFilter, cursor: &Cursor) -> Result<CursorPage<CustomerListing>> {
        let anchor: Option<(Utc, CustomerId)> = cursor.anchor(|key| {
            let row = customers::table.filter(customers::public_id.eq(key));
            row.select((customers::seen_at, customers::id)).first(conn).optional()
        })?;
        let mut query = filter_by_view(filter.view);
        if !filter.tag.is_empty() {
            let tagged = customer_tags::table
                .filter(customer_tags::tag.eq(filter.tag.clone()))
                .select(customer_tags::customer_id);
            query = query.filter(customers::id.eq_any(tagged));
        }
        let words: Vec<String> = slug::search_words(&filter.typed).into_iter().take(10).collect();
        if !words.is_empty() {
            let bought = order_words::table
                .inner_join(orders::table)
                .filter(full_text_match(order_words::document, MatchMode::Prefixes, &to_spellings(&words)))
                .select(orders::customer_id);
            let is_named = customers::email_normal
                .like(like_pattern(&filter.typed.to_ascii_lowercase()))
                .or(customers::name.like(like_pattern(&filter.typed)));
            query = query.filter(is_named.or(customers::id.nullable().eq_any(bought)));
        }
        let query = query.select(Customer::as_select());
        let rows: Vec<Customer> =
            apply_cursor!(query, cursor, anchor, descending, customers::seen_at, customers::id).load(conn)?;
        let ids: Vec<CustomerId> = rows.iter().map(|customer| customer.id).collect();
        let mut purchases = Purchases::load(conn, &ids)?;
        let mut tags: HashMap<CustomerId, Vec<String>> = HashMap::new();
        for (id, tag) in load_tags(conn, &ids)? {
            tags.entry(id).or_default().push(tag);
        }
        Ok(CursorPage::from_rows(rows, cursor, |customer: &Customer| customer.public_id.clone()).map(|customer| {
            let (tags, purchases) = (tags.remove(&customer.id), purchases.remove(&customer.id));
            CustomerListing { customer, tags: tags.unwrap_or_default(), purchases: purchases.unwrap_or_default() }
        }))
    }

    pub fn count(conn: &mut Conn, view: CustomerView) -> Result<CappedCount> {
        count_capped!(conn, filter_by_view(view), customers::id)
    }

    /// A customer by public id; not a staff account.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<Customer> {
        let found = filter_by_view(CustomerView::All).filter(customers::public_id.eq(public_id.to_owned()));
        Ok(found.select(Customer::as_select()).first(conn)?)
    }

    pub fn find_for_account(conn: &mut Conn, account: AccountId) -> Result<Customer> {
        Ok(Customer::query().filter(customers::account_id.eq(account)).first(conn)?)
    }

    /// A customer by address; not a staff account.
    pub fn find_by_email(conn: &mut Conn, email_normal: &str) -> Result<Option<Customer>> {
        let found = filter_by_view(CustomerView::All).filter(customers::email_normal.eq(email_normal.to_owned()));
        Ok(found.select(Customer::as_select()).first(conn).optional()?)
    }

    /// Adds the buyer of an order, or notes that a known customer has ordered at `at`. The name is that of the first
    /// order with one.
    pub(in crate::models) fn record_order(tx: &mut Tx<'_>, email: &str, name: &str, at: Utc) -> Result<CustomerId> {
        let normal = email_address::normalise(email);
        let public_id = tx.generate_public_id()?;
        let row = NewCustomer { public_id, email, email_normal: &normal, name, seen_at: at, created_at: at };
        let last_seen = case_when(customers::seen_at.lt(excluded(customers::seen_at)), excluded(customers::seen_at))
            .otherwise(customers::seen_at);
        let first_name = case_when(customers::name.eq(""), excluded(customers::name)).otherwise(customers::name);
        let conn = tx.conn();
        Ok(on_backend!(conn => diesel::insert_into(customers::table)
            .values(row)
            .on_conflict(customers::email_normal)
            .do_update()
            .set((customers::seen_at.eq(last_seen), customers::name.eq(first_name)))
            .returning(customers::id)
            .get_result(conn))?)
    }

    /// Deletes a guest without orders, note and tags, for example after a mistyped address was corrected.
    pub(in crate::models) fn delete_if_unused(tx: &mut Tx<'_>, id: CustomerId) -> Result<()> {
        let ordered = orders::table.filter(orders::customer_id.eq(id));
        let tagged = customer_tags::table.filter(customer_tags::customer_id.eq(id));
        let unused = customers::table
            .find(id)
            .filter(customers::account_id.is_null().and(customers::staff_note.eq("")))
            .filter(not(exists(ordered)).and(not(exists(tagged))));
        diesel::delete(unused).execute(tx.conn())?;
        Ok(())
    }

    pub fn list_tags(&self, conn: &mut Conn) -> Result<Vec<String>> {
        Ok(load_tags(conn, &[self.id])?.into_iter().map(|(_, tag)| tag).collect())
    }

    pub fn purchases(&self, conn: &mut Conn) -> Result<Purchases> {
        Ok(Purchases::load(conn, &[self.id])?.remove(&self.id).unwrap_or_default())
    }

    /// Saves note and tags.
    ///
    /// # Errors
    /// `Conflict` when somebody else has saved them.
    pub fn save(&self, tx: &mut Tx<'_>, change: &CustomerChange, by: &Actor) -> Result<()> {
        let unchanged = customers::table.find(self.id).filter(customers::lock_version.eq(change.lock_version));
        let saved = diesel::update(unchanged)
            .set((
                customers::staff_note.eq(&change.staff_note),
                customers::lock_version.eq(customers::lock_version + 1),
            ))
            .execute(tx.conn())?;
        if saved != 1 {
            return Err(Error::Conflict);
        }
        diesel::delete(customer_tags::table.filter(customer_tags::customer_id.eq(self.id))).execute(tx.conn())?;
        add_tags(tx, self.id, &change.tags)?;
        Event::CustomerChanged { customer: self.id }.record(tx, by)
    }
}

/// Customer, currency, captured, paid by gift card and refunded amount in minor units, and time of an order.
type PurchaseRow = (Option<CustomerId>, Currency, i64, i64, i64, Option<Utc>);

impl Purchases {
    fn load(conn: &mut Conn, ids: &[CustomerId]) -> Result<HashMap<CustomerId, Purchases>> {
        let rows: Vec<PurchaseRow> = orders::table
            .filter(id_in(orders::customer_id, ids).and(orders::number.is_not_null()))
            .select((
                orders::customer_id,
                orders::currency,
                orders::captured_minor,
                orders::gift_card_minor,
                orders::refunded_minor,
                orders::placed_at,
            ))
            .load(conn)?;
        let mut all: HashMap<CustomerId, Purchases> = HashMap::new();
        for (customer, currency, captured, by_gift_card, refunded, placed_at) in rows {
            let Some(customer) = customer else { continue };
            let purchases = all.entry(customer).or_default();
            purchases.order_count += 1;
            purchases.last_order_at = purchases.last_order_at.max(placed_at);
            let spent = captured.saturating_add(by_gift_card).saturating_sub(refunded);
            match purchases.spent.iter_mut().find(|(known, _)| *known == currency) {
                Some((_, minor)) => *minor = minor.saturating_add(spent),
                None => purchases.spent.push((currency, spent)),
            }
        }
        Ok(all)
    }
}

fn load_tags(conn: &mut Conn, ids: &[CustomerId]) -> Result<Vec<(CustomerId, String)>> {
    Ok(customer_tags::table
        .filter(id_in(customer_tags::customer_id, ids))
        .order((customer_tags::customer_id, customer_tags::tag))
        .select((customer_tags::customer_id, customer_tags::tag))
        .load(conn)?)
}

/// Adds tags that the customer does not have.
pub(in crate::models) fn add_tags(tx: &mut Tx<'_>, id: CustomerId, tags: &[String]) -> Result<()> {
    let known: Vec<String> = load_tags(tx.conn(), &[id])?.into_iter().map(|(_, tag)| tag).collect();
    for tag in tags.iter().filter(|tag| !known.contains(tag)) {
        let row = NewCustomerTag { customer_id: id, tag };
        diesel::insert_into(customer_tags::table).values(row).execute(tx.conn())?;
    }
    Ok(())
}
