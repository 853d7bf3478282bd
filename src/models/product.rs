//! Products: what the shop shows. What is bought is their [`super::variant::Variant`].

pub mod choosing;
pub mod editing;
mod varying;

use std::cmp::Reverse;
use std::collections::HashMap;

use diesel::alias;
use diesel::dsl::{exists, max};
use diesel::prelude::*;

use super::category::Category;
use super::media::Media;
use super::search;
use super::variant::Variant;
use crate::db::among::{among, in_order};
use crate::db::matching::{How, matches, plainly};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::schema::{
    categories, media, product_categories, product_pictures, product_words, products, stock_levels, variants,
};
use crate::support::clock::Utc;
use crate::support::page::{Page, Paging, Stretch, Tally, Window};
use crate::{each, tally, text_enum, windowed};

text_enum! {
    /// Where a product is in its life.
    Status {
        /// Only staff see it.
        Draft = "draft",
        /// On sale.
        Active = "active",
        /// No longer sold.
        Archived = "archived",
    }
}

text_enum! {
    /// How a product is taxed.
    TaxClass {
        /// The full rate.
        Standard = "standard",
        /// A lower rate: food, books.
        Reduced = "reduced",
        /// Not taxed.
        Zero = "zero",
    }
}

text_enum! {
    /// Orders of a list of products.
    Sort {
        /// What the shop puts forward first.
        Featured = "featured",
        /// Newest first.
        Newest = "newest",
        /// Cheapest first.
        PriceUp = "price",
        /// Dearest first.
        PriceDown = "-price",
        /// By title.
        Title = "title",
    }
}

/// A product.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(Db))]
pub struct Product {
    /// The row.
    pub id: i64,
    /// For the admin's URLs.
    pub public_id: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// The description in Markdown.
    pub description_md: String,
    /// The description, rendered and cleaned.
    pub description_html: String,
    /// Facts, a line each: `Origin: Huila`.
    pub facts: String,
    /// Where it is in its life.
    pub status: Status,
    /// How it is taxed.
    pub tax_class: TaxClass,
    /// Shown on the front page.
    pub featured: bool,
    /// A gift card: each piece becomes a code that pays so much in the shop.
    pub gift_card: bool,
    /// When it went on sale.
    pub published_at: Option<Utc>,
    /// Goes up with each save.
    pub lock_version: i64,
    /// How many variants are for sale.
    pub variant_count: i64,
    /// The lowest price of a variant for sale, in minor units.
    pub lowest_minor: i64,
    /// The highest price of a variant for sale, in minor units.
    pub highest_minor: i64,
}

/// A product without its texts: lists are long.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(Db))]
pub struct Brief {
    /// The row.
    pub id: i64,
    /// For the admin's URLs.
    pub public_id: String,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub title: String,
    /// Facts, a line each: `Origin: Huila`.
    pub facts: String,
    /// Where it is in its life.
    pub status: Status,
    /// When it went on sale.
    pub published_at: Option<Utc>,
    /// How many variants are for sale.
    pub variant_count: i64,
    /// The lowest price of a variant for sale, in minor units.
    pub lowest_minor: i64,
    /// The highest price of a variant for sale, in minor units.
    pub highest_minor: i64,
}

impl Brief {
    /// Whether it came in the last two weeks.
    pub fn is_new(&self, now: Utc) -> bool {
        is_new(self.published_at, now)
    }

    /// What the first of its facts says.
    pub fn first_fact(&self) -> Option<&str> {
        self.facts.lines().find_map(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }
}

/// Whether something came in the last two weeks.
fn is_new(published_at: Option<Utc>, now: Utc) -> bool {
    published_at.is_some_and(|at| at > now.minus(jiff::SignedDuration::from_hours(24 * 14)))
}

/// A product with what a list shows of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The product.
    pub product: Brief,
    /// What is bought: of several variants, the cheapest.
    pub variant: Variant,
    /// Pieces that can be sold: for staff of all its variants, for visitors at least of the one that leads.
    pub left: i64,
    /// For staff, pieces that can be sold of the variant of which the fewest are left.
    pub fewest: i64,
    /// For staff, how many of its variants are sold out.
    pub sold_out: i64,
    /// Its first picture.
    pub picture: Option<Media>,
}

/// What a list wants to know of what is left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Whether anything is: what is left of the variant that leads will do.
    Whether,
    /// How many pieces of all variants are.
    HowMany,
}

/// A row of [`listed!`].
type Row = (Brief, Variant, Option<i64>, Option<Media>);

