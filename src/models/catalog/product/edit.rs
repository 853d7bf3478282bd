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
use crate::support::ids::{CategoryId, MediaId, ProductId};
use crate::support::markdown::MarkdownText;
use crate::support::money::Money;
use crate::support::slug;

const MAX_ATTEMPTS: usize = 20;

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
    /// The only variant, or the template for new variants if there are several.
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

#[derive(Clone, Debug)]
pub struct VariantInput {
    /// Empty for a variant of a new product.
    pub public_id: String,
    pub price: Money,
    pub compare_at: Option<Money>,
    pub sku: String,
    pub barcode: String,
    /// In grams.
    pub weight_g: i64,
    /// Units for sale, as entered.
    pub stock: i64,
    /// Units for sale when the form was opened; the difference is applied to the stock.
    pub stock_was: i64,
}

impl VariantInput {
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

#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = products, treat_none_as_default_value = false, treat_none_as_null = true)]
struct ProductColumns<'a> {
    slug: &'a str,
    title: &'a str,
    sort_title: String,
    description_md: &'a str,
    description_html: &'a str,
    attributes: &'a str,
    status: ProductStatus,
    tax_class: TaxClass,
    featured: bool,
    gift_card: bool,
    published_at: Option<Utc>,
    lock_version: i64,
}

#[derive(Insertable)]
#[diesel(table_name = products, treat_none_as_default_value = false)]
struct NewProduct<'a> {
    #[diesel(embed)]
    columns: ProductColumns<'a>,
    public_id: &'a str,
    created_at: Utc,
    min_price_minor: i64,
    max_price_minor: i64,
    variant_count: i64,
}

#[derive(Insertable)]
#[diesel(table_name = product_categories, treat_none_as_default_value = false)]
struct NewProductCategory {
    product_id: ProductId,
    category_id: CategoryId,
}

#[derive(Insertable)]
#[diesel(table_name = product_pictures, treat_none_as_default_value = false)]
struct NewProductPicture<'a> {
    product_id: ProductId,
    media_id: MediaId,
    position: i64,
    alt_text: &'a str,
}

impl Product {
    /// Creates a product; `Invalid` on `slug` or `sku` when they are taken.
    pub fn create(tx: &mut Tx<'_>, input: &ProductInput, by: &Actor) -> Result<Product> {
        let public_id = tx.generate_public_id()?;
        let title_slug = slug::from_title(&input.title)
            .unwrap_or_else(|| format!("product-{}", public_id.chars().rev().take(8).collect::<String>()));
        let now = tx.now();
        let published_at = (input.status == ProductStatus::Active).then(|| input.published_at.unwrap_or(now));
        let write = |tx: &mut Tx<'_>, slug: &str| {
            let row = NewProduct {
                columns: input.columns(slug, published_at, 1),
                public_id: &public_id,
                created_at: now,
                min_price_minor: input.base_variant.price.minor,
                max_price_minor: input.base_variant.price.minor,
                variant_count: 1,
            };
            diesel::insert_into(products::table).values(row).returning(products::id).get_result::<ProductId>(tx.conn())
        };
        let (id, slug) = write_with_slug(tx, &input.slug, &title_slug, ProductId::from(0), write)?;
        let keywords = variant_sync::create_variants(tx, id, input, by)?;
        redirect::delete(tx, &format!("/products/{slug}"))?;
        write_associations(tx, id, input, &keywords, by)
    }

    /// Saves a product if its version is still `lock_version`. If `input.variants` is empty, `input.base_variant`
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
        input: &ProductInput,
        by: &Actor,
    ) -> Result<Product> {
        let slug = if input.slug.is_empty() { &self.slug } else { &input.slug };
        let now = tx.now();
        let published_at = match input.status {
            ProductStatus::Active => Some(self.published_at.unwrap_or(now)),
            _ => self.published_at,
        };
        let (saved, _) = write_with_slug(tx, slug, slug, self.id, |tx, slug| {
            let unchanged = products::id.eq(self.id).and(products::lock_version.eq(lock_version));
            diesel::update(products::table.filter(unchanged))
                .set(input.columns(slug, published_at, lock_version + 1))
                .execute(tx.conn())
        })?;
        if saved != 1 {
            return Err(Error::Conflict);
        }
        let keywords = variant_sync::sync_variants(tx, self, variant, input, by)?;
        if self.slug != *slug && self.published_at.is_some() {
            redirect::create(tx, &format!("/products/{}", self.slug), redirect::TargetId::Product(self.id))?;
        }
        redirect::delete(tx, &format!("/products/{slug}"))?;
        write_associations(tx, self.id, input, &keywords, by)
    }
}

