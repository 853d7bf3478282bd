//! Products: the list and the single page.

use askama::Template;
use serde_json::json;

use crate::forms::Fields;
use crate::paths;
use crate::support::page::Page;
use crate::views::shop::categories;
use crate::views::{Amount, Head, Link, Picture, View, filters};

/// All products, or those of one category.
#[derive(Template)]
#[template(path = "shop/products/index.html")]
pub struct Index {
    /// "Shop", or the category.
    pub heading: String,
    /// A few words below; may be empty.
    pub description: String,
    /// The products of this page.
    pub cards: Page<Card>,
    /// How many there are on all pages.
    pub count: i64,
    /// The order chosen: `featured`, `newest`, `price`, `-price`.
    pub sort: String,
    /// All categories, "All" first.
    pub categories: Vec<categories::Entry>,
    /// The path of the list, without the page, with the order if one was chosen: `/shop/mugs?sort=price`.
    pub path: String,
}

/// A product in a list.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its page.
    pub href: String,
    /// Its name.
    pub title: String,
    /// Its address, for the picture that travels to the page.
    pub slug: String,
    /// A few words; may be empty.
    pub note: String,
    /// Its picture.
    pub picture: Option<Picture>,
    /// What it costs; of several prices, the lowest.
    pub price: Amount,
    /// There are several prices.
    pub is_from: bool,
    /// What it cost before.
    pub compare_at: Option<Amount>,
    /// The lowest price of the 30 days before the reduction.
    pub low_30_days: Option<Amount>,
    /// How much less, in percent.
    pub discount_percent: Option<i32>,
    /// Nothing left.
    pub sold_out: bool,
    /// New in the shop.
    pub is_new: bool,
}

/// The page of a product.
#[derive(Template)]
#[template(path = "shop/products/show.html")]
pub struct Show {
    /// Its name.
    pub title: String,
    /// Its address.
    pub slug: String,
    /// A line below the name; may be empty.
    pub tagline: String,
    /// Pictures, the main one first.
    pub gallery: Vec<Picture>,
    /// What it costs; of several prices, the lowest.
    pub price: Amount,
    /// The highest price.
    pub highest: Amount,
    /// There are several prices.
    pub is_from: bool,
    /// ISO code of the currency, for search engines.
    pub currency: String,
    /// What it cost before.
    pub compare_at: Option<Amount>,
    /// The lowest price of the 30 days before the reduction.
    pub low_30_days: Option<Amount>,
    /// How much less, in percent.
    pub discount_percent: Option<i32>,
    /// New in the shop.
    pub is_new: bool,
    /// Pieces left, when they are few.
    pub stock_left: Option<i32>,
    /// The most one can buy at once.
    pub most: i32,
    /// Nothing left.
    pub sold_out: bool,
    /// What is put into the cart, by public id, when there is nothing to choose.
    pub variant_id: String,
    /// Its public id.
    pub product_id: String,
    /// What there is to choose, in order.
    pub options: Vec<Choose>,
    /// What each combination costs, and what there is of it; none when there is nothing to choose.
    pub choices: Vec<Choice>,
    /// "incl. 7 % VAT, plus shipping".
    pub tax_note: String,
    /// "Free shipping over €50, else from €4.90"; may be empty.
    pub shipping_note: String,
    /// The description, cleaned.
    pub description_html: String,
    /// One or two sentences for search engines.
    pub summary: String,
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// The way from the shop to here.
    pub crumbs: Vec<Link>,
    /// Other products.
    pub related: Vec<Card>,
    /// `option_1`, `option_2`, `option_3`, `quantity`, as typed.
    pub form: Fields,
}

/// Something to choose.
#[derive(Clone, Debug)]
pub struct Choose {
    /// The name of its field.
    pub field: &'static str,
    /// What it is called: `Size`.
    pub label: String,
    /// What to choose from.
    pub values: Vec<Value>,
}

/// One of several to choose from.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is called: `M`.
    pub name: String,
    /// The same with what is to be known about it: `1 kg, €44.00, sold out`.
    pub words: String,
    /// It is chosen.
    pub chosen: bool,
}

