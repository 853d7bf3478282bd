//! Choosing among the variants of a product: its options, what there is, and which variant a choice means.

use diesel::prelude::*;

use super::Product;
use crate::db::Conn;
use crate::each;
use crate::error::{Error, Result};
use crate::models::variant::Variant;
use crate::schema::{product_option_values, product_options, products, stock_levels, variants};

/// Most options of a product.
pub const MOST_OPTIONS: usize = 3;
/// Most variants of a product.
pub const MOST_VARIANTS: usize = 100;
/// The fields of the product page's form, one for each option in order.
pub const FIELDS: [&str; MOST_OPTIONS] = ["option_1", "option_2", "option_3"];

/// Something to choose: a size, a colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductOption {
    /// What it is called.
    pub name: String,
    /// What to choose from, in order.
    pub values: Vec<OptionValue>,
}

/// One of several to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValue {
    /// The row: the keys of variants are made of these.
    pub id: i64,
    /// What it is called.
    pub name: String,
}

/// A variant for sale among those of its product.
#[derive(Clone, Debug, Queryable)]
pub struct Choice {
    /// The variant.
    pub variant: Variant,
    /// Its values' rows in the order of the options, joined by dashes; empty when there is nothing to choose.
    pub key: String,
    /// Pieces that can be sold.
    pub left: i64,
}

/// What somebody wants to buy, as a form says it.
#[derive(Clone, Debug)]
pub enum Pick {
    /// A variant, by its public id.
    Variant(String),
    /// What was chosen of each option of a product.
    Options {
        /// The product's public id.
        product: String,
        /// The names of the values, in the order of [`FIELDS`]; empty where nothing was chosen.
        chosen: [String; MOST_OPTIONS],
    },
}

/// A title with what was chosen: `Shirt (Size: M)`.
pub fn named(title: &str, options: &str) -> String {
    if options.is_empty() { title.to_owned() } else { format!("{title} ({options})") }
}

/// That so many combinations are more than a product may have.
pub fn too_many(combinations: usize) -> String {
    format!("These are {combinations} combinations. A product has at most {MOST_VARIANTS}.")
}

/// The key of the variant that has these values.
pub(super) fn key_of(values: &[i64]) -> String {
    values.iter().map(i64::to_string).collect::<Vec<_>>().join("-")
}

impl Choice {
    /// What it has of each option, by the place of the value; nothing where the option does not know its value.
    pub fn places(&self, options: &[ProductOption]) -> Vec<Option<usize>> {
        let mut values = self.key.split('-').map(|id| id.parse::<i64>().ok());
        let place = |option: &ProductOption| {
            let id = values.next().flatten()?;
            option.values.iter().position(|value| value.id == id)
        };
        options.iter().map(place).collect()
    }
}

impl Product {
    /// Its options with their values, in order; none for a product that there is one of.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn options(&self, conn: &mut Conn) -> Result<Vec<ProductOption>> {
        let rows: Vec<(i64, String, i64, String)> = each!(conn => product_options::table
            .inner_join(product_option_values::table)
            .filter(product_options::product_id.eq(self.id))
            .order((product_options::position, product_option_values::position))
            .select((
                product_options::position,
                product_options::name,
                product_option_values::id,
                product_option_values::name,
            ))
            .load(conn))?;
        let (mut options, mut last): (Vec<ProductOption>, Option<i64>) = (Vec::new(), None);
        for (position, name, id, value) in rows {
            if last != Some(position) {
                options.push(ProductOption { name, values: Vec::new() });
                last = Some(position);
            }
            if let Some(option) = options.last_mut() {
                option.values.push(OptionValue { id, name: value });
            }
        }
        Ok(options)
    }

    /// Its variants for sale, in order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn choices(&self, conn: &mut Conn) -> Result<Vec<Choice>> {
        let left = stock_levels::on_hand - stock_levels::reserved;
        Ok(each!(conn => variants::table
            .inner_join(stock_levels::table)
            .filter(variants::product_id.eq(self.id).and(variants::for_sale.eq(true)))
            .order((variants::position, variants::id))
            .select((Variant::as_select(), variants::option_key, left))
            .load(conn))?)
    }

    /// The address of the product that something is picked of.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn slug_of(conn: &mut Conn, pick: &Pick) -> Result<String> {
        Ok(match pick {
            Pick::Variant(id) => {
                let mine = variants::table.inner_join(products::table).filter(variants::public_id.eq(id));
                mine.select(products::slug).first(conn)?
            }
            Pick::Options { product, .. } => {
                products::table.filter(products::public_id.eq(product)).select(products::slug).first(conn)?
            }
        })
    }

    /// The public id of the variant that was picked.
    ///
    /// # Errors
    /// `NotFound` for an unknown product; `Invalid` on the option that nothing, or something unknown, was chosen of.
    pub fn pick(conn: &mut Conn, pick: &Pick) -> Result<String> {
        let (product, chosen) = match pick {
            Pick::Variant(id) => return Ok(id.clone()),
            Pick::Options { product, chosen } => (product, chosen),
        };
        let (product, only) = Product::find(conn, product)?;
        let options = product.options(conn)?;
        if options.is_empty() {
            return Ok(only.public_id);
        }
        let mut values = Vec::new();
        for ((option, typed), field) in options.iter().zip(chosen).zip(FIELDS) {
            let typed = typed.trim();
            let known = option.values.iter().find(|value| value.name.to_lowercase() == typed.to_lowercase());
            let Some(known) = known else {
                let why = if typed.is_empty() { "" } else { "We do not have this one. " };
                return Err(Error::invalid(field, format!("{why}Please choose: {}.", option.name)));
            };
            values.push(known.id);
        }
        let mine = variants::product_id.eq(product.id).and(variants::option_key.eq(key_of(&values)));
        let found: Option<String> = variants::table
            .filter(mine.and(variants::for_sale.eq(true)))
            .select(variants::public_id)
            .first(conn)
            .optional()?;
        found.ok_or_else(|| Error::invalid("option_1", "We do not have this combination. Please choose another."))
    }
}
