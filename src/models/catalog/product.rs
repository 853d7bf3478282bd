//! Products: what the shop lists. Buyers order their [`crate::models::catalog::variant::Variant`]s.

pub mod edit;
pub mod options;
mod variant_sync;

use std::cmp::Reverse;
use std::collections::HashMap;

use diesel::alias;
use diesel::dsl::{exists, max};
use diesel::prelude::*;

use crate::db::full_text::{MatchMode, full_text_match, to_spellings};
use crate::db::ids::{id_in, sort_by_ids};
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::models::catalog::category::Category;
pub use crate::models::catalog::product_status::ProductStatus;
use crate::models::catalog::variant::Variant;
use crate::models::content::media::Media;
use crate::models::platform::search;
use crate::schema::{
    categories, media, product_categories, product_pictures, product_words, products, stock_levels, variants,
};
use crate::support::clock::Utc;
use crate::support::ids::{MediaId, ProductId, VariantId};
use crate::support::pagination::{CappedCount, Cursor, CursorPage, Page, PageRequest};
use crate::{apply_cursor, count_capped, on_backend, text_enum};

text_enum! {
    TaxClass {
        Standard = "standard",
        /// A lower rate, such as for food and books.
        Reduced = "reduced",
        Zero = "zero",
    }
}

text_enum! {
    ProductSort {
        /// Featured products first, then the newest.
        Featured = "featured",
        Newest = "newest",
        PriceAscending = "price",
        PriceDescending = "-price",
        Title = "title",
    }
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = products, check_for_backend(AnyBackend))]
pub struct Product {
    pub id: ProductId,
    pub public_id: String,
    pub slug: String,
    pub title: String,
    pub description_md: String,
    /// The description as sanitised HTML.
    pub description_html: String,
    /// One `name: value` per line, such as `Origin: Huila`.
    pub attributes: String,
    pub status: ProductStatus,
    pub tax_class: TaxClass,
    /// Listed on the front page.
    pub featured: bool,
    /// A gift card: each unit sold becomes a code worth its price.
    pub gift_card: bool,
    /// When it first went on sale.
    pub published_at: Option<Utc>,
    /// Incremented by each save.
    pub lock_version: i64,
    pub variant_count: i64,
    /// In minor units, of the variants for sale.
    pub min_price_minor: i64,
    pub max_price_minor: i64,
}

/// A product without its description, for lists.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = products, check_for_backend(AnyBackend))]
pub struct ProductSummary {
    pub id: ProductId,
    pub public_id: String,
    pub slug: String,
    pub title: String,
    pub attributes: String,
    pub status: ProductStatus,
    pub published_at: Option<Utc>,
    pub variant_count: i64,
    /// In minor units.
    pub min_price_minor: i64,
    pub max_price_minor: i64,
}

impl ProductSummary {
    pub fn is_new(&self, now: Utc) -> bool {
        is_new(self.published_at, now)
    }

    pub fn first_attribute(&self) -> Option<&str> {
        self.attributes.lines().find_map(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }
}

fn is_new(published_at: Option<Utc>, now: Utc) -> bool {
    published_at.is_some_and(|at| at > now.minus(jiff::SignedDuration::from_hours(24 * 14)))
}

#[derive(Clone, Debug)]
pub struct ProductListing {
    pub product: ProductSummary,
    /// The cheapest one.
    pub variant: Variant,
    /// Units for sale: of all variants in the admin's lists, elsewhere at least of the cheapest one.
    pub available: i64,
    /// In the admin's lists: of the variant with the lowest stock.
    pub min_available: i64,
    /// In the admin's lists.
    pub sold_out_count: i64,
    pub picture: Option<Media>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StockPrecision {
    /// Is anything available? The stock of the cheapest variant is enough if it is not zero.
    InStock,
    /// The available units of all variants.
    Quantity,
}

type Row = (ProductSummary, Variant, Option<i64>, Option<Media>);

impl ProductListing {
    pub fn has_price_range(&self) -> bool {
        self.product.max_price_minor > self.product.min_price_minor
    }

