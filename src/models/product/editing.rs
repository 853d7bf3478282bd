//! Saving a product from its form: product, variants, stock, pictures and categories in one transaction.

use std::borrow::Cow;

use diesel::prelude::*;

use super::choosing::ProductOption;
use super::varying::{self, Varied};
use super::{Product, Status, TaxClass};
use crate::db::{Tx, is_taken};
use crate::error::{Error, Result};
use crate::models::category::Category;
use crate::models::fact::{Actor, Fact};
use crate::models::media::Media;
use crate::models::redirect;
use crate::models::search::{self, Said};
use crate::models::variant::Variant;
use crate::schema::{product_categories, product_pictures, products};
use crate::support::clock::Utc;
use crate::support::markdown::Text;
use crate::support::money::Money;
use crate::support::slug;

/// How often another address is looked for when somebody else takes it at the same moment.
const TRIES: usize = 20;

/// A product as its form wants it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Name.
    pub title: String,
    /// Address; empty to make one from the title.
    pub slug: String,
    /// The description, rendered.
    pub description: Text,
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
    /// Its only variant, or of several the one that new ones are made like.
    pub first: WantedVariant,
    /// What there is to choose; nothing for a product that there is one of.
    pub options: Vec<WantedOption>,
    /// Its variants one by one, as far as they are not like the first: those there are by their public id, those of a new
    /// product in the order of the combinations. A combination that is new is made with the price and the weight of the
    /// first, without SKU and stock.
    pub variants: Vec<WantedVariant>,
    /// Category paths.
    pub categories: Vec<String>,
    /// Pictures in order: public id and alternative text.
    pub pictures: Vec<(String, String)>,
    /// When it went on sale, if not now: for imports.
    pub published_at: Option<Utc>,
}

/// Something to choose, with what to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedOption {
    /// What it is called.
    pub name: String,
    /// What to choose from, in order.
    pub values: Vec<String>,
}

impl WantedOption {
    /// An option as it is.
    pub fn of(option: &ProductOption) -> WantedOption {
        let values = option.values.iter().map(|value| value.name.clone());
        WantedOption { name: option.name.clone(), values: values.collect() }
    }
}

/// A variant as its form wants it.
#[derive(Clone, Debug)]
pub struct WantedVariant {
    /// Its public id; empty for one of a new product.
    pub public_id: String,
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
}

