//! Product categories. The tree is encoded in paths such as `coffee/blends`.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::db::ids::id_in;
use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::catalog::product_status::ProductStatus;
use crate::on_backend;
use crate::schema::{categories, product_categories, products};
use crate::support::ids::{CategoryId, ProductId};
use crate::support::slug;

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = categories, check_for_backend(AnyBackend))]
pub struct Category {
    pub id: CategoryId,
    /// Slugs from the root: `coffee/blends`.
    pub path: String,
    pub title: String,
    pub description: String,
}

#[derive(Insertable)]
#[diesel(table_name = categories, treat_none_as_default_value = false)]
struct NewCategory<'a> {
    path: &'a str,
    title: &'a str,
    description: &'a str,
    position: i64,
}

/// A category with its descendants, as a subquery.
pub type CategorySubtree = diesel::dsl::Filter<
    categories::table,
    diesel::dsl::Or<diesel::dsl::Eq<categories::path, String>, diesel::dsl::Like<categories::path, String>>,
>;

impl Category {
    /// All categories by position, parents before children.
    pub fn all(conn: &mut Conn) -> Result<Vec<Category>> {
        Ok(Category::query().order((categories::position, categories::path)).load(conn)?)
    }

    pub fn find(conn: &mut Conn, path: &str) -> Result<Category> {
        Ok(Category::query().filter(categories::path.eq(path)).first(conn)?)
    }

    pub fn subtree(path: &str) -> CategorySubtree {
        let below = format!("{}/%", path.replace(['%', '_'], ""));
        categories::table.filter(categories::path.eq(path.to_owned()).or(categories::path.like(below)))
    }

    /// Finds the category with this path, or creates it and its missing ancestors.
    pub fn find_or_create(tx: &mut Tx<'_>, path: &str) -> Result<Option<CategoryId>> {
        let mut full_path = String::new();
        let mut category = None;
        for part in path.split('/') {
            let Some(part_slug) = slug::from_title(part) else { continue };
            if !full_path.is_empty() {
                full_path.push('/');
            }
            full_path.push_str(&part_slug);
            let existing = categories::table.filter(categories::path.eq(&full_path)).select(categories::id);
            category = match existing.first(tx.conn()).optional()? {
                Some(id) => Some(id),
                None => Some(match tx.run_in_savepoint(|tx| Category::create(tx, &full_path, &title_of(part), "")) {
                    // A concurrent transaction created the same category.
                    Err(Error::Conflict) => existing.first(tx.conn())?,
                    created => created?,
                }),
            };
        }
        Ok(category)
    }

    /// Creates a category in the last position; `Conflict` when the path is taken.
    pub fn create(tx: &mut Tx<'_>, path: &str, title: &str, description: &str) -> Result<CategoryId> {
        let last: Option<i64> = categories::table.select(diesel::dsl::max(categories::position)).first(tx.conn())?;
        let row = NewCategory { path, title, description, position: last.unwrap_or(0) + 1 };
        match diesel::insert_into(categories::table).values(row).returning(categories::id).get_result(tx.conn()) {
            Err(error) if is_unique_violation(&error) => Err(Error::Conflict),
            inserted => Ok(inserted?),
        }
    }

    pub fn for_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Category>> {
        let mine = product_categories::table
            .filter(product_categories::product_id.eq(product))
            .select(product_categories::category_id);
        Ok(on_backend!(conn => Category::query()
            .filter(categories::id.eq_any(mine))
            .order(categories::position)
            .load(conn))?)
    }

    /// Titles of a product's categories and their ancestors.
    pub fn titles_for_product(conn: &mut Conn, product: ProductId) -> Result<Vec<String>> {
        let categories = Category::for_product(conn, product)?;
        if categories.is_empty() {
            return Ok(Vec::new());
        }
        let is_above = |category: &Category| {
            let below = format!("{}/", category.path);
            categories.iter().any(|own| own.path == category.path || own.path.starts_with(&below))
        };
        Ok(Category::all(conn)?.into_iter().filter(is_above).map(|category| category.title).collect())
    }

    pub fn for_products(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<(ProductId, Category)>> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        Ok(product_categories::table
            .inner_join(categories::table)
            .filter(id_in(product_categories::product_id, products))
            .order((product_categories::product_id, categories::position))
            .select((product_categories::product_id, Category::as_select()))
            .load(conn)?)
    }

    /// Top-level categories that contain products on sale.
    pub fn list_for_menu(conn: &mut Conn) -> Result<Vec<Category>> {
        let on_sale = product_categories::table
            .inner_join(products::table)
            .filter(product_categories::category_id.eq(categories::id).and(products::status.eq(ProductStatus::Active)));
        let used_paths: Vec<String> =
            on_backend!(conn => categories::table.filter(exists(on_sale)).select(categories::path).load(conn))?;
        let mut top_level = Category::all(conn)?;
        top_level.retain(|category| {
            let below = format!("{}/", category.path);
            !category.path.contains('/')
                && used_paths.iter().any(|path| *path == category.path || path.starts_with(&below))
        });
        Ok(top_level)
    }
}

/// Counts of products on sale.
#[derive(Clone, Debug, Default)]
pub struct ProductCounts {
    all: i64,
    by_path: HashMap<String, i64>,
}

impl ProductCounts {
    /// Counts each product once per category, even if it is in several of its descendants.
    pub fn load(conn: &mut Conn) -> Result<ProductCounts> {
        let places: Vec<(ProductId, String)> = product_categories::table
            .inner_join(products::table)
            .inner_join(categories::table)
            .filter(products::status.eq(ProductStatus::Active))
            .order(product_categories::product_id)
            .select((product_categories::product_id, categories::path))
            .load(conn)?;
        let mut by_path: HashMap<String, i64> = HashMap::new();
        let mut last: (Option<ProductId>, Vec<&str>) = (None, Vec::new());
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
        let all = products::table.filter(products::status.eq(ProductStatus::Active)).count().get_result(conn)?;
        Ok(ProductCounts { all, by_path })
    }

    pub fn for_category(&self, path: Option<&str>) -> i64 {
        path.map_or(self.all, |path| self.by_path.get(path).copied().unwrap_or(0))
    }

    /// Picks the query plan for a page of `rows`: sort the category's products (n² < rows × all), or walk the shop's
    /// index and filter by category.
    pub fn sorts_within_category(&self, path: &str, rows: i64) -> bool {
        let count = self.for_category(Some(path));
        count.saturating_mul(count) < rows.saturating_mul(self.all)
    }
}

/// `single-origin` becomes `Single origin`.
fn title_of(part: &str) -> String {
    let words = part.trim().replace('-', " ");
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