    /// One more query loads the stock of products with several variants, if it matters.
    fn from_rows(conn: &mut Conn, rows: Vec<Row>, precision: StockPrecision) -> Result<Vec<ProductListing>> {
        let matters = |available: &Option<i64>| precision == StockPrecision::Quantity || available.unwrap_or(0) <= 0;
        let several = rows.iter().filter(|(product, _, available, _)| product.variant_count > 1 && matters(available));
        let several: Vec<ProductId> = several.map(|(product, ..)| product.id).collect();
        // Units for sale, the lowest of the variants, and the number of sold-out variants.
        let mut sums: HashMap<ProductId, (i64, i64, i64)> = HashMap::new();
        for (product, quantity) in load_available(conn, &several)? {
            let sum = sums.entry(product).or_insert((0, quantity, 0));
            *sum = (sum.0 + quantity.max(0), sum.1.min(quantity), sum.2 + i64::from(quantity <= 0));
        }
        let listings = rows.into_iter().map(|(product, variant, quantity, picture)| {
            let quantity = quantity.unwrap_or(0);
            let of_variant = (quantity, quantity, i64::from(quantity <= 0));
            let (available, min_available, sold_out_count) = sums.get(&product.id).copied().unwrap_or(of_variant);
            ProductListing { available, min_available, sold_out_count, picture, product, variant }
        });
        Ok(listings.collect())
    }
}

fn load_available(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<(ProductId, i64)>> {
    if products.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on_backend!(conn => variants::table
        .inner_join(stock_levels::table)
        .filter(id_in(variants::product_id, products).and(variants::for_sale.eq(true)))
        .select((variants::product_id, stock_levels::on_hand - stock_levels::reserved))
        .load(conn))?)
}

/// A macro, because the type of the query is too long to write.
macro_rules! listing_query {
    () => {{
        let first_picture = product_pictures::table
            .filter(product_pictures::product_id.eq(products::id))
            .order((product_pictures::position, product_pictures::media_id))
            .select(product_pictures::media_id)
            .limit(1)
            .single_value();
        products::table
            .inner_join(variants::table.on(variants::id.nullable().eq(products::cheapest_variant_id)))
            .left_join(stock_levels::table.on(stock_levels::variant_id.eq(variants::id)))
            .left_join(media::table.on(media::id.nullable().eq(first_picture)))
            .select((
                ProductSummary::as_select(),
                Variant::as_select(),
                (stock_levels::on_hand - stock_levels::reserved).nullable(),
                Option::<Media>::as_select(),
            ))
    }};
}

#[derive(Clone, Debug, Default)]
pub struct ProductFilter {
    /// A path; descendants are included.
    pub category: Option<String>,
    /// Sorting its products is cheaper than walking the index of the whole shop.
    pub sorts_within_category: bool,
    pub featured: bool,
}

/// Restricts a boxed query to the filter's category; `$product` is the column with the product's id.
macro_rules! in_category {
    ($query:expr, $filter:expr, $product:expr) => {{
        let query = $query;
        match &$filter.category {
            Some(path) => {
                let within = Category::subtree(path).select(categories::id);
                let inside = product_categories::table.filter(product_categories::category_id.eq_any(within));
                match $filter.sorts_within_category {
                    true => query.filter($product.eq_any(inside.select(product_categories::product_id))),
                    false => query.filter(exists(inside.filter(product_categories::product_id.eq($product)))),
                }
            }
            None => query,
        }
    }};
}

macro_rules! ordered {
    ($query:expr, $sort:expr, $featured:expr, $since:expr, $title:expr, $price:expr, $id:expr) => {{
        let query = $query;
        match $sort {
            ProductSort::Newest => query.order(($since.desc(), $id.desc())),
            ProductSort::Title => query.order(($title.asc(), $id.asc())),
            ProductSort::PriceAscending => query.order(($price.asc(), $id.asc())),
            ProductSort::PriceDescending => query.order(($price.desc(), $id.desc())),
            ProductSort::Featured => query.order(($featured.desc(), $since.desc(), $id.desc())),
        }
    }};
}

impl Product {
    /// A product on sale, with its only or cheapest variant.
    pub fn find_active(conn: &mut Conn, slug: &str) -> Result<(Product, Variant)> {
        // `on_backend!` queries the concrete connection: Diesel then caches the statement by its type and builds no SQL
        // text.
        Ok(on_backend!(conn => products::table
            .inner_join(variants::table.on(variants::id.nullable().eq(products::cheapest_variant_id)))
            .filter(products::slug.eq(slug).and(products::status.eq(ProductStatus::Active)))
            .select((Product::as_select(), Variant::as_select()))
            .first(conn))?)
    }

    /// Public id and title of all products that are not archived, by title.
    pub fn list_titles(conn: &mut Conn) -> Result<Vec<(String, String)>> {
        let not_archived = products::table.filter(products::status.ne(ProductStatus::Archived));
        Ok(not_archived
            .order((products::sort_title, products::id))
            .select((products::public_id, products::title))
            .load(conn)?)
    }

