//! Categories of products: a path such as `coffee/blends` is the whole tree.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::db::among::among;
use crate::db::{Conn, Db, Tx, is_taken};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::{categories, product_categories, products};
use crate::support::slug;

/// A category.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = categories, check_for_backend(Db))]
pub struct Category {
    /// The row.
    pub id: i64,
    /// Slugs from the top down: `coffee/blends`.
    pub path: String,
    /// Its name.
    pub title: String,
    /// A sentence about it.
    pub description: String,
}

/// Some categories, as a question that others can contain.
pub type Within = diesel::dsl::Filter<
    categories::table,
    diesel::dsl::Or<diesel::dsl::Eq<categories::path, String>, diesel::dsl::Like<categories::path, String>>,
>;

impl Category {
    /// All categories, parents before children, in the shop's order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn all(conn: &mut Conn) -> Result<Vec<Category>> {
        let all = categories::table.order((categories::position, categories::path)).select(Category::as_select());
        Ok(all.load(conn)?)
    }

    /// A category by its path.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, path: &str) -> Result<Category> {
        Ok(categories::table.filter(categories::path.eq(path)).select(Category::as_select()).first(conn)?)
    }

    /// A category and all below it.
    pub fn within(path: &str) -> Within {
        let below = format!("{}/%", path.replace(['%', '_'], ""));
        categories::table.filter(categories::path.eq(path.to_owned()).or(categories::path.like(below)))
    }

    /// The category of a path, made if it is missing, together with its parents.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ensure(tx: &mut Tx<'_>, path: &str) -> Result<Option<i64>> {
        let mut whole = String::new();
        let mut last = None;
        for part in path.split('/') {
            let Some(part_slug) = slug::from_title(part) else { continue };
            if !whole.is_empty() {
                whole.push('/');
            }
            whole.push_str(&part_slug);
            let known = categories::table.filter(categories::path.eq(&whole)).select(categories::id);
            last = match known.first(tx.conn()).optional()? {
                Some(id) => Some(id),
                None => Some(match tx.attempt(|tx| Category::create(tx, &whole, &title_of(part), "")) {
                    // Somebody makes the same category at this moment.
                    Err(Error::Conflict) => known.first(tx.conn())?,
                    made => made?,
                }),
            };
        }
        Ok(last)
    }

    /// Makes a category.
    ///
    /// # Errors
    /// `Conflict` when the path is taken.
    pub fn create(tx: &mut Tx<'_>, path: &str, title: &str, description: &str) -> Result<i64> {
        let last: Option<i64> = categories::table.select(diesel::dsl::max(categories::position)).first(tx.conn())?;
        let row = (
            categories::path.eq(path),
            categories::title.eq(title),
            categories::description.eq(description),
            categories::position.eq(last.unwrap_or(0) + 1),
        );
        match diesel::insert_into(categories::table).values(row).returning(categories::id).get_result(tx.conn()) {
            Err(error) if is_taken(&error) => Err(Error::Conflict),
            made => Ok(made?),
        }
    }

    /// The categories of a product.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_product(conn: &mut Conn, product: i64) -> Result<Vec<Category>> {
        let mine = product_categories::table
            .filter(product_categories::product_id.eq(product))
            .select(product_categories::category_id);
        Ok(each!(conn => categories::table
            .filter(categories::id.eq_any(mine))
            .order(categories::position)
            .select(Category::as_select())
            .load(conn))?)
    }

    /// The titles of a product's categories and of all above them.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn titles_of_product(conn: &mut Conn, product: i64) -> Result<Vec<String>> {
        let mine = Category::of_product(conn, product)?;
        if mine.is_empty() {
            return Ok(Vec::new());
        }
        let is_above = |one: &Category| {
            let below = format!("{}/", one.path);
            mine.iter().any(|own| own.path == one.path || own.path.starts_with(&below))
        };
        Ok(Category::all(conn)?.into_iter().filter(is_above).map(|one| one.title).collect())
    }

    /// The categories of some products: the product's row and the category.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_products(conn: &mut Conn, products: &[i64]) -> Result<Vec<(i64, Category)>> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        Ok(product_categories::table
            .inner_join(categories::table)
            .filter(among(product_categories::product_id, products))
            .order((product_categories::product_id, categories::position))
            .select((product_categories::product_id, Category::as_select()))
            .load(conn)?)
    }

    /// Top categories that have something on sale, for the menu.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn menu(conn: &mut Conn) -> Result<Vec<Category>> {
        let on_sale = product_categories::table
            .inner_join(products::table)
            .filter(product_categories::category_id.eq(categories::id).and(products::status.eq("active")));
        let used: Vec<String> =
            each!(conn => categories::table.filter(exists(on_sale)).select(categories::path).load(conn))?;
        let mut tops = Category::all(conn)?;
        tops.retain(|category| {
            let below = format!("{}/", category.path);
            !category.path.contains('/') && used.iter().any(|path| *path == category.path || path.starts_with(&below))
        });
        Ok(tops)
    }
}

/// How much is on sale, in the whole shop and in each category with all below it.
#[derive(Clone, Debug, Default)]
pub struct OnSale {
    all: i64,
    by_path: HashMap<String, i64>,
}

impl OnSale {
    /// Counts, each product once wherever it stands several times.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn) -> Result<OnSale> {
        let places: Vec<(i64, String)> = product_categories::table
            .inner_join(products::table)
            .inner_join(categories::table)
            .filter(products::status.eq("active"))
            .order(product_categories::product_id)
            .select((product_categories::product_id, categories::path))
            .load(conn)?;
        let mut by_path: HashMap<String, i64> = HashMap::new();
        let mut last: (Option<i64>, Vec<&str>) = (None, Vec::new());
        for (product, path) in &places {
            if last.0 != Some(*product) {
                last = (Some(*product), Vec::new());
            }
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            for branch in ends.filter_map(|end| path.get(..end)) {
                if !last.1.contains(&branch) {
                    last.1.push(branch);
                    match by_path.get_mut(branch) {
                        Some(count) => *count += 1,
                        None => drop(by_path.insert(branch.to_owned(), 1)),
                    }
                }
            }
        }
        let all = products::table.filter(products::status.eq("active")).count().get_result(conn)?;
        Ok(OnSale { all, by_path })
    }

    /// Products of a category and all below it, by its path; those of the whole shop without one.
    pub fn of(&self, path: Option<&str>) -> i64 {
        path.map_or(self.all, |path| self.by_path.get(path).copied().unwrap_or(0))
    }

    /// Whether a category's products are quicker sorted than looked for one by one among all of the shop, for so many
    /// rows of a list: either way about as many rows are looked at where the two costs meet.
    pub fn is_small(&self, path: &str, rows: i64) -> bool {
        let count = self.of(Some(path));
        count.saturating_mul(count) < rows.saturating_mul(self.all)
    }
}

/// `coffee` and `single-origin` as people write them.
fn title_of(part: &str) -> String {
    let words = part.trim().replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