/// A combination of what there is to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// `M, Blue`.
    pub name: String,
    /// The places of its values among those of their options, from 0: `1-0`.
    pub places: String,
    /// Its SKU; may be empty.
    pub sku: String,
    /// What it costs.
    pub price: Amount,
    /// What it cost before.
    pub compare_at: Option<Amount>,
    /// The lowest price of the 30 days before the reduction.
    pub low_30_days: Option<Amount>,
    /// `In stock`, `Only 2 left`, `Sold out`.
    pub stock: String,
    /// Few are left.
    pub is_low: bool,
    /// Nothing left.
    pub sold_out: bool,
}

impl View for Index {
    fn title(&self) -> String {
        match self.cards.number {
            1 => self.heading.clone(),
            number => format!("{}, page {number}", self.heading),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::with_page(self.base(), self.cards.number)),
            description: self.description.clone(),
            picture: self.cards.items.iter().find_map(|card| card.picture.as_ref()).map(|picture| picture.src.clone()),
            kind: Some("website"),
            ..Head::default()
        }
    }
}

impl Index {
    /// The list's path without any choice.
    fn base(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    /// "1 product", "12 products".
    fn counted(&self) -> String {
        if self.count == 1 { "1 product".to_owned() } else { format!("{} products", self.count) }
    }

    /// The orders to choose from.
    fn sorts(&self) -> [(&'static str, &'static str); 4] {
        [
            ("featured", "Featured"),
            ("newest", "Newest"),
            ("price", "Price, low to high"),
            ("-price", "Price, high to low"),
        ]
    }

    /// Whether the whole shop is shown, and it is empty.
    fn is_bare_shop(&self) -> bool {
        self.base() == paths::shop()
    }
}

impl View for Show {
    fn title(&self) -> String {
        if self.form.is_good() { self.title.clone() } else { format!("Error: {}", self.title) }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::product(&self.slug)),
            description: self.summary.clone(),
            picture: self.gallery.first().map(|picture| picture.src.clone()),
            json_ld: Some(self.json_ld()),
            kind: Some("product"),
            ..Head::default()
        }
    }
}

impl Show {
    /// What is typed as quantity, or one piece.
    fn quantity(&self) -> &str {
        match self.form.value("quantity") {
            "" => "1",
            typed => typed,
        }
    }

    /// Whether something is wrong with the quantity.
    fn is_refused(&self) -> bool {
        self.form.error("quantity").is_some()
    }

    /// A line on what is left.
    fn stock_note(&self) -> String {
        match self.stock_left {
            Some(left) => format!("Only {left} left"),
            None if self.choices.iter().any(|choice| choice.sold_out) => "In stock, some are sold out".to_owned(),
            None => "In stock".to_owned(),
        }
    }

    /// So many combinations that they are folded up.
    fn has_many_choices(&self) -> bool {
        self.choices.len() > 8
    }

    /// `Size, Colour`.
    fn option_names(&self) -> String {
        self.options.iter().map(|option| option.label.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// The product for search engines: <https://schema.org/Product>.
    fn json_ld(&self) -> serde_json::Value {
        json!({
            "@context": "https://schema.org",
            "@type": "Product",
            "name": self.title,
            "description": self.summary,
            "url": paths::product(&self.slug),
            "image": self.gallery.iter().map(|picture| picture.src.as_str()).collect::<Vec<_>>(),
            "offers": self.offers(),
        })
    }

    /// One offer, or one for each combination: <https://schema.org/AggregateOffer>.
    fn offers(&self) -> serde_json::Value {
        let availability = |sold_out: bool| {
            let state = if sold_out { "OutOfStock" } else { "InStock" };
            format!("https://schema.org/{state}")
        };
        if self.choices.is_empty() {
            return json!({
                "@type": "Offer",
                "url": paths::product(&self.slug),
                "price": self.price.value,
                "priceCurrency": self.currency,
                "availability": availability(self.sold_out),
            });
        }
        let offer = |choice: &Choice| {
            json!({
                "@type": "Offer",
                "name": format!("{}, {}", self.title, choice.name),
                "url": paths::product(&self.slug),
                "price": choice.price.value,
                "priceCurrency": self.currency,
                "availability": availability(choice.sold_out),
                "sku": (!choice.sku.is_empty()).then_some(&choice.sku),
            })
        };
        json!({
            "@type": "AggregateOffer",
            "url": paths::product(&self.slug),
            "lowPrice": self.price.value,
            "highPrice": self.highest.value,
            "priceCurrency": self.currency,
            "offerCount": self.choices.len(),
            "availability": availability(self.sold_out),
            "offers": self.choices.iter().map(offer).collect::<Vec<_>>(),
        })
    }
}