impl ProductInput {
    fn columns<'a>(&'a self, slug: &'a str, published_at: Option<Utc>, lock_version: i64) -> ProductColumns<'a> {
        ProductColumns {
            slug,
            title: &self.title,
            sort_title: slug::sort_key(&self.title),
            description_md: self.description.source(),
            description_html: &self.description.rendered().html,
            attributes: &self.attributes,
            status: self.status,
            tax_class: self.tax_class,
            featured: self.featured,
            gift_card: self.gift_card,
            published_at,
            lock_version,
        }
    }

    fn search_body(&self, barcodes: &str) -> String {
        let mut options = String::new();
        for option in &self.options {
            options = format!("{options} {} {}", option.name, option.values.join(" "));
        }
        format!("{} {barcodes}{options} {}", self.attributes, self.description.rendered().text)
    }
}

fn write_associations(
    tx: &mut Tx<'_>,
    id: ProductId,
    input: &ProductInput,
    keywords: &VariantKeywords,
    by: &Actor,
) -> Result<Product> {
    diesel::delete(product_categories::table.filter(product_categories::product_id.eq(id))).execute(tx.conn())?;
    let mut categories = Vec::new();
    for path in &input.categories {
        if let Some(category) = Category::find_or_create(tx, path)?
            && !categories.contains(&category)
        {
            categories.push(category);
            let row = NewProductCategory { product_id: id, category_id: category };
            diesel::insert_into(product_categories::table).values(row).execute(tx.conn())?;
        }
    }
    diesel::delete(product_pictures::table.filter(product_pictures::product_id.eq(id))).execute(tx.conn())?;
    for (position, (public_id, alt_text)) in input.pictures.iter().enumerate() {
        let picture = Media::find(tx.conn(), public_id)?;
        let position = i64::try_from(position).unwrap_or(0);
        let row = NewProductPicture { product_id: id, media_id: picture.id, position, alt_text };
        diesel::insert_into(product_pictures::table).values(row).execute(tx.conn())?;
    }
    let titles = Category::titles_for_product(tx.conn(), id)?.join(" ");
    let document = SearchDocument {
        title: &input.title,
        keywords: &format!("{} {titles}", keywords.skus),
        body: &input.search_body(&keywords.barcodes),
    };
    search::index_product(tx, id, &document)?;
    Event::ProductSaved { product: id }.record(tx, by)?;
    Ok(Product::query().find(id).first(tx.conn())?)
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

/// Writes a product under the slug that was typed, or a free one derived from `title_slug`; returns the slug used.
/// `product` is the product's id, because it may have the slug already.
fn write_with_slug<T>(
    tx: &mut Tx<'_>,
    typed: &str,
    title_slug: &str,
    product: ProductId,
    mut write: impl FnMut(&mut Tx<'_>, &str) -> Result<T, diesel::result::Error>,
) -> Result<(T, String)> {
    let find_free = |tx: &mut Tx<'_>, preferred: &str| {
        slug::first_available(preferred, |slug| {
            let taken = products::table.filter(products::slug.eq(slug).and(products::id.ne(product)));
            Ok::<bool, Error>(diesel::select(diesel::dsl::exists(taken)).get_result(tx.conn())?)
        })
    };
    for _ in 0..MAX_ATTEMPTS {
        let slug = if typed.is_empty() { find_free(tx, title_slug)? } else { typed.to_owned() };
        let written = tx.run_in_savepoint(|tx| match write(tx, &slug) {
            // PostgreSQL rolls a savepoint back only on request, so the attempt must fail.
            Err(error) if is_unique_violation(&error) => Err(Error::Conflict),
            written => Ok(written?),
        });
        match written {
            Err(Error::Conflict) => {}
            written => return written.map(|written| (written, slug)),
        }
        if !typed.is_empty() {
            let free = find_free(tx, typed)?;
            return Err(Error::invalid("slug", Message::ProductSlugTaken { free }));
        }
    }
    Err(Error::Busy)
}
