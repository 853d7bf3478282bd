//! The stock as staff look at it: the shelf, and the ledger of one variant.

use std::collections::HashMap;

use diesel::alias;
use diesel::dsl::exists;
use diesel::prelude::*;

use super::Variant;
use crate::db::among::{among, in_order};
use crate::db::matching::{How, matches, plainly};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::models::product::Status;
use crate::models::product::choosing::named;
use crate::schema::{
    fulfilments, orders, product_words, products, refunds, returns, stock_ledger, stock_levels, variants,
};
use crate::support::clock::Utc;
use crate::support::page::{Stretch, Tally, Window};
use crate::support::slug;
use crate::{tally, windowed};

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
    /// The row.
    id: i64,
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
    () => {
        stock_levels::is_low.eq(true).and(products::status.ne(Status::Archived)).and(variants::for_sale.eq(true))
    };
}

/// It is for sale, or there are pieces of it in the house.
macro_rules! is_there {
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
            stock_levels::low_at,
            stock_levels::id,
        )
    };
}

impl Shelf {
    /// What it is called, with what is chosen: `Shirt (Size: M)`.
    pub fn name(&self) -> String {
        named(&self.title, &self.variant.options)
    }

    /// Whether customers can see it.
    pub fn is_on_sale(&self) -> bool {
        self.status == Status::Active && self.variant.for_sale
    }

    /// Pieces that can be sold.
    pub fn left(&self) -> i64 {
        self.on_hand - self.reserved
    }

    /// Whether staff should order more.
    pub fn is_low(&self) -> bool {
        self.status != Status::Archived
            && self.variant.for_sale
            && self.low_at.map_or(self.left() <= FEW, |limit| self.left() < limit)
    }

    /// A stretch of variants by title; those of which few are left by how few; those that words find, the newest
    /// product first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, low: bool, words: &[String], window: &Window) -> Result<Stretch<Shelf>> {
        let edge: Option<Shelf> = window
            .edge(|key| joined().filter(variants::public_id.eq(key)).select(columns!()).first(conn).optional())?;
        if !words.is_empty() {
            return Shelf::found(conn, low, words, window, edge.map(|shelf| shelf.variant.product_id));
        }
        let rows: Vec<Shelf> = if low {
            let query = joined().filter(is_low!()).select(columns!()).into_boxed::<Db>();
            let edge = edge.map(|shelf| (shelf.left(), shelf.variant.id));
            windowed!(query, window, edge, rising, stock_levels::spare, stock_levels::variant_id).load(conn)?
        } else {
            // The titles first, by their index alone; then what is shown of those.
            let titled = variants::table.filter(is_there!()).select(variants::id).into_boxed::<Db>();
            let edge = edge.map(|shelf| (slug::sort_key(&shelf.title), shelf.variant.id));
            let ids: Vec<i64> =
                windowed!(titled, window, edge, rising, variants::sort_title, variants::id).load(conn)?;
            let rows: Vec<Shelf> =
                joined().filter(among(variants::id, &ids)).select(columns!()).into_boxed::<Db>().load(conn)?;
            in_order(&ids, rows, |row| row.variant.id)
        };
        Ok(Stretch::cut(rows, window, |shelf| shelf.variant.public_id.clone()))
    }

    /// The same for words: the window goes by products, and shows all variants of each; `edge` is the product at its
    /// edge.
    fn found(
        conn: &mut Conn,
        low: bool,
        words: &[String],
        window: &Window,
        edge: Option<i64>,
    ) -> Result<Stretch<Shelf>> {
        let found = product_words::table.inner_join(products::table).select(products::id).into_boxed::<Db>();
        let mut query = found.filter(matches(product_words::everything, How::Beginnings, &plainly(words)));
        if low {
            // Looked at for each that is found: asked plainly, SQLite would begin with all of which few are left.
            let (few, mine) = alias!(stock_levels as few, variants as mine);
            let is_low = few.field(stock_levels::is_low).eq(true);
            let is_few =
                exists(few.filter(few.field(stock_levels::variant_id).eq(mine.field(variants::id)).and(is_low)));
            let of_product = mine.field(variants::product_id).eq(products::id);
            let for_sale = of_product.and(mine.field(variants::for_sale).eq(true));
            query = query.filter(exists(mine.filter(for_sale.and(is_few))));
            query = query.filter(products::status.ne(Status::Archived));
        }
        let ids: Vec<i64> = windowed!(query, window, edge, falling, product_words::rowid).load(conn)?;
        let rows = joined().filter(among(products::id, &ids)).select(columns!());
        let mut rows: Vec<Shelf> = rows.into_boxed::<Db>().load(conn)?;
        rows.sort_by_key(|shelf| shelf.variant.id);
        rows.retain(|shelf| if low { shelf.is_low() } else { shelf.variant.for_sale || shelf.on_hand > 0 });
        let mut shelves: HashMap<i64, Vec<Shelf>> = HashMap::new();
        for shelf in rows {
            shelves.entry(shelf.variant.product_id).or_default().push(shelf);
        }
        let key = |id: &i64| shelves.get(id).and_then(|mine| mine.first()).map(|shelf| shelf.variant.public_id.clone());
        let Stretch { items, before, after } = Stretch::cut(ids, window, |id| key(id).unwrap_or_default());
        let items = items.into_iter().filter_map(|id| shelves.remove(&id)).flatten().collect();
        Ok(Stretch { items, before, after })
    }

    /// How many variants there are, or how many of which few are left.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, low: bool) -> Result<Tally> {
        match low {
            true => tally!(conn, joined().filter(is_low!()).into_boxed::<Db>(), stock_levels::id),
            false => tally!(conn, variants::table.filter(is_there!()).into_boxed::<Db>(), variants::id),
        }
    }

    /// Things on sale of which few are left, the fewest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn running_out(conn: &mut Conn, most: i64) -> Result<Vec<Shelf>> {
        let on_sale = products::status.eq(Status::Active).and(variants::for_sale.eq(true));
        let few = joined().filter(on_sale.and(stock_levels::is_low.eq(true)));
        let fewest = (stock_levels::spare.asc(), stock_levels::variant_id.asc());
        Ok(few.order(fewest).limit(most).select(columns!()).load(conn)?)
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
    pub fn ledger(&self, conn: &mut Conn, window: &Window) -> Result<Stretch<(Entry, Option<String>)>> {
        let mine = stock_ledger::table.filter(stock_ledger::stock_level_id.eq(self.level)).into_boxed::<Db>();
        let query = mine.select(Entry::as_select());
        let rows: Vec<Entry> = windowed!(query, window, window.row(), falling, stock_ledger::id).load(conn)?;
        let numbers = numbers_behind(conn, &rows)?;
        Ok(Stretch::cut(rows, window, |entry| entry.id.to_string()).map(|entry| {
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
        .filter(among(fulfilments::id, &rows_of(&parcels)))
        .select((fulfilments::id, orders::number))
        .load(conn)?;
    let refunds_found: Vec<(i64, Option<String>)> = refunds::table
        .inner_join(orders::table.on(orders::id.eq(refunds::order_id)))
        .filter(among(refunds::id, &rows_of(&refunded)))
        .select((refunds::id, orders::number))
        .load(conn)?;
    let returns_found: Vec<(i64, Option<String>)> = returns::table
        .inner_join(orders::table)
        .filter(among(returns::id, &rows_of(&returned)))
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
