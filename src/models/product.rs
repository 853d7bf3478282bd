//! Products: what the shop shows. What is bought is their [`super::variant::Variant`].

pub mod editing;

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::category::Category;
use super::media::Media;
use super::variant::Variant;
use crate::db::matching::{heads, matches};
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
}

/// A product with what a list shows of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The product.
    pub product: Product,
    /// What is bought.
    pub variant: Variant,
    /// Pieces that can be sold.
    pub left: i64,
    /// Its first picture.
    pub picture: Option<Media>,
}

/// A row of [`listed!`].
type Row = (Product, Variant, Option<i64>, Option<Media>);

impl Listed {
    fn of((product, variant, left, picture): Row) -> Listed {
        Listed { left: left.unwrap_or(0), picture, product, variant }
    }
}

/// Products with what lists show of them: one question whatever the number of rows. A macro, as the type of the question
/// fills a page.
macro_rules! listed {
    () => {{
        let first_picture = product_pictures::table
            .filter(product_pictures::product_id.eq(products::id))
            .order((product_pictures::position, product_pictures::media_id))
            .select(product_pictures::media_id)
            .limit(1)
            .single_value();
        products::table
            .inner_join(variants::table.left_join(stock_levels::table))
            .left_join(media::table.on(media::id.nullable().eq(first_picture)))
            .select((
                Product::as_select(),
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

impl Product {
    /// A product on sale, with its variant.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn on_sale(conn: &mut Conn, slug: &str) -> Result<(Product, Variant)> {
        // Asked of the connection inside, which knows the question by its type and does not spell it anew.
        Ok(each!(conn => products::table
            .inner_join(variants::table)
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
        Ok(living.order((products::title, products::id)).select((products::public_id, products::title)).load(conn)?)
    }

    /// The address of the product that a variant belongs to.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn slug_of_variant(conn: &mut Conn, public_id: &str) -> Result<String> {
        let mine = variants::table.inner_join(products::table).filter(variants::public_id.eq(public_id));
        Ok(mine.select(products::slug).first(conn)?)
    }

    /// The title of the product that a variant belongs to, by the variant's row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn title_of_variant(conn: &mut Conn, variant: i64) -> Result<String> {
        let mine = variants::table.inner_join(products::table).filter(variants::id.eq(variant));
        Ok(mine.select(products::title).first(conn)?)
    }

    /// A product by its public id, with its variant.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<(Product, Variant)> {
        Ok(products::table
            .inner_join(variants::table)
            .filter(products::public_id.eq(public_id))
            .select((Product::as_select(), Variant::as_select()))
            .first(conn)?)
    }

    /// A page of products on sale. Their rows are found by an index alone, and what a list shows is then read of those
    /// on the page.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, filter: &Filter, sort: Sort, paging: Paging) -> Result<Page<Listed>> {
        let of_products = || {
            let mut query = products::table.select(products::id).into_boxed::<Db>();
            query = query.filter(products::status.eq(Status::Active));
            if filter.featured {
                query = query.filter(products::featured.eq(true));
            }
            in_category!(query, filter, products::id)
        };
        // Asked of the prices, so that their order is followed and each product looked at in turn.
        let by_price = || {
            let active = products::id.eq(variants::product_id).and(products::status.eq(Status::Active));
            let mut query = variants::table.select(variants::product_id).into_boxed::<Db>();
            query = query.filter(exists(products::table.filter(active)));
            if filter.featured {
                let featured = products::id.eq(variants::product_id).and(products::featured.eq(true));
                query = query.filter(exists(products::table.filter(featured)));
            }
            in_category!(query, filter, variants::product_id)
        };
        let (rows, offset) = (paging.limit(), paging.offset());
        let ids: Vec<i64> = match sort {
            Sort::Featured => {
                let order = (products::featured.desc(), products::published_at.desc(), products::id.desc());
                of_products().order(order).limit(rows).offset(offset).load(conn)?
            }
            Sort::Newest => {
                let order = (products::published_at.desc(), products::id.desc());
                of_products().order(order).limit(rows).offset(offset).load(conn)?
            }
            Sort::PriceUp => {
                let order = (variants::price_minor.asc(), variants::product_id.asc());
                by_price().order(order).limit(rows).offset(offset).load(conn)?
            }
            Sort::PriceDown => {
                let order = (variants::price_minor.desc(), variants::product_id.desc());
                by_price().order(order).limit(rows).offset(offset).load(conn)?
            }
            Sort::Title => {
                let order = (products::title.asc(), products::id.asc());
                of_products().order(order).limit(rows).offset(offset).load(conn)?
            }
        };
        Ok(Page::cut(Product::listed(conn, &ids)?, paging))
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
    fn listed(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Listed>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = listed!().filter(products::id.eq_any(ids)).into_boxed::<Db>().load(conn)?;
        let mut rows: HashMap<i64, Row> = rows.into_iter().map(|row| (row.0.id, row)).collect();
        Ok(ids.iter().filter_map(|id| rows.remove(id)).map(Listed::of).collect())
    }

    /// Products on sale in which all words occur: first those whose title or SKU has them, then the others, newest
    /// first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn search(conn: &mut Conn, words: &[String], most: i64) -> Result<Vec<Listed>> {
        let active = products::status.eq(Status::Active);
        let newest = product_words::rowid.desc();
        let in_head = heads(product_words::everything, words);
        let mut ids: Vec<i64> = each!(conn => product_words::table.inner_join(products::table)
            .filter(in_head).filter(active).order(newest).limit(most).select(products::id).load(conn))?;
        if i64::try_from(ids.len()).unwrap_or(most) < most {
            let anywhere = matches(product_words::everything, words);
            let more: Vec<i64> = each!(conn => product_words::table.inner_join(products::table)
                .filter(anywhere).filter(active).order(newest).limit(most).select(products::id).load(conn))?;
            let others: Vec<i64> = more.into_iter().filter(|id| !ids.contains(id)).collect();
            ids.extend(others);
            ids.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        }
        Product::listed(conn, &ids)
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
        let edge: Option<(String, i64)> = match window.key() {
            Some(key) => {
                let row = products::table.filter(products::public_id.eq(key));
                row.select((products::title, products::id)).first(conn).optional()?
            }
            None => None,
        };
        let ids: Vec<i64> = if words.is_empty() {
            let mut query = products::table.select(products::id).into_boxed::<Db>();
            if let Some(status) = status {
                query = query.filter(products::status.eq(status));
            }
            windowed!(query, window, edge, rising, products::title, products::id).load(conn)?
        } else {
            let found = product_words::table.inner_join(products::table).select(products::id).into_boxed::<Db>();
            let mut query = found.filter(matches(product_words::everything, words));
            if let Some(status) = status {
                query = query.filter(products::status.eq(status));
            }
            let edge = edge.map(|(_, row)| row);
            windowed!(query, window, edge, falling, product_words::rowid).load(conn)?
        };
        let rows = Product::listed(conn, &ids)?;
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
        Ok(rows.into_iter().map(Listed::of).collect())
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
            .filter(variants::id.eq_any(ids))
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
            .filter(product_pictures::product_id.eq_any(ids))
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
        Ok(each!(conn => product_pictures::table
            .inner_join(media::table)
            .filter(product_pictures::product_id.eq(self.id))
            .order((product_pictures::position, product_pictures::media_id))
            .select(Media::as_select())
            .load(conn))?)
    }

    /// Whether it came in the last two weeks.
    pub fn is_new(&self, now: Utc) -> bool {
        self.published_at.is_some_and(|at| at > now.minus(jiff::SignedDuration::from_hours(24 * 14)))
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
