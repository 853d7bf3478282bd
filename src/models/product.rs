//! Products: what the shop shows. What is bought is their [`super::variant::Variant`].

pub mod editing;

use std::collections::HashMap;

use diesel::prelude::*;

use super::category::Category;
use super::media::Media;
use super::post::contains;
use super::variant::Variant;
use crate::db::{Conn, Db};
use crate::each;
use crate::error::Result;
use crate::schema::{categories, media, product_categories, product_pictures, products, stock_levels, variants};
use crate::support::clock::Utc;
use crate::support::page::{Page, Paging};
use crate::text_enum;

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

/// Which products a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only of this state.
    pub status: Option<Status>,
    /// Only in this category or below, by path.
    pub category: Option<String>,
    /// Only those with all of these words.
    pub words: Vec<String>,
    /// Only those of the front page.
    pub featured: bool,
    /// Not this one.
    pub except: Option<i64>,
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

    /// A page of products.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(conn: &mut Conn, filter: &Filter, sort: Sort, paging: Paging) -> Result<Page<Listed>> {
        let mut query = listed!().limit(paging.limit()).offset(paging.offset()).into_boxed::<Db>();
        if let Some(status) = filter.status {
            query = query.filter(products::status.eq(status));
        }
        if let Some(path) = &filter.category {
            let within = Category::within(path).select(categories::id);
            let inside = product_categories::table.filter(product_categories::category_id.eq_any(within));
            query = query.filter(products::id.eq_any(inside.select(product_categories::product_id)));
        }
        if filter.featured {
            query = query.filter(products::featured.eq(true));
        }
        if let Some(id) = filter.except {
            query = query.filter(products::id.ne(id));
        }
        for word in &filter.words {
            query = query.filter(products::search_text.like(contains(word)).escape('\\'));
        }
        query = match sort {
            Sort::Featured => {
                query.order((products::featured.desc(), products::published_at.desc(), products::id.desc()))
            }
            Sort::Newest => {
                query.order((products::published_at.is_null(), products::published_at.desc(), products::id.desc()))
            }
            Sort::PriceUp => query.order((variants::price_minor.asc(), products::id.asc())),
            Sort::PriceDown => query.order((variants::price_minor.desc(), products::id.asc())),
            Sort::Title => query.order((products::title.asc(), products::id.asc())),
        };
        let rows: Vec<Row> = query.load(conn)?;
        Ok(Page::cut(rows.into_iter().map(Listed::of).collect(), paging))
    }

    /// A few others on sale, of a category if there is one.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn kin(&self, conn: &mut Conn, category: Option<&Category>, most: i64) -> Result<Vec<Listed>> {
        let order = (products::featured.desc(), products::published_at.desc(), products::id.desc());
        let others = products::status.eq(Status::Active).and(products::id.ne(self.id));
        let rows: Vec<Row> = match category {
            Some(category) => {
                let within = Category::within(&category.path).select(categories::id);
                let inside = product_categories::table.filter(product_categories::category_id.eq_any(within));
                let inside = products::id.eq_any(inside.select(product_categories::product_id));
                each!(conn => listed!().filter(others).filter(inside).order(order).limit(most).load(conn))?
            }
            None => each!(conn => listed!().filter(others).order(order).limit(most).load(conn))?,
        };
        Ok(rows.into_iter().map(Listed::of).collect())
    }

    /// How many products a filter finds; only its state and category count.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, filter: &Filter) -> Result<i64> {
        let mut query = products::table.into_boxed::<Db>();
        if let Some(status) = filter.status {
            query = query.filter(products::status.eq(status));
        }
        if let Some(path) = &filter.category {
            let within = Category::within(path).select(categories::id);
            let inside = product_categories::table.filter(product_categories::category_id.eq_any(within));
            query = query.filter(products::id.eq_any(inside.select(product_categories::product_id)));
        }
        Ok(query.count().get_result(conn)?)
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
