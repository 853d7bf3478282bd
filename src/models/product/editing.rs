//! Saving a product from its form: product, variant, stock, pictures and categories in one transaction.

use diesel::prelude::*;

use super::{Product, Status, TaxClass};
use crate::db::{Tx, is_taken};
use crate::error::{Error, Result};
use crate::models::category::Category;
use crate::models::fact::{Actor, Fact};
use crate::models::media::Media;
use crate::models::variant::{Variant, stock};
use crate::models::{redirect, search};
use crate::schema::{price_history, product_categories, product_pictures, products, variants};
use crate::support::clock::Utc;
use crate::support::money::Money;
use crate::support::{markdown, slug};

/// A product as its form wants it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Name.
    pub title: String,
    /// Address; empty to make one from the title.
    pub slug: String,
    /// Description in Markdown.
    pub description_md: String,
    /// Facts, a line each.
    pub facts: String,
    /// State.
    pub status: Status,
    /// Tax class.
    pub tax_class: TaxClass,
    /// On the front page.
    pub featured: bool,
    /// A gift card.
    pub gift_card: bool,
    /// Price.
    pub price: Money,
    /// Price before a reduction.
    pub compare_at: Option<Money>,
    /// SKU; empty for none.
    pub sku: String,
    /// Barcode; empty for none.
    pub barcode: String,
    /// Grams.
    pub weight_g: i64,
    /// Pieces that can be sold.
    pub stock: i64,
    /// Pieces that could be sold when the form was opened.
    pub stock_was: i64,
    /// Category paths.
    pub categories: Vec<String>,
    /// Pictures in order: public id and alternative text.
    pub pictures: Vec<(String, String)>,
    /// When it went on sale, if not now: for imports.
    pub published_at: Option<Utc>,
}

impl Product {
    /// Makes a product.
    ///
    /// # Errors
    /// `Invalid` on `slug` or `sku` when they are taken.
    pub fn create(tx: &mut Tx<'_>, wanted: &Wanted, by: &Actor) -> Result<Product> {
        let public_id = tx.public_id()?;
        let described = markdown::render(&wanted.description_md, &|_| false);
        let address = match wanted.slug.is_empty() {
            true => free_slug(tx, &wanted.title, &public_id)?,
            false => wanted.slug.clone(),
        };
        let published_at = (wanted.status == Status::Active).then(|| wanted.published_at.unwrap_or(tx.now()));
        let row = (
            products::public_id.eq(&public_id),
            products::slug.eq(&address),
            products::title.eq(&wanted.title),
            products::description_md.eq(&wanted.description_md),
            products::description_html.eq(&described.html),
            products::facts.eq(&wanted.facts),
            products::status.eq(wanted.status),
            products::tax_class.eq(wanted.tax_class),
            products::featured.eq(wanted.featured),
            products::gift_card.eq(wanted.gift_card),
            products::published_at.eq(published_at),
            products::lock_version.eq(1),
            products::created_at.eq(tx.now()),
        );
        let id: i64 = taken("slug", "Another product has this address. Please choose a different one.", || {
            diesel::insert_into(products::table).values(row).returning(products::id).get_result(tx.conn())
        })?;
        let row = (
            variants::public_id.eq(tx.public_id()?),
            variants::product_id.eq(id),
            variants::option_key.eq(""),
            variants::sku.eq(&wanted.sku),
            variants::sku_normal.eq(wanted.sku_normal()),
            variants::barcode.eq(&wanted.barcode),
            variants::price_minor.eq(wanted.price.minor),
            variants::compare_at_minor.eq(wanted.compare_at.map(|money| money.minor)),
            variants::currency.eq(wanted.price.currency.code()),
            variants::weight_g.eq(wanted.weight_g),
        );
        let variant: i64 = taken("sku", "Another product has this SKU.", || {
            diesel::insert_into(variants::table).values(row).returning(variants::id).get_result(tx.conn())
        })?;
        search::note_product(tx, id, &wanted.searched_first(), &wanted.searched(&described.text))?;
        stock::begin(tx, variant, wanted.stock, by.label())?;
        note_price(tx, variant, wanted.price)?;
        redirect::free(tx, &format!("/products/{address}"))?;
        finish(tx, id, wanted, by)
    }

