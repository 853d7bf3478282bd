//! The stock as staff look at it: the shelf, and the ledger of one variant.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Variant;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::models::post::contains;
use crate::models::product::Status;
use crate::schema::{fulfilments, orders, products, refunds, returns, stock_ledger, stock_levels, variants};
use crate::support::clock::Utc;
use crate::support::page::{Page, Paging};

/// So few pieces are worth a word, when staff have not said otherwise.
pub const FEW: i64 = 5;

/// A variant and its counters.
#[derive(Clone, Debug, Queryable)]
pub struct Shelf {
    /// What is bought.
    pub variant: Variant,
    /// The title of its product.
    pub title: String,
    /// The product's public id.
    pub product: String,
    /// Whether the product is on sale.
    pub status: Status,
    /// Pieces in the house.
    pub on_hand: i64,
    /// Pieces set aside for orders.
    pub reserved: i64,
    /// Staff are warned when fewer can be sold.
    pub low_at: Option<i64>,
    /// The level's row.
    level: i64,
}

/// A row of the ledger.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = stock_ledger, check_for_backend(Db))]
pub struct Entry {
    /// `receive`, `count`, `damage`, `return`, `reserve`, `release`, `ship`, `shortage`.
    pub kind: String,
    /// Change of the pieces in the house.
    pub d_on_hand: i64,
    /// Change of the pieces set aside.
    pub d_reserved: i64,
    /// What it belongs to: `order 01…`.
    pub reference: String,
    /// Who.
    pub actor: String,
    /// Why.
    pub note: String,
    /// When.
    pub at: Utc,
}

type Joined = diesel::helper_types::InnerJoin<
    products::table,
    diesel::helper_types::InnerJoin<variants::table, stock_levels::table>,
>;

fn joined() -> Joined {
    products::table.inner_join(variants::table.inner_join(stock_levels::table))
}

/// Few are left of what is not put away.
macro_rules! is_low {
    () => {{
        let left = stock_levels::on_hand - stock_levels::reserved;
        let own = left.lt(stock_levels::low_at.assume_not_null());
        let usual = stock_levels::low_at.is_null().and(left.le(FEW));
        products::status.ne(Status::Archived).and(usual.or(stock_levels::low_at.is_not_null().and(own)))
    }};
}

macro_rules! columns {
    () => {
        (
            Variant::as_select(),
            products::title,
            products::public_id,
            products::status,
            stock_levels::on_hand,
            stock_levels::reserved,
            stock_levels::low_at,
            stock_levels::id,
        )
    };
}

impl Shelf {
    /// Pieces that can be sold.
    pub fn left(&self) -> i64 {
        self.on_hand - self.reserved
    }

    /// Whether staff should order more.
    pub fn is_low(&self) -> bool {
        self.status != Status::Archived && self.low_at.map_or(self.left() <= FEW, |limit| self.left() < limit)
    }

    /// A page of variants by title.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, low: bool, words: &[String], paging: Paging) -> Result<Page<Shelf>> {
        let mut query = joined()
            .order((products::title.asc(), variants::id.asc()))
            .limit(paging.limit())
            .offset(paging.offset())
            .select(columns!())
            .into_boxed::<Db>();
        if low {
            query = query.filter(is_low!());
        }
        for word in words {
            query = query.filter(products::search_text.like(contains(word)).escape('\\'));
        }
        Ok(Page::cut(query.load(conn)?, paging))
    }

    /// How many variants there are, or how many of which few are left.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, low: bool) -> Result<i64> {
        match low {
            true => Ok(joined().filter(is_low!()).count().get_result(conn)?),
            false => Ok(joined().count().get_result(conn)?),
        }
    }

    /// Things on sale of which few are left, the fewest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn running_out(conn: &mut Conn, most: i64) -> Result<Vec<Shelf>> {
        let left = stock_levels::on_hand - stock_levels::reserved;
        let few = joined().filter(products::status.eq(Status::Active).and(is_low!()));
        Ok(few.order((left.asc(), products::id.asc())).limit(most).select(columns!()).load(conn)?)
    }

    /// A variant by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, variant: &str) -> Result<Shelf> {
        Ok(joined().filter(variants::public_id.eq(variant)).select(columns!()).first(conn)?)
    }

    /// What happened to its stock, newest first, each with the number of the order behind it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ledger(&self, conn: &mut Conn, paging: Paging) -> Result<Page<(Entry, Option<String>)>> {
        let rows: Vec<Entry> = stock_ledger::table
            .filter(stock_ledger::stock_level_id.eq(self.level))
            .order(stock_ledger::id.desc())
            .limit(paging.limit())
            .offset(paging.offset())
            .select(Entry::as_select())
            .load(conn)?;
        let numbers = numbers_behind(conn, &rows)?;
        Ok(Page::cut(rows, paging).map(|entry| {
            let number = numbers.get(&entry.reference).cloned();
            (entry, number)
        }))
    }
}

/// Numbers of the orders that moves belong to, by the reference of the move.
fn numbers_behind(conn: &mut Conn, entries: &[Entry]) -> Result<HashMap<String, String>> {
    let references = || entries.iter().map(|entry| entry.reference.as_str());
    let named = |prefix: &str| -> Vec<(&str, &str)> {
        let id = |reference| Some((reference, str::strip_prefix(reference, prefix)?.split(' ').next()?));
        references().filter_map(id).collect()
    };
    let rows_of = |named: &[(&str, &str)]| -> Vec<i64> { named.iter().filter_map(|(_, id)| id.parse().ok()).collect() };
    let (ordered, parcels, refunded) = (named("order "), named("parcel "), named("refund "));
    let returned = named("return ");
    let ids: Vec<&str> = ordered.iter().map(|(_, id)| *id).collect();
    let orders_found: Vec<(String, Option<String>)> =
        orders::table.filter(orders::public_id.eq_any(ids)).select((orders::public_id, orders::number)).load(conn)?;
    let parcels_found: Vec<(i64, Option<String>)> = fulfilments::table
        .inner_join(orders::table)
        .filter(fulfilments::id.eq_any(rows_of(&parcels)))
        .select((fulfilments::id, orders::number))
        .load(conn)?;
    let refunds_found: Vec<(i64, Option<String>)> = refunds::table
        .inner_join(orders::table.on(orders::id.eq(refunds::order_id)))
        .filter(refunds::id.eq_any(rows_of(&refunded)))
        .select((refunds::id, orders::number))
        .load(conn)?;
    let returns_found: Vec<(i64, Option<String>)> = returns::table
        .inner_join(orders::table)
        .filter(returns::id.eq_any(rows_of(&returned)))
        .select((returns::id, orders::number))
        .load(conn)?;
    let text = |(id, number): (i64, Option<String>)| (id.to_string(), number);
    let mut numbers = HashMap::new();
    for (named, found) in [
        (ordered, orders_found),
        (parcels, parcels_found.into_iter().map(text).collect()),
        (refunded, refunds_found.into_iter().map(text).collect()),
        (returned, returns_found.into_iter().map(text).collect()),
    ] {
        for (reference, id) in named {
            if let Some((_, Some(number))) = found.iter().find(|(known, _)| known == id) {
                numbers.insert(reference.to_owned(), number.clone());
            }
        }
    }
    Ok(numbers)
}
