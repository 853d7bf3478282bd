//! Stock lists for staff, and the ledger of one variant.

use std::collections::HashMap;

use diesel::alias;
use diesel::dsl::exists;
use diesel::prelude::*;

use crate::db::full_text::{MatchMode, full_text_match, to_spellings};
use crate::db::ids::{id_in, sort_by_ids};
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::models::catalog::product::ProductStatus;
use crate::models::catalog::product::options::variant_name;
use crate::models::catalog::variant::Variant;
use crate::models::catalog::variant::stock::{LedgerEntryKind, StockReference};
use crate::models::platform::event::Actor;
use crate::schema::{
    fulfilments, orders, product_words, products, refunds, returns, stock_ledger, stock_levels, variants,
};
use crate::support::clock::Utc;
use crate::support::ids::{FulfilmentId, ProductId, RefundId, ReturnId, StockLedgerEntryId, StockLevelId, VariantId};
use crate::support::pagination::{CappedCount, Cursor, CursorPage};
use crate::support::slug;
use crate::{apply_cursor, count_capped};

/// The low-stock threshold of variants without their own.
pub const DEFAULT_LOW_STOCK: i64 = 5;

#[derive(Clone, Debug, Queryable)]
pub struct StockListing {
    pub variant: Variant,
    pub title: String,
    pub product: String,
    pub status: ProductStatus,
    pub on_hand: i64,
    pub reserved: i64,
    /// Staff are warned when fewer units are for sale.
    pub low_stock_threshold: Option<i64>,
    level: StockLevelId,
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = stock_ledger, check_for_backend(AnyBackend))]
pub struct LedgerEntry {
    id: StockLedgerEntryId,
    pub kind: LedgerEntryKind,
    pub on_hand_delta: i64,
    pub reserved_delta: i64,
    pub reference: StockReference,
    pub actor: Actor,
    pub note: String,
    pub at: Utc,
}

type WithStock = diesel::helper_types::InnerJoin<
    products::table,
    diesel::helper_types::InnerJoin<variants::table, stock_levels::table>,
>;

fn with_stock() -> WithStock {
    products::table.inner_join(variants::table.inner_join(stock_levels::table))
}

macro_rules! is_low {
    () => {
        stock_levels::is_low.eq(true).and(products::status.ne(ProductStatus::Archived)).and(variants::for_sale.eq(true))
    };
}

macro_rules! is_listed {
    () => {{
        let level = stock_levels::table.filter(stock_levels::variant_id.eq(variants::id));
        variants::for_sale.eq(true).or(exists(level.filter(stock_levels::on_hand.gt(0))))
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
            stock_levels::low_stock_threshold,
            stock_levels::id,
        )
    };
}

impl StockListing {
    pub fn name(&self) -> String {
        variant_name(&self.title, &self.variant.options)
    }

    pub fn is_for_sale(&self) -> bool {
        self.status == ProductStatus::Active && self.variant.for_sale
    }

    pub fn available(&self) -> i64 {
        self.on_hand - self.reserved
    }

    pub fn is_low(&self) -> bool {
        self.status != ProductStatus::Archived
            && self.variant.for_sale
            && self.low_stock_threshold.map_or(self.available() <= DEFAULT_LOW_STOCK, |limit| self.available() < limit)
    }

