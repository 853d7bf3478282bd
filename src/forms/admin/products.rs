//! The form of a product. The controller sets the field `currency`: it is the shop's, whatever is sent.

use serde::Deserialize;
use validator::Validate;

use crate::forms::{Checked, Fields};
use crate::models::product::editing::Wanted;
use crate::models::product::{Status, TaxClass};

/// Most pieces of one product.
const MOST: i64 = 1_000_000;

/// What the form sends.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ProductForm {
    #[validate(length(max = 200, message = "A title has at most 200 characters. Please shorten it."))]
    title: String,
    #[validate(length(max = 100_000, message = "A description has at most 100,000 characters."))]
    description: String,
    #[validate(length(max = 10_000, message = "These are too many facts. Please keep the best."))]
    facts: String,
    currency: String,
    price: String,
    compare_at_price: String,
    tax_class: String,
    #[validate(length(max = 64, message = "A SKU has at most 64 characters."))]
    sku: String,
    #[validate(length(max = 64, message = "A barcode has at most 64 characters."))]
    barcode: String,
    stock: String,
    stock_was: String,
    weight_grams: String,
    status: String,
    slug: String,
    featured: String,
    gift_card: String,
    #[validate(length(max = 1000, message = "These are too many categories. Please keep the best."))]
    categories: String,
    lock_version: String,
    picture: Vec<String>,
}

/// A product as somebody wants it.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The product.
    pub wanted: Wanted,
    /// The state that was changed.
    pub lock_version: i64,
}

impl Checked for ProductForm {
    type Output = Typed;

    fn checked(self, fields: &mut Fields) -> Option<Typed> {
        let title = super::titled(fields, &self.title);
        let price = super::amount(fields, "price", &self.price, &self.currency);
        let compare_at = super::optional_amount(fields, "compare_at_price", &self.compare_at_price, &self.currency);
        if let (Some(price), Some(Some(before))) = (price, compare_at)
            && before.minor <= price.minor
        {
            fields.refuse("compare_at_price", "The price before must be higher than the price. Or leave it empty.");
        }
        if self.gift_card == "1" && price.is_some_and(|price| price.minor == 0) {
            fields.refuse("price", "A gift card is worth its price, so type an amount above zero.");
        }
        let stock = super::whole(fields, "stock", &self.stock, 0, (0, MOST));
        let weight_g = super::whole(fields, "weight_grams", &self.weight_grams, 0, (0, MOST));
        let slug = super::address(fields, &self.slug);
        let status = choice(fields, "status", Status::parse(or(&self.status, "draft")));
        let tax_class = choice(fields, "tax_class", TaxClass::parse(or(&self.tax_class, "standard")));
        let categories = self.categories.split([',', '\n']).map(str::trim).filter(|path| !path.is_empty());
        let (stock, lock_version) = (stock?, self.lock_version.trim().parse().unwrap_or(0));
        let wanted = Wanted {
            title,
            slug: slug?,
            description_md: super::tidy(&self.description),
            facts: super::tidy(&self.facts),
            status: status?,
            tax_class: tax_class?,
            featured: self.featured == "1",
            gift_card: self.gift_card == "1",
            price: price?,
            compare_at: compare_at?,
            sku: self.sku.trim().to_owned(),
            barcode: self.barcode.trim().to_owned(),
            weight_g: weight_g?,
            stock,
            stock_was: self.stock_was.trim().parse().unwrap_or(stock),
            categories: categories.map(str::to_owned).collect(),
            pictures: pictures(&self.picture, fields),
            published_at: None,
        };
        Some(Typed { wanted, lock_version })
    }
}

fn or<'a>(typed: &'a str, empty: &'a str) -> &'a str {
    if typed.is_empty() { empty } else { typed }
}

fn choice<T>(fields: &mut Fields, name: &str, chosen: Option<T>) -> Option<T> {
    if chosen.is_none() {
        fields.refuse(name, "Choose one of these.");
    }
    chosen
}

/// Pictures that stay, in the order typed; those without a place come last.
fn pictures(ids: &[String], fields: &mut Fields) -> Vec<(String, String)> {
    let mut placed: Vec<(i64, &String, String)> = Vec::new();
    for id in ids {
        let removed = fields.is(&format!("remove_{id}"), "1");
        if removed || placed.iter().any(|(_, other, _)| *other == id) {
            continue;
        }
        let alt = fields.value(&format!("alt_{id}")).trim().to_owned();
        if alt.chars().count() > 500 {
            fields.refuse(&format!("alt_{id}"), "Describe a picture in at most 500 characters.");
        }
        let place = fields.value(&format!("position_{id}")).trim().parse().unwrap_or(i64::MAX);
        placed.push((place, id, alt));
    }
    placed.sort_by_key(|(place, ..)| *place);
    placed.into_iter().map(|(_, id, alt)| (id.clone(), alt)).collect()
}