    /// Saves a product if nobody else has since `lock_version`.
    ///
    /// # Errors
    /// `Conflict`; `Invalid` on `slug` or `sku` when they are taken, on `stock` when fewer would be left than are
    /// promised.
    pub fn save(
        &self,
        tx: &mut Tx<'_>,
        variant: &Variant,
        lock_version: i64,
        wanted: &Wanted,
        by: &Actor,
    ) -> Result<Product> {
        let described = markdown::render(&wanted.description_md, &|_| false);
        let address = if wanted.slug.is_empty() { self.slug.clone() } else { wanted.slug.clone() };
        let now = tx.now();
        let published_at = match wanted.status {
            Status::Active => Some(self.published_at.unwrap_or(now)),
            _ => self.published_at,
        };
        let mine = products::id.eq(self.id).and(products::lock_version.eq(lock_version));
        let saved = taken("slug", "Another product has this address. Please choose a different one.", || {
            diesel::update(products::table.filter(mine))
                .set((
                    products::slug.eq(&address),
                    products::title.eq(&wanted.title),
                    products::description_md.eq(&wanted.description_md),
                    products::description_html.eq(&described.html),
                    products::facts.eq(&wanted.facts),
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
        taken("sku", "Another product has this SKU.", || {
            diesel::update(variants::table.find(variant.id))
                .set((
                    variants::sku.eq(&wanted.sku),
                    variants::sku_normal.eq(wanted.sku_normal()),
                    variants::barcode.eq(&wanted.barcode),
                    variants::price_minor.eq(wanted.price.minor),
                    variants::compare_at_minor.eq(wanted.compare_at.map(|money| money.minor)),
                    variants::weight_g.eq(wanted.weight_g),
                ))
                .execute(tx.conn())
        })?;
        if wanted.stock != wanted.stock_was {
            stock::adjust(tx, variant.id, wanted.stock - wanted.stock_was, by.label())?;
        }
        if wanted.price.minor != variant.price_minor {
            note_price(tx, variant.id, wanted.price)?;
        }
        if self.slug != address && self.published_at.is_some() {
            redirect::keep(tx, &format!("/products/{}", self.slug), redirect::Kind::Product, self.id)?;
        }
        search::note_product(tx, self.id, &wanted.searched_first(), &wanted.searched(&described.text))?;
        redirect::free(tx, &format!("/products/{address}"))?;
        finish(tx, self.id, wanted, by)
    }
}

impl Wanted {
    /// What people look for first.
    fn searched_first(&self) -> String {
        format!("{} {}", self.title, self.sku)
    }

    /// What a search looks at besides.
    fn searched(&self, description: &str) -> String {
        format!("{} {} {description}", self.facts, self.barcode)
    }

    fn sku_normal(&self) -> Option<String> {
        (!self.sku.is_empty()).then(|| self.sku.to_lowercase())
    }
}

/// Categories, pictures and the fact: the same for a new product and an old one.
fn finish(tx: &mut Tx<'_>, id: i64, wanted: &Wanted, by: &Actor) -> Result<Product> {
    diesel::delete(product_categories::table.filter(product_categories::product_id.eq(id))).execute(tx.conn())?;
    let mut given = Vec::new();
    for path in &wanted.categories {
        if let Some(category) = Category::ensure(tx, path)?
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
        if picture.alt_text != *alt {
            Media::describe(tx, picture.id, alt, &picture.caption, &picture.credit)?;
        }
        let position = i64::try_from(position).unwrap_or(0);
        diesel::insert_into(product_pictures::table)
            .values((
                product_pictures::product_id.eq(id),
                product_pictures::media_id.eq(picture.id),
                product_pictures::position.eq(position),
            ))
            .execute(tx.conn())?;
    }
    Fact::ProductSaved(id).record(tx, by)?;
    Ok(products::table.find(id).select(Product::as_select()).first(tx.conn())?)
}

fn note_price(tx: &mut Tx<'_>, variant: i64, price: Money) -> Result<()> {
    let row = (
        price_history::variant_id.eq(variant),
        price_history::price_minor.eq(price.minor),
        price_history::currency.eq(price.currency.code()),
        price_history::effective_at.eq(tx.now()),
    );
    diesel::insert_into(price_history::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Says which field is taken when a unique key refuses.
fn taken<T>(field: &'static str, message: &str, write: impl FnOnce() -> Result<T, diesel::result::Error>) -> Result<T> {
    match write() {
        Err(error) if is_taken(&error) => Err(Error::invalid(field, message)),
        done => Ok(done?),
    }
}

/// A free address made from the title; from the id if nothing in the title can be spelled.
fn free_slug(tx: &mut Tx<'_>, title: &str, public_id: &str) -> Result<String> {
    let wanted = slug::from_title(title)
        .unwrap_or_else(|| format!("product-{}", public_id.chars().rev().take(8).collect::<String>()));
    let mut free = wanted.clone();
    for number in 2..1000 {
        let taken = products::table.filter(products::slug.eq(&free));
        if !diesel::select(diesel::dsl::exists(taken)).get_result::<bool>(tx.conn())? {
            return Ok(free);
        }
        free = format!("{wanted}-{number}");
    }
    Ok(format!("{wanted}-{public_id}"))
}
