//! Product options: their values, the variants for sale, and the variant that a selection means.

use diesel::prelude::*;

use super::Product;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::models::catalog::variant::Variant;
use crate::on_backend;
use crate::schema::{product_option_values, product_options, products, stock_levels, variants};
use crate::support::i18n::Message;
use crate::support::ids::OptionValueId;

pub const MAX_OPTIONS: usize = 3;
pub const MAX_VARIANTS: usize = 100;
/// Form fields of the product page, one per option, in order.
pub const OPTION_FIELDS: [&str; MAX_OPTIONS] = ["option_1", "option_2", "option_3"];

/// An option of a product, such as size or colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductOption {
    pub name: String,
    /// In display order.
    pub values: Vec<OptionValue>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionValue {
    /// [`VariantListing::option_key`] consists of these.
    pub id: OptionValueId,
    pub name: String,
}

#[derive(Clone, Debug, Queryable)]
pub struct VariantListing {
    pub variant: Variant,
    /// Row ids of its option values in the order of the options, joined by dashes; empty without options.
    pub option_key: String,
    /// Units for sale.
    pub available: i64,
}

/// The variant that a form selects.
#[derive(Clone, Debug)]
pub enum VariantSelector {
    /// By the public id of the variant.
    Variant(String),
    /// By the chosen option values of a product.
    Options {
        product: String,
        /// Names of the values in the order of [`OPTION_FIELDS`]; empty where nothing was chosen.
        values: [String; MAX_OPTIONS],
    },
}

pub fn variant_name(title: &str, options: &str) -> String {
    if options.is_empty() { title.to_owned() } else { format!("{title} ({options})") }
}

pub fn too_many_variants(combinations: usize) -> Message {
    Message::VariantsTooMany { count: Message::count(combinations), max: Message::count(MAX_VARIANTS) }
}

pub(super) fn option_key_of(values: &[OptionValueId]) -> String {
    values.iter().map(OptionValueId::to_string).collect::<Vec<_>>().join("-")
}

impl VariantListing {
    /// `None` for an option that has no such value.
    pub fn value_positions(&self, options: &[ProductOption]) -> Vec<Option<usize>> {
        let mut values = self.option_key.split('-').map(|id| id.parse::<OptionValueId>().ok());
        let position = |option: &ProductOption| {
            let id = values.next().flatten()?;
            option.values.iter().position(|value| value.id == id)
        };
        options.iter().map(position).collect()
    }
}

impl Product {
    /// In order; empty for a product with a single variant.
    pub fn options(&self, conn: &mut Conn) -> Result<Vec<ProductOption>> {
        let rows: Vec<(i64, String, OptionValueId, String)> = on_backend!(conn => product_options::table
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

    pub fn variants_for_sale(&self, conn: &mut Conn) -> Result<Vec<VariantListing>> {
        let available = stock_levels::on_hand - stock_levels::reserved;
        Ok(on_backend!(conn => variants::table
            .inner_join(stock_levels::table)
            .filter(variants::product_id.eq(self.id).and(variants::for_sale.eq(true)))
            .order((variants::position, variants::id))
            .select((Variant::as_select(), variants::option_key, available))
            .load(conn))?)
    }

    pub fn find_slug(conn: &mut Conn, selector: &VariantSelector) -> Result<String> {
        Ok(match selector {
            VariantSelector::Variant(id) => {
                let selected = variants::table.inner_join(products::table).filter(variants::public_id.eq(id));
                selected.select(products::slug).first(conn)?
            }
            VariantSelector::Options { product, .. } => {
                products::table.filter(products::public_id.eq(product)).select(products::slug).first(conn)?
            }
        })
    }

    /// The public id of the selected variant.
    ///
    /// # Errors
    /// `NotFound` for an unknown product; `Invalid` on the option without a valid choice.
    pub fn resolve_variant(conn: &mut Conn, selector: &VariantSelector) -> Result<String> {
        let (product, chosen) = match selector {
            VariantSelector::Variant(id) => return Ok(id.clone()),
            VariantSelector::Options { product, values: chosen } => (product, chosen),
        };
        let (product, default_variant) = Product::find(conn, product)?;
        let options = product.options(conn)?;
        if options.is_empty() {
            return Ok(default_variant.public_id);
        }
        let mut values = Vec::new();
        for ((option, typed), field) in options.iter().zip(chosen).zip(OPTION_FIELDS) {
            let typed = typed.trim();
            let value = option.values.iter().find(|value| value.name.to_lowercase() == typed.to_lowercase());
            let Some(value) = value else {
                let option = option.name.clone();
                let message = match typed {
                    "" => Message::OptionMissing { option },
                    _ => Message::OptionUnavailable { option },
                };
                return Err(Error::invalid(field, message));
            };
            values.push(value.id);
        }
        let selected = variants::product_id.eq(product.id).and(variants::option_key.eq(option_key_of(&values)));
        let public_id: Option<String> = variants::table
            .filter(selected.and(variants::for_sale.eq(true)))
            .select(variants::public_id)
            .first(conn)
            .optional()?;
        public_id.ok_or_else(|| Error::invalid("option_1", Message::CombinationUnavailable))
    }
}