impl Listed {
    /// Whether its variants have different prices.
    pub fn is_from(&self) -> bool {
        self.product.highest_minor > self.product.lowest_minor
    }

    /// What lists show of some rows. Where a product has several variants, one question more asks how many are left of
    /// each, if that makes a difference.
    fn of(conn: &mut Conn, rows: Vec<Row>, asked: Asked) -> Result<Vec<Listed>> {
        let matters = |left: &Option<i64>| asked == Asked::HowMany || left.unwrap_or(0) <= 0;
        let several = rows.iter().filter(|(product, _, left, _)| product.variant_count > 1 && matters(left));
        let several: Vec<i64> = several.map(|(product, ..)| product.id).collect();
        let mut left: HashMap<i64, (i64, i64, i64)> = HashMap::new();
        for (product, pieces) in left_of(conn, &several)? {
            let counted = left.entry(product).or_insert((0, pieces, 0));
            *counted = (counted.0 + pieces.max(0), counted.1.min(pieces), counted.2 + i64::from(pieces <= 0));
        }
        let listed = rows.into_iter().map(|(product, variant, pieces, picture)| {
            let pieces = pieces.unwrap_or(0);
            let alone = (pieces, pieces, i64::from(pieces <= 0));
            let (left, fewest, sold_out) = left.get(&product.id).copied().unwrap_or(alone);
            Listed { left, fewest, sold_out, picture, product, variant }
        });
        Ok(listed.collect())
    }
}

/// Pieces that can be sold of each variant for sale of some products: the product's row and the number.
fn left_of(conn: &mut Conn, products: &[i64]) -> Result<Vec<(i64, i64)>> {
    if products.is_empty() {
        return Ok(Vec::new());
    }
    Ok(each!(conn => variants::table
        .inner_join(stock_levels::table)
        .filter(among(variants::product_id, products).and(variants::for_sale.eq(true)))
        .select((variants::product_id, stock_levels::on_hand - stock_levels::reserved))
        .load(conn))?)
}

/// Products with what lists show of them, each with the variant that leads: one question whatever the number of rows. A
/// macro, as the type of the question fills a page.
macro_rules! listed {
    () => {{
        let first_picture = product_pictures::table
            .filter(product_pictures::product_id.eq(products::id))
            .order((product_pictures::position, product_pictures::media_id))
            .select(product_pictures::media_id)
            .limit(1)
            .single_value();
        products::table
            .inner_join(variants::table.on(variants::id.nullable().eq(products::lead_variant_id)))
            .left_join(stock_levels::table.on(stock_levels::variant_id.eq(variants::id)))
            .left_join(media::table.on(media::id.nullable().eq(first_picture)))
            .select((
                Brief::as_select(),
                Variant::as_select(),
                (stock_levels::on_hand - stock_levels::reserved).nullable(),
                Option::<Media>::as_select(),
            ))
    }};
}

/// Which products on sale a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in this category or below, by path.
    pub category: Option<String>,
    /// So few are in it that it is quicker to sort them than to look for them among all others.
    pub is_small: bool,
    /// Only those of the front page.
    pub featured: bool,
}

/// Narrows a boxed question to the category of a filter; `$product` is where it has the product's row.
macro_rules! in_category {
    ($query:expr, $filter:expr, $product:expr) => {{
        let query = $query;
        match &$filter.category {
            Some(path) => {
                let within = Category::within(path).select(categories::id);
                let inside = product_categories::table.filter(product_categories::category_id.eq_any(within));
                match $filter.is_small {
                    true => query.filter($product.eq_any(inside.select(product_categories::product_id))),
                    false => query.filter(exists(inside.filter(product_categories::product_id.eq($product)))),
                }
            }
            None => query,
        }
    }};
}

/// Puts a boxed question about products in an order.
macro_rules! ordered {
    ($query:expr, $sort:expr, $featured:expr, $since:expr, $title:expr, $price:expr, $id:expr) => {{
        let query = $query;
        match $sort {
            Sort::Newest => query.order(($since.desc(), $id.desc())),
            Sort::Title => query.order(($title.asc(), $id.asc())),
            Sort::PriceUp => query.order(($price.asc(), $id.asc())),
            Sort::PriceDown => query.order(($price.desc(), $id.desc())),
            Sort::Featured => query.order(($featured.desc(), $since.desc(), $id.desc())),
        }
    }};
}