    pub fn find_variant_name(conn: &mut Conn, variant: VariantId) -> Result<String> {
        let (title, options): (String, String) =
            variants::table.find(variant).select((variants::title, variants::options)).first(conn)?;
        Ok(options::variant_name(&title, &options))
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<(Product, Variant)> {
        Ok(products::table
            .inner_join(variants::table.on(variants::id.nullable().eq(products::cheapest_variant_id)))
            .filter(products::public_id.eq(public_id))
            .select((Product::as_select(), Variant::as_select()))
            .first(conn)?)
    }

    /// A page of products on sale, sorted by price according to the cheapest variant. An index alone finds the ids of
    /// the page; only their rows are loaded.
    pub fn list_active(
        conn: &mut Conn,
        filter: &ProductFilter,
        sort: ProductSort,
        paging: PageRequest,
    ) -> Result<Page<ProductListing>> {
        let (limit, offset) = (paging.limit(), paging.offset());
        let candidates = alias!(products as candidates);
        let active = candidates.field(products::status).eq(ProductStatus::Active);
        let featured = candidates.field(products::featured);
        let (id, title) = (candidates.field(products::id), candidates.field(products::sort_title));
        let (since, price) = (candidates.field(products::published_at), candidates.field(products::min_price_minor));
        let rows: Vec<Row> = on_backend!(conn of D => {
            let mut ids = candidates.select(id).into_boxed::<D>().filter(active);
            if filter.featured {
                ids = ids.filter(featured.eq(true));
            }
            ids = in_category!(ids, filter, id).limit(limit).offset(offset);
            ids = ordered!(ids, sort, featured, since, title, price, id);
            let query = listing_query!().filter(products::id.eq_any(ids)).into_boxed::<D>();
            let (since, title, price) = (products::published_at, products::sort_title, products::min_price_minor);
            ordered!(query, sort, products::featured, since, title, price, products::id).load(conn)
        })?;
        Ok(Page::from_rows(ProductListing::from_rows(conn, rows, StockPrecision::InStock)?, paging))
    }

    /// Slug and publication time, newest first.
    pub fn list_slugs(conn: &mut Conn, limit: i64) -> Result<Vec<(String, Option<Utc>)>> {
        let active = products::table.filter(products::status.eq(ProductStatus::Active));
        let newest = active.order((products::published_at.desc(), products::id.desc())).limit(limit);
        Ok(newest.select((products::slug, products::published_at)).load(conn)?)
    }

    /// In the given order.
    fn load_listings(conn: &mut Conn, ids: &[ProductId], precision: StockPrecision) -> Result<Vec<ProductListing>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = on_backend!(conn => listing_query!().filter(id_in(products::id, ids)).load(conn))?;
        ProductListing::from_rows(conn, sort_by_ids(ids, rows, |row| row.0.id), precision)
    }

    /// Products on sale that contain all words: matches in the title first, then in SKU or category, then elsewhere,
    /// the newest of each first. If nothing matches, words that differ by one letter count too.
    pub fn search(conn: &mut Conn, words: &[String], limit: i64) -> Result<Vec<ProductListing>> {
        let candidates = alias!(products as candidates);
        let same = candidates.field(products::id).eq(product_words::rowid);
        let last = on_backend!(conn => products::table.select(max(products::id)).first(conn))?;
        let result = search::find(conn, words, limit, last, |conn, mode, words| {
            let active =
                exists(candidates.filter(same.and(candidates.field(products::status).eq(ProductStatus::Active))));
            let matches =
                product_words::table.filter(full_text_match(product_words::document, mode, words)).filter(active);
            let newest = matches.order(product_words::rowid.desc()).limit(limit).select(product_words::rowid);
            Ok(on_backend!(conn => newest.load(conn))?)
        })?;
        let mut listings = Product::load_listings(conn, &result.rows, StockPrecision::InStock)?;
        listings.sort_by_cached_key(|listing| Reverse(search::score_title(&listing.product.title, &result.terms)));
        Ok(listings)
    }