    /// A page of variants by title, by lowest stock if `low` is set, or the newest product first when searching (keyset
    /// pagination).
    pub fn list(conn: &mut Conn, low: bool, words: &[String], cursor: &Cursor) -> Result<CursorPage<StockListing>> {
        let anchor: Option<StockListing> = cursor
            .anchor(|key| with_stock().filter(variants::public_id.eq(key)).select(columns!()).first(conn).optional())?;
        if !words.is_empty() {
            return StockListing::search(conn, low, words, cursor, anchor.map(|listing| listing.variant.product_id));
        }
        let rows: Vec<StockListing> = if low {
            let query = with_stock().filter(is_low!()).select(columns!()).into_boxed::<AnyBackend>();
            let anchor = anchor.map(|listing| (listing.available(), listing.variant.id));
            apply_cursor!(query, cursor, anchor, ascending, stock_levels::available, stock_levels::variant_id)
                .load(conn)?
        } else {
            // The titles are sorted by an index alone; then the rows of the page are loaded.
            let titled = variants::table.filter(is_listed!()).select(variants::id).into_boxed::<AnyBackend>();
            let anchor = anchor.map(|listing| (slug::sort_key(&listing.title), listing.variant.id));
            let ids: Vec<VariantId> =
                apply_cursor!(titled, cursor, anchor, ascending, variants::sort_title, variants::id).load(conn)?;
            let rows: Vec<StockListing> = with_stock()
                .filter(id_in(variants::id, &ids))
                .select(columns!())
                .into_boxed::<AnyBackend>()
                .load(conn)?;
            sort_by_ids(&ids, rows, |row| row.variant.id)
        };
        Ok(CursorPage::from_rows(rows, cursor, |listing| listing.variant.public_id.clone()))
    }

    /// The search: the page counts products and shows all variants of each. `anchor` is the product at the cursor.
    fn search(
        conn: &mut Conn,
        low: bool,
        words: &[String],
        cursor: &Cursor,
        anchor: Option<ProductId>,
    ) -> Result<CursorPage<StockListing>> {
        let matches = product_words::table.inner_join(products::table).select(products::id).into_boxed::<AnyBackend>();
        let mut query =
            matches.filter(full_text_match(product_words::document, MatchMode::Prefixes, &to_spellings(words)));
        if low {
            // A correlated subquery, checked per match: with a join, SQLite would start from all variants with low
            // stock.
            let (few, mine) = alias!(stock_levels as few, variants as mine);
            let is_low = few.field(stock_levels::is_low).eq(true);
            let is_few =
                exists(few.filter(few.field(stock_levels::variant_id).eq(mine.field(variants::id)).and(is_low)));
            let of_product = mine.field(variants::product_id).eq(products::id);
            let for_sale = of_product.and(mine.field(variants::for_sale).eq(true));
            query = query.filter(exists(mine.filter(for_sale.and(is_few))));
            query = query.filter(products::status.ne(ProductStatus::Archived));
        }
        let ids: Vec<ProductId> = apply_cursor!(query, cursor, anchor, descending, product_words::rowid).load(conn)?;
        let rows = with_stock().filter(id_in(products::id, &ids)).select(columns!());
        let mut rows: Vec<StockListing> = rows.into_boxed::<AnyBackend>().load(conn)?;
        rows.sort_by_key(|listing| listing.variant.id);
        rows.retain(|listing| if low { listing.is_low() } else { listing.variant.for_sale || listing.on_hand > 0 });
        let mut by_product: HashMap<ProductId, Vec<StockListing>> = HashMap::new();
        for listing in rows {
            by_product.entry(listing.variant.product_id).or_default().push(listing);
        }
        let key = |id: &ProductId| {
            by_product.get(id).and_then(|listings| listings.first()).map(|listing| listing.variant.public_id.clone())
        };
        let CursorPage { items, before, after } = CursorPage::from_rows(ids, cursor, |id| key(id).unwrap_or_default());
        let items = items.into_iter().filter_map(|id| by_product.remove(&id)).flatten().collect();
        Ok(CursorPage { items, before, after })
    }

    pub fn count(conn: &mut Conn, low: bool) -> Result<CappedCount> {
        match low {
            true => count_capped!(conn, with_stock().filter(is_low!()).into_boxed::<AnyBackend>(), stock_levels::id),
            false => count_capped!(conn, variants::table.filter(is_listed!()).into_boxed::<AnyBackend>(), variants::id),
        }
    }

