//! Saving a product from its form: product, variants, stock, pictures and categories in one transaction.

use std::borrow::Cow;

use diesel::prelude::*;

use super::options::ProductOption;
use super::variant_sync::{self, VariantKeywords};
use super::{Product, ProductStatus, TaxClass};
use crate::db::{Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::catalog::category::Category;
use crate::models::catalog::variant::Variant;
use crate::models::content::media::Media;
use crate::models::platform::event::{Actor, Event};
use crate::models::platform::redirect;
use crate::models::platform::search::{self, SearchDocument};
use crate::schema::{product_categories, product_pictures, products};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::ProductId;
use crate::support::markdown::MarkdownText;
use crate::support::money::Money;
use crate::support::slug;

/// Attempts to find a free slug when concurrent transactions take the same one.
const TRIES: usize = 20;

/// The values of a product's form.
#[derive(Clone, Debug)]
pub struct ProductInput {
    pub title: String,
    /// Empty to make one from the title.
    pub slug: String,
    pub description: MarkdownText,
    /// One `name: value` per line.
    pub attributes: String,
    pub status: ProductStatus,
    pub tax_class: TaxClass,
    pub featured: bool,
    pub gift_card: bool,
    /// Its only variant, or the template for new variants if there are several.
    pub base_variant: VariantInput,
    /// Empty for a product with a single variant.
    pub options: Vec<OptionInput>,
    /// The variants that differ from `base_variant`: existing ones by public id, those of a new product in the order of
    /// the combinations. A new combination gets the price and weight of `base_variant`, no SKU and no stock.
    pub variants: Vec<VariantInput>,
    pub categories: Vec<String>,
    /// Public id and alternative text, in order.
    pub pictures: Vec<(String, String)>,
    /// When it went on sale, for imports; `None` for now.
    pub published_at: Option<Utc>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionInput {
    pub name: String,
    pub values: Vec<String>,
}

impl OptionInput {
    pub fn from_option(option: &ProductOption) -> OptionInput {
        let values = option.values.iter().map(|value| value.name.clone());
        OptionInput { name: option.name.clone(), values: values.collect() }
    }
}

/// The values of a variant's form.
#[derive(Clone, Debug)]
pub struct VariantInput {
    /// Empty for a variant of a new product.
    pub public_id: String,
    pub price: Money,
    /// The price before a reduction.
    pub compare_at: Option<Money>,
    /// Empty for none.
    pub sku: String,
    /// Empty for none.
    pub barcode: String,
    /// In grams.
    pub weight_g: i64,
    /// Units for sale, as entered.
    pub stock: i64,
    /// Units for sale when the form was opened; the difference is applied to the stock.
    pub stock_was: i64,
}

impl VariantInput {
    /// A new variant with this price and defaults for everything else.
    pub fn from_price(price: Money) -> VariantInput {
        VariantInput {
            public_id: String::new(),
            price,
            compare_at: None,
            sku: String::new(),
            barcode: String::new(),
            weight_g: 0,
            stock: 0,
            stock_was: 0,
        }
    }
}

impl Product {
    /// Creates a product.
    ///
    /// # Errors
    /// `Invalid` on `slug` or `sku` when they are taken.
    pub fn create(tx: &mut Tx<'_>, wanted: &ProductInput, by: &Actor) -> Result<Product> {
        let public_id = tx.generate_public_id()?;
        let described = wanted.description.rendered();
        let own = slug::from_title(&wanted.title)
            .unwrap_or_else(|| format!("product-{}", public_id.chars().rev().take(8).collect::<String>()));
        let now = tx.now();
        let published_at = (wanted.status == ProductStatus::Active).then(|| wanted.published_at.unwrap_or(now));
        let write = |tx: &mut Tx<'_>, address: &str| {
            let row = (
                products::slug.eq(address),
                products::public_id.eq(&public_id),
                products::title.eq(&wanted.title),
                products::sort_title.eq(slug::sort_key(&wanted.title)),
                products::description_md.eq(wanted.description.source()),
                products::description_html.eq(&described.html),
                products::attributes.eq(&wanted.attributes),
                products::status.eq(wanted.status),
                products::tax_class.eq(wanted.tax_class),
                products::featured.eq(wanted.featured),
                products::gift_card.eq(wanted.gift_card),
                products::published_at.eq(published_at),
                products::lock_version.eq(1),
                products::created_at.eq(now),
                products::min_price_minor.eq(wanted.base_variant.price.minor),
                products::max_price_minor.eq(wanted.base_variant.price.minor),
                products::variant_count.eq(1),
            );
            diesel::insert_into(products::table).values(row).returning(products::id).get_result::<ProductId>(tx.conn())
        };
        let (id, address) = at_free_address(tx, &wanted.slug, &own, ProductId::from(0), write)?;
        let varied = variant_sync::create_variants(tx, id, wanted, by)?;
        redirect::delete(tx, &format!("/products/{address}"))?;
        finish(tx, id, wanted, &wanted.searched(&varied, &described.text), &varied.skus, by)
    }

    /// Saves a product if its version is still `lock_version`. If `wanted.variants` is empty, `wanted.base_variant`
    /// applies to `variant`.
    ///
    /// # Errors
    /// `Conflict`; `Invalid` on `slug` or `sku` when taken, on `stock` when less than the reserved units would remain;
    /// for one of several variants on `variant_{public id}_sku` and `variant_{public id}_stock`.
    pub fn save(
        &self,
        tx: &mut Tx<'_>,
        variant: &Variant,
        lock_version: i64,
        wanted: &ProductInput,
        by: &Actor,
    ) -> Result<Product> {
        let described = wanted.description.rendered();
        let address = if wanted.slug.is_empty() { self.slug.clone() } else { wanted.slug.clone() };
        let now = tx.now();
        let published_at = match wanted.status {
            ProductStatus::Active => Some(self.published_at.unwrap_or(now)),
            _ => self.published_at,
        };
        let (saved, _) = at_free_address(tx, &address, &address, self.id, |tx, address| {
            let mine = products::id.eq(self.id).and(products::lock_version.eq(lock_version));
            diesel::update(products::table.filter(mine))
                .set((
                    products::slug.eq(address),
                    products::title.eq(&wanted.title),
                    products::sort_title.eq(slug::sort_key(&wanted.title)),
                    products::description_md.eq(wanted.description.source()),
                    products::description_html.eq(&described.html),
                    products::attributes.eq(&wanted.attributes),
                    products::status.eq(wanted.status),
                    products::tax_class.eq(wanted.tax_class),
                    products::featured.eq(wanted.featured),
                    products::gift_card.eq(wanted.gift_card),
                    products::published_at.eq(published_at),
                    products::lock_version.eq(lock_version + 1),
                ))
                .execute(tx.conn())
        })?;
        if saved != 1 {
            return Err(Error::Conflict);
        }
        let varied = variant_sync::sync_variants(tx, self, variant, wanted, by)?;
        if self.slug != address && self.published_at.is_some() {
            redirect::create(tx, &format!("/products/{}", self.slug), redirect::TargetId::Product(self.id))?;
        }
        redirect::delete(tx, &format!("/products/{address}"))?;
        finish(tx, self.id, wanted, &wanted.searched(&varied, &described.text), &varied.skus, by)
    }
}

impl ProductInput {
    /// The text for the search index besides title and SKUs.
    fn searched(&self, varied: &VariantKeywords, description: &str) -> String {
        let mut options = String::new();
        for option in &self.options {
            options = format!("{options} {} {}", option.name, option.values.join(" "));
        }
        format!("{} {}{options} {description}", self.attributes, varied.barcodes)
    }
}

/// Writes categories, pictures, search index and event, for new and existing products alike.
fn finish(
    tx: &mut Tx<'_>,
    id: ProductId,
    wanted: &ProductInput,
    searched: &str,
    skus: &str,
    by: &Actor,
) -> Result<Product> {
    diesel::delete(product_categories::table.filter(product_categories::product_id.eq(id))).execute(tx.conn())?;
    let mut given = Vec::new();
    for path in &wanted.categories {
        if let Some(category) = Category::find_or_create(tx, path)?
            && !given.contains(&category)
        {
            given.push(category);
            diesel::insert_into(product_categories::table)
                .values((product_categories::product_id.eq(id), product_categories::category_id.eq(category)))
                .execute(tx.conn())?;
        }
    }
    diesel::delete(product_pictures::table.filter(product_pictures::product_id.eq(id))).execute(tx.conn())?;
    for (position, (public_id, alt)) in wanted.pictures.iter().enumerate() {
        let picture = Media::find(tx.conn(), public_id)?;
        let position = i64::try_from(position).unwrap_or(0);
        diesel::insert_into(product_pictures::table)
            .values((
                product_pictures::product_id.eq(id),
                product_pictures::media_id.eq(picture.id),
                product_pictures::position.eq(position),
                product_pictures::alt_text.eq(alt),
            ))
            .execute(tx.conn())?;
    }
    let categories = Category::titles_for_product(tx.conn(), id)?.join(" ");
    let head = format!("{skus} {categories}");
    search::index_product(tx, id, &SearchDocument { title: &wanted.title, keywords: &head, body: searched })?;
    Event::ProductSaved { product: id }.record(tx, by)?;
    Ok(products::table.find(id).select(Product::as_select()).first(tx.conn())?)
}

/// Turns a violation of a unique key into a validation error on `field`.
pub(super) fn map_unique_violation<T>(
    field: impl Into<Cow<'static, str>>,
    message: Message,
    write: impl FnOnce() -> Result<T, diesel::result::Error>,
) -> Result<T> {
    match write() {
        Err(error) if is_unique_violation(&error) => Err(Error::invalid(field, message)),
        done => Ok(done?),
    }
}

/// Writes a product under the slug that was typed, or under a free one derived from `own` if none was. Returns the slug
/// used. `product` is the product's id, because it may have the slug already.
fn at_free_address<T>(
    tx: &mut Tx<'_>,
    typed: &str,
    own: &str,
    product: ProductId,
    mut write: impl FnMut(&mut Tx<'_>, &str) -> Result<T, diesel::result::Error>,
) -> Result<(T, String)> {
    let free = |tx: &mut Tx<'_>, wanted: &str| {
        slug::first_available(wanted, |slug| {
            let taken = products::table.filter(products::slug.eq(slug).and(products::id.ne(product)));
            Ok::<bool, Error>(diesel::select(diesel::dsl::exists(taken)).get_result(tx.conn())?)
        })
    };
    for _ in 0..TRIES {
        let address = if typed.is_empty() { free(tx, own)? } else { typed.to_owned() };
        let written = tx.run_in_savepoint(|tx| match write(tx, &address) {
            // PostgreSQL rolls a savepoint back only on request, so the attempt must fail.
            Err(error) if is_unique_violation(&error) => Err(Error::Conflict),
            written => Ok(written?),
        });
        match written {
            Err(Error::Conflict) => {}
            written => return written.map(|written| (written, address)),
        }
        if !typed.is_empty() {
            let free = free(tx, typed)?;
            return Err(Error::invalid("slug", Message::ProductSlugTaken { free }));
        }
    }
    Err(Error::Busy)
}