    /// A page of all products for staff, by title, or the newest first when searching (keyset pagination).
    pub fn list_for_admin(
        conn: &mut Conn,
        status: Option<ProductStatus>,
        words: &[String],
        cursor: &Cursor,
    ) -> Result<CursorPage<ProductListing>> {
        let anchor: Option<(String, ProductId)> = cursor.anchor(|key| {
            let row = products::table.filter(products::public_id.eq(key));
            row.select((products::sort_title, products::id)).first(conn).optional()
        })?;
        let ids: Vec<ProductId> = if words.is_empty() {
            let mut query = products::table.select(products::id).into_boxed::<AnyBackend>();
            if let Some(status) = status {
                query = query.filter(products::status.eq(status));
            }
            apply_cursor!(query, cursor, anchor, ascending, products::sort_title, products::id).load(conn)?
        } else {
            let matches =
                product_words::table.inner_join(products::table).select(products::id).into_boxed::<AnyBackend>();
            let mut query =
                matches.filter(full_text_match(product_words::document, MatchMode::Prefixes, &to_spellings(words)));
            if let Some(status) = status {
                query = query.filter(products::status.eq(status));
            }
            let anchor = anchor.map(|(_, row)| row);
            apply_cursor!(query, cursor, anchor, descending, product_words::rowid).load(conn)?
        };
        let rows = Product::load_listings(conn, &ids, StockPrecision::Quantity)?;
        Ok(CursorPage::from_rows(rows, cursor, |row| row.product.public_id.clone()))
    }

    /// Other products on sale, the newest first, from the given category if there is one.
    pub fn related(&self, conn: &mut Conn, category: Option<&Category>, limit: i64) -> Result<Vec<ProductListing>> {
        let others = products::status.eq(ProductStatus::Active).and(products::id.ne(self.id));
        let rows: Vec<Row> = match category {
            Some(category) => {
                let inside = product_categories::category_id.eq(category.id);
                on_backend!(conn => listing_query!()
                    .inner_join(product_categories::table)
                    .filter(inside)
                    .filter(others)
                    .order(product_categories::product_id.desc())
                    .limit(limit)
                    .load(conn))?
            }
            None => {
                let order = (products::featured.desc(), products::published_at.desc(), products::id.desc());
                on_backend!(conn => listing_query!().filter(others).order(order).limit(limit).load(conn))?
            }
        };
        ProductListing::from_rows(conn, rows, StockPrecision::InStock)
    }

    pub fn count(conn: &mut Conn, status: Option<ProductStatus>) -> Result<CappedCount> {
        let query = || {
            let all = products::table.into_boxed::<AnyBackend>();
            match status {
                Some(status) => all.filter(products::status.eq(status)),
                None => all,
            }
        };
        count_capped!(conn, query(), products::id)
    }

    pub fn find_public_ids_by_variant(conn: &mut Conn, ids: &[VariantId]) -> Result<HashMap<VariantId, String>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(VariantId, String)> = products::table
            .inner_join(variants::table)
            .filter(id_in(variants::id, ids))
            .select((variants::id, products::public_id))
            .load(conn)?;
        Ok(rows.into_iter().collect())
    }

    pub fn first_pictures(conn: &mut Conn, ids: &[ProductId]) -> Result<HashMap<ProductId, Media>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(ProductId, Media)> = product_pictures::table
            .inner_join(crate::schema::media::table)
            .filter(id_in(product_pictures::product_id, ids))
            .order((product_pictures::product_id, product_pictures::position.desc(), product_pictures::media_id.desc()))
            .select((product_pictures::product_id, Media::as_select()))
            .load(conn)?;
        // Positions are in descending order and later rows overwrite earlier ones, so the first picture remains.
        Ok(rows.into_iter().collect())
    }

    pub fn first_picture_id(&self, conn: &mut Conn) -> Result<Option<MediaId>> {
        Ok(product_pictures::table
            .filter(product_pictures::product_id.eq(self.id))
            .order((product_pictures::position, product_pictures::media_id))
            .select(product_pictures::media_id)
            .first(conn)
            .optional()?)
    }

    pub fn pictures(&self, conn: &mut Conn) -> Result<Vec<Media>> {
        let rows: Vec<(String, Media)> = on_backend!(conn => product_pictures::table
            .inner_join(media::table)
            .filter(product_pictures::product_id.eq(self.id))
            .order((product_pictures::position, product_pictures::media_id))
            .select((product_pictures::alt_text, Media::as_select()))
            .load(conn))?;
        // The product's own alternative text takes precedence over the one in the library, which other products share.
        Ok(rows
            .into_iter()
            .map(|(words, media)| if words.is_empty() { media } else { Media { alt_text: words, ..media } })
            .collect())
    }

    pub fn is_new(&self, now: Utc) -> bool {
        is_new(self.published_at, now)
    }

    pub fn attribute_pairs(&self) -> Vec<(String, String)> {
        self.attributes
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect()
    }
}