impl WantedVariant {
    /// One that is not there yet, of which nothing but the price is said.
    pub fn at(price: Money) -> WantedVariant {
        WantedVariant {
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
    /// Makes a product.
    ///
    /// # Errors
    /// `Invalid` on `slug` or `sku` when they are taken.
    pub fn create(tx: &mut Tx<'_>, wanted: &Wanted, by: &Actor) -> Result<Product> {
        let public_id = tx.public_id()?;
        let described = wanted.description.rendered();
        let own = slug::from_title(&wanted.title)
            .unwrap_or_else(|| format!("product-{}", public_id.chars().rev().take(8).collect::<String>()));
        let now = tx.now();
        let published_at = (wanted.status == Status::Active).then(|| wanted.published_at.unwrap_or(now));
        let write = |tx: &mut Tx<'_>, address: &str| {
            let row = (
                products::slug.eq(address),
                products::public_id.eq(&public_id),
                products::title.eq(&wanted.title),
                products::sort_title.eq(slug::sort_key(&wanted.title)),
                products::description_md.eq(wanted.description.source()),
                products::description_html.eq(&described.html),
                products::facts.eq(&wanted.facts),
                products::status.eq(wanted.status),
                products::tax_class.eq(wanted.tax_class),
                products::featured.eq(wanted.featured),
                products::gift_card.eq(wanted.gift_card),
                products::published_at.eq(published_at),
                products::lock_version.eq(1),
                products::created_at.eq(now),
                products::lowest_minor.eq(wanted.first.price.minor),
                products::highest_minor.eq(wanted.first.price.minor),
                products::variant_count.eq(1),
            );
            diesel::insert_into(products::table).values(row).returning(products::id).get_result::<i64>(tx.conn())
        };
        let (id, address) = at_free_address(tx, &wanted.slug, &own, 0, write)?;
        let varied = varying::make(tx, id, wanted, by)?;
        redirect::free(tx, &format!("/products/{address}"))?;
        finish(tx, id, wanted, &wanted.searched(&varied, &described.text), &varied.skus, by)
    }

    /// Saves a product if nobody else has since `lock_version`. Without variants one by one, what is wanted of price,
    /// stock and the like is for `variant`.
    ///
    /// # Errors
    /// `Conflict`; `Invalid` on `slug` or `sku` when they are taken, on `stock` when fewer would be left than are
    /// promised; on `variant_{public id}_sku` and `variant_{public id}_stock` for one of several.
    pub fn save(
        &self,
        tx: &mut Tx<'_>,
        variant: &Variant,
        lock_version: i64,
        wanted: &Wanted,
        by: &Actor,
    ) -> Result<Product> {
        let described = wanted.description.rendered();
        let address = if wanted.slug.is_empty() { self.slug.clone() } else { wanted.slug.clone() };
        let now = tx.now();
        let published_at = match wanted.status {
            Status::Active => Some(self.published_at.unwrap_or(now)),
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
        let varied = varying::vary(tx, self, variant, wanted, by)?;
        if self.slug != address && self.published_at.is_some() {
            redirect::keep(tx, &format!("/products/{}", self.slug), redirect::Kind::Product, self.id)?;
        }
        redirect::free(tx, &format!("/products/{address}"))?;
        finish(tx, self.id, wanted, &wanted.searched(&varied, &described.text), &varied.skus, by)
    }
}

impl Wanted {
    /// What a search looks at besides.
    fn searched(&self, varied: &Varied, description: &str) -> String {
        let mut options = String::new();
        for option in &self.options {
            options = format!("{options} {} {}", option.name, option.values.join(" "));
        }
        format!("{} {}{options} {description}", self.facts, varied.barcodes)
    }
}

/// Categories, pictures, what it is found by and the fact: the same for a new product and an old one.
fn finish(tx: &mut Tx<'_>, id: i64, wanted: &Wanted, searched: &str, skus: &str, by: &Actor) -> Result<Product> {
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
    let categories = Category::titles_of_product(tx.conn(), id)?.join(" ");
    let head = format!("{skus} {categories}");
    search::note_product(tx, id, &Said { title: &wanted.title, head: &head, body: searched })?;
    Fact::ProductSaved(id).record(tx, by)?;
    Ok(products::table.find(id).select(Product::as_select()).first(tx.conn())?)
}

/// Says which field is taken when a unique key refuses.
pub(super) fn taken<T>(
    field: impl Into<Cow<'static, str>>,
    message: &str,
    write: impl FnOnce() -> Result<T, diesel::result::Error>,
) -> Result<T> {
    match write() {
        Err(error) if is_taken(&error) => Err(Error::invalid(field, message)),
        done => Ok(done?),
    }
}

/// Writes a product under the address that was typed, or under a free one like `own` when none was. Says which.
/// `product` is its row, which may have the address already.
fn at_free_address<T>(
    tx: &mut Tx<'_>,
    typed: &str,
    own: &str,
    product: i64,
    mut write: impl FnMut(&mut Tx<'_>, &str) -> Result<T, diesel::result::Error>,
) -> Result<(T, String)> {
    let free = |tx: &mut Tx<'_>, wanted: &str| {
        slug::first_free(wanted, |slug| {
            let taken = products::table.filter(products::slug.eq(slug).and(products::id.ne(product)));
            Ok::<bool, Error>(diesel::select(diesel::dsl::exists(taken)).get_result(tx.conn())?)
        })
    };
    for _ in 0..TRIES {
        let address = if typed.is_empty() { free(tx, own)? } else { typed.to_owned() };
        let written = tx.attempt(|tx| match write(tx, &address) {
            // PostgreSQL undoes nothing by itself: the attempt has to fail.
            Err(error) if is_taken(&error) => Err(Error::Conflict),
            written => Ok(written?),
        });
        match written {
            Err(Error::Conflict) => {}
            written => return written.map(|written| (written, address)),
        }
        if !typed.is_empty() {
            let free = free(tx, typed)?;
            let words = format!("Another product has this address. Please choose a different one: {free} is free.");
            return Err(Error::invalid("slug", words));
        }
    }
    Err(Error::Busy)
}