    pub fn list_low_stock(conn: &mut Conn, limit: i64) -> Result<Vec<StockListing>> {
        let on_sale = products::status.eq(ProductStatus::Active).and(variants::for_sale.eq(true));
        let low = with_stock().filter(on_sale.and(stock_levels::is_low.eq(true)));
        let order = (stock_levels::available.asc(), stock_levels::variant_id.asc());
        Ok(low.order(order).limit(limit).select(columns!()).load(conn)?)
    }

    pub fn find(conn: &mut Conn, variant: &str) -> Result<StockListing> {
        Ok(with_stock().filter(variants::public_id.eq(variant)).select(columns!()).first(conn)?)
    }

    /// Newest first, each entry with the number of its order.
    pub fn ledger(&self, conn: &mut Conn, cursor: &Cursor) -> Result<CursorPage<(LedgerEntry, Option<String>)>> {
        let of_level = stock_ledger::stock_level_id.eq(self.level);
        let query = LedgerEntry::query().filter(of_level).into_boxed::<AnyBackend>();
        let rows: Vec<LedgerEntry> =
            apply_cursor!(query, cursor, cursor.anchor_id(), descending, stock_ledger::id).load(conn)?;
        let numbers = find_order_numbers(conn, &rows)?;
        Ok(CursorPage::from_rows(rows, cursor, |entry| entry.id.to_string()).map(|entry| {
            let number = numbers.get(&entry.reference).cloned();
            (entry, number)
        }))
    }
}

fn number_in<I: PartialEq>(numbers: &[(I, Option<String>)], id: I) -> Option<String> {
    numbers.iter().find(|(other, _)| *other == id).and_then(|(_, number)| number.clone())
}

fn find_order_numbers(conn: &mut Conn, entries: &[LedgerEntry]) -> Result<HashMap<StockReference, String>> {
    let references = || entries.iter().map(|entry| &entry.reference);
    let ordered: Vec<&str> = references()
        .filter_map(|reference| match reference {
            StockReference::Order(public_id) => Some(public_id.as_str()),
            _ => None,
        })
        .collect();
    let (mut shipped, mut refunded, mut returned) = (Vec::new(), Vec::new(), Vec::new());
    for reference in references() {
        match reference {
            StockReference::Fulfilment { fulfilment, .. } => shipped.push(*fulfilment),
            StockReference::Refund(id) => refunded.push(*id),
            StockReference::Return(id) => returned.push(*id),
            _ => {}
        }
    }
    let by_order: Vec<(String, Option<String>)> = orders::table
        .filter(orders::public_id.eq_any(ordered))
        .select((orders::public_id, orders::number))
        .load(conn)?;
    let by_fulfilment: Vec<(FulfilmentId, Option<String>)> = fulfilments::table
        .inner_join(orders::table)
        .filter(id_in(fulfilments::id, &shipped))
        .select((fulfilments::id, orders::number))
        .load(conn)?;
    let by_refund: Vec<(RefundId, Option<String>)> = refunds::table
        .inner_join(orders::table.on(orders::id.eq(refunds::order_id)))
        .filter(id_in(refunds::id, &refunded))
        .select((refunds::id, orders::number))
        .load(conn)?;
    let by_return: Vec<(ReturnId, Option<String>)> = returns::table
        .inner_join(orders::table)
        .filter(id_in(returns::id, &returned))
        .select((returns::id, orders::number))
        .load(conn)?;
    let number = |reference: &StockReference| match reference {
        StockReference::Order(public_id) => {
            by_order.iter().find(|(order, _)| order == public_id).and_then(|(_, number)| number.clone())
        }
        StockReference::Fulfilment { fulfilment, .. } => number_in(&by_fulfilment, *fulfilment),
        StockReference::Refund(id) => number_in(&by_refund, *id),
        StockReference::Return(id) => number_in(&by_return, *id),
        StockReference::Opening
        | StockReference::ProductPage
        | StockReference::StockPage
        | StockReference::Unknown(_) => None,
    };
    Ok(references().filter_map(|reference| Some((reference.clone(), number(reference)?))).collect())
}