impl Product {
    /// A product on sale, with its variant; of several, the cheapest.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn on_sale(conn: &mut Conn, slug: &str) -> Result<(Product, Variant)> {
        // Asked of the connection inside, which knows the question by its type and does not spell it anew.
        Ok(each!(conn => products::table
            .inner_join(variants::table.on(variants::id.nullable().eq(products::lead_variant_id)))
            .filter(products::slug.eq(slug).and(products::status.eq(Status::Active)))
            .select((Product::as_select(), Variant::as_select()))
            .first(conn))?)
    }

    /// All products that are not archived: public id and title, by title.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn titles(conn: &mut Conn) -> Result<Vec<(String, String)>> {
        let living = products::table.filter(products::status.ne(Status::Archived));
        Ok(living
            .order((products::sort_title, products::id))
            .select((products::public_id, products::title))
            .load(conn)?)
    }

    /// What a variant is called, by its row: the title of its product, and what was chosen.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn name_of_variant(conn: &mut Conn, variant: i64) -> Result<String> {
        let (title, options): (String, String) =
            variants::table.find(variant).select((variants::title, variants::options)).first(conn)?;
        Ok(choosing::named(&title, &options))
    }

    /// A product by its public id, with its variant; of several, the cheapest.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<(Product, Variant)> {
        Ok(products::table
            .inner_join(variants::table.on(variants::id.nullable().eq(products::lead_variant_id)))
            .filter(products::public_id.eq(public_id))
            .select((Product::as_select(), Variant::as_select()))
            .first(conn)?)
    }

    /// A page of products on sale; by price, each stands where its cheapest variant is. Which they are is found by an
    /// index alone, and what a list shows is then read of those.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, filter: &Filter, sort: Sort, paging: Paging) -> Result<Page<Listed>> {
        let (most, skipped) = (paging.limit(), paging.offset());
        let chosen = alias!(products as chosen);
        let active = chosen.field(products::status).eq(Status::Active);
        let featured = chosen.field(products::featured);
        let (id, title) = (chosen.field(products::id), chosen.field(products::sort_title));
        let (since, price) = (chosen.field(products::published_at), chosen.field(products::lowest_minor));
        let rows: Vec<Row> = each!(conn of D => {
            let mut ids = chosen.select(id).into_boxed::<D>().filter(active);
            if filter.featured {
                ids = ids.filter(featured.eq(true));
            }
            ids = in_category!(ids, filter, id).limit(most).offset(skipped);
            ids = ordered!(ids, sort, featured, since, title, price, id);
            let query = listed!().filter(products::id.eq_any(ids)).into_boxed::<D>();
            let (since, title, price) = (products::published_at, products::sort_title, products::lowest_minor);
            ordered!(query, sort, products::featured, since, title, price, products::id).load(conn)
        })?;
        Ok(Page::cut(Listed::of(conn, rows, Asked::Whether)?, paging))
    }

    /// The addresses of what is on sale, and since when; the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn addresses(conn: &mut Conn, most: i64) -> Result<Vec<(String, Option<Utc>)>> {
        let active = products::table.filter(products::status.eq(Status::Active));
        let newest = active.order((products::published_at.desc(), products::id.desc())).limit(most);
        Ok(newest.select((products::slug, products::published_at)).load(conn)?)
    }

    /// Products by their rows as lists show them, in the order given.
    fn listed(conn: &mut Conn, ids: &[i64], asked: Asked) -> Result<Vec<Listed>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = each!(conn => listed!().filter(among(products::id, ids)).load(conn))?;
        Listed::of(conn, in_order(ids, rows, |row| row.0.id), asked)
    }

    /// Products on sale in which all words occur: those whose title has them, then those whose SKU or category has
    /// them, then the others; the newest of each first. If there are none, words that differ by a letter count as well.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn search(conn: &mut Conn, words: &[String], most: i64) -> Result<Vec<Listed>> {
        let known = alias!(products as known);
        let same = known.field(products::id).eq(product_words::rowid);
        let last = each!(conn => products::table.select(max(products::id)).first(conn))?;
        let found = search::find(conn, words, most, last, |conn, how, words| {
            let active = exists(known.filter(same.and(known.field(products::status).eq(Status::Active))));
            let asked = product_words::table.filter(matches(product_words::everything, how, words)).filter(active);
            let newest = asked.order(product_words::rowid.desc()).limit(most).select(product_words::rowid);
            Ok(each!(conn => newest.load(conn))?)
        })?;
        let mut listed = Product::listed(conn, &found.rows, Asked::Whether)?;
        listed.sort_by_cached_key(|one| Reverse(search::nearness(&one.product.title, &found.words)));
        Ok(listed)
    }

    /// A stretch of all products for staff, by title; those that words find, the newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn stretch(
        conn: &mut Conn,
        status: Option<Status>,
        words: &[String],
        window: &Window,
    ) -> Result<Stretch<Listed>> {
        let edge: Option<(String, i64)> = window.edge(|key| {
            let row = products::table.filter(products::public_id.eq(key));
            row.select((products::sort_title, products::id)).first(conn).optional()
        })?;
        let ids: Vec<i64> = if words.is_empty() {
            let mut query = products::table.select(products::id).into_boxed::<Db>();
            if let Some(status) = status {
                query = query.filter(products::status.eq(status));
            }
            windowed!(query, window, edge, rising, products::sort_title, products::id).load(conn)?
        } else {
            let found = product_words::table.inner_join(products::table).select(products::id).into_boxed::<Db>();
            let mut query = found.filter(matches(product_words::everything, How::Beginnings, &plainly(words)));
            if let Some(status) = status {
                query = query.filter(products::status.eq(status));
            }
            let edge = edge.map(|(_, row)| row);
            windowed!(query, window, edge, falling, product_words::rowid).load(conn)?
        };
        let rows = Product::listed(conn, &ids, Asked::HowMany)?;
        Ok(Stretch::cut(rows, window, |row| row.product.public_id.clone()))
    }

    /// A few others on sale, the newest of a category if there is one.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn kin(&self, conn: &mut Conn, category: Option<&Category>, most: i64) -> Result<Vec<Listed>> {
        let others = products::status.eq(Status::Active).and(products::id.ne(self.id));
        let rows: Vec<Row> = match category {
            Some(category) => {
                let inside = product_categories::category_id.eq(category.id);
                each!(conn => listed!()
                    .inner_join(product_categories::table)
                    .filter(inside)
                    .filter(others)
                    .order(product_categories::product_id.desc())
                    .limit(most)
                    .load(conn))?
            }
            None => {
                let order = (products::featured.desc(), products::published_at.desc(), products::id.desc());
                each!(conn => listed!().filter(others).order(order).limit(most).load(conn))?
            }
        };
        Listed::of(conn, rows, Asked::Whether)
    }

    /// How many products there are in a state, or in any.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, status: Option<Status>) -> Result<Tally> {
        let of = || {
            let all = products::table.into_boxed::<Db>();
            match status {
                Some(status) => all.filter(products::status.eq(status)),
                None => all,
            }
        };
        tally!(conn, of(), products::id)
    }

    /// The products of some variants: the variant's row and the product's public id.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_variants(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, String>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(i64, String)> = products::table
            .inner_join(variants::table)
            .filter(among(variants::id, ids))
            .select((variants::id, products::public_id))
            .load(conn)?;
        Ok(rows.into_iter().collect())
    }

    /// The first picture of some products.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn first_pictures(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, Media>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows: Vec<(i64, Media)> = product_pictures::table
            .inner_join(crate::schema::media::table)
            .filter(among(product_pictures::product_id, ids))
            .order((product_pictures::product_id, product_pictures::position.desc(), product_pictures::media_id.desc()))
            .select((product_pictures::product_id, Media::as_select()))
            .load(conn)?;
        // Later rows win, and positions run down: the first picture stays.
        Ok(rows.into_iter().collect())
    }

    /// The row of its first picture.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn first_picture(&self, conn: &mut Conn) -> Result<Option<i64>> {
        Ok(product_pictures::table
            .filter(product_pictures::product_id.eq(self.id))
            .order((product_pictures::position, product_pictures::media_id))
            .select(product_pictures::media_id)
            .first(conn)
            .optional()?)
    }

    /// All its pictures in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn pictures(&self, conn: &mut Conn) -> Result<Vec<Media>> {
        let rows: Vec<(String, Media)> = each!(conn => product_pictures::table
            .inner_join(media::table)
            .filter(product_pictures::product_id.eq(self.id))
            .order((product_pictures::position, product_pictures::media_id))
            .select((product_pictures::alt_text, Media::as_select()))
            .load(conn))?;
        // The product's own words for a picture come before those of the library, which other products share.
        Ok(rows
            .into_iter()
            .map(|(words, media)| if words.is_empty() { media } else { Media { alt_text: words, ..media } })
            .collect())
    }

    /// Whether it came in the last two weeks.
    pub fn is_new(&self, now: Utc) -> bool {
        is_new(self.published_at, now)
    }

    /// Facts as pairs.
    pub fn fact_pairs(&self) -> Vec<(String, String)> {
        self.facts
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect()
    }
}
