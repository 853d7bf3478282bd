//! Products: the list and the product page.

use askama::Template;
use serde_json::json;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::Page;
use crate::views::shop::categories;
use crate::views::{Amount, Head, Link, Picture, View, filters};

#[derive(Template)]
#[template(path = "shop/products/index.html")]
pub struct Index {
    pub t: Locale,
    pub heading: String,
    pub description: String,
    pub cards: Page<Card>,
    pub count: i64,
    /// `featured`, `newest`, `price` or `-price`.
    pub sort: String,
    pub categories: Vec<categories::Entry>,
    /// The list's path with the sort order but without the page: `/shop/mugs?sort=price`.
    pub path: String,
}

#[derive(Clone, Debug)]
pub struct Card {
    pub href: String,
    pub title: String,
    pub slug: String,
    pub note: String,
    pub picture: Option<Picture>,
    /// The lowest price if variants differ.
    pub price: Amount,
    pub has_price_range: bool,
    pub compare_at: Option<Amount>,
    /// The lowest price of the 30 days before the reduction (directive 98/6/EC, art. 6a).
    pub low_30_days: Option<Amount>,
    pub discount_percent: Option<i32>,
    pub sold_out: bool,
    pub is_new: bool,
}

#[derive(Template)]
#[template(path = "shop/products/show.html")]
pub struct Show {
    pub t: Locale,
    pub title: String,
    pub slug: String,
    pub tagline: String,
    pub gallery: Vec<Picture>,
    /// The lowest price if variants differ.
    pub price: Amount,
    pub highest_price: Amount,
    pub has_price_range: bool,
    pub currency: String,
    pub compare_at: Option<Amount>,
    pub low_30_days: Option<Amount>,
    pub discount_percent: Option<i32>,
    pub is_new: bool,
    pub stock_left: Option<i32>,
    /// Maximum quantity per order line.
    pub max_quantity: i32,
    pub sold_out: bool,
    /// Public id of the variant to add if there are no options.
    pub variant_id: String,
    pub product_id: String,
    pub options: Vec<OptionSelect>,
    pub variants: Vec<VariantRow>,
    pub tax_note: String,
    pub shipping_note: String,
    /// Sanitised HTML.
    pub description_html: String,
    pub summary: String,
    pub attributes: Vec<(String, String)>,
    pub crumbs: Vec<Link>,
    pub related: Vec<Card>,
    pub form: Fields,
}

#[derive(Clone, Debug)]
pub struct OptionSelect {
    pub field: &'static str,
    pub label: String,
    pub values: Vec<OptionValue>,
}

#[derive(Clone, Debug)]
pub struct OptionValue {
    pub name: String,
    /// The label with price and stock: `1 kg – €44.00, sold out`.
    pub words: String,
    pub chosen: bool,
}

#[derive(Clone, Debug)]
pub struct VariantRow {
    pub name: String,
    /// Indexes of its values within their options, from 0: `1-0`. site.js looks rows up by them.
    pub option_indexes: String,
    pub sku: String,
    pub price: Amount,
    pub compare_at: Option<Amount>,
    pub low_30_days: Option<Amount>,
    /// `In stock`, `Only 2 left` or `Sold out`.
    pub stock: String,
    pub is_low: bool,
    pub sold_out: bool,
}

impl View for Index {
    fn title(&self) -> String {
        match self.cards.number {
            1 => self.heading.clone(),
            number => self.t.common_title_with_page(&self.heading, number),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::with_page(self.base(), self.cards.number)),
            description: self.description.clone(),
            picture: self.cards.items.iter().find_map(|card| card.picture.as_ref()).map(|picture| picture.src.clone()),
            og_type: Some("website"),
            ..Head::default()
        }
    }
}

impl Index {
    fn base(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    fn sorts(&self) -> [(&'static str, &'static str); 4] {
        [
            ("featured", self.t.shop_sort_featured()),
            ("newest", self.t.shop_sort_newest()),
            ("price", self.t.shop_sort_price_ascending()),
            ("-price", self.t.shop_sort_price_descending()),
        ]
    }

    fn is_bare_shop(&self) -> bool {
        self.base() == paths::shop()
    }
}

impl View for Show {
    fn title(&self) -> String {
        if self.form.is_valid() { self.title.clone() } else { self.t.common_error_title(&self.title) }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::product(&self.slug)),
            description: self.summary.clone(),
            picture: self.gallery.first().map(|picture| picture.src.clone()),
            json_ld: Some(self.json_ld()),
            og_type: Some("product"),
            ..Head::default()
        }
    }
}

impl Show {
    fn quantity(&self) -> &str {
        match self.form.value("quantity") {
            "" => "1",
            typed => typed,
        }
    }

    fn is_refused(&self) -> bool {
        self.form.error("quantity").is_some()
    }

    fn stock_note(&self) -> String {
        match self.stock_left {
            Some(left) => self.t.product_only_left(left),
            None if self.variants.iter().any(|choice| choice.sold_out) => self.t.product_some_sold_out().to_owned(),
            None => self.t.product_in_stock().to_owned(),
        }
    }

    fn has_many_choices(&self) -> bool {
        self.variants.len() > 8
    }

    fn variant_count(&self) -> String {
        self.t.product_all_variants(self.variants.len())
    }

    fn option_names(&self) -> String {
        self.options.iter().map(|option| option.label.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// <https://schema.org/Product>.
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

    /// One offer, or an offer per variant: <https://schema.org/AggregateOffer>.
    fn offers(&self) -> serde_json::Value {
        let availability = |sold_out: bool| {
            let state = if sold_out { "OutOfStock" } else { "InStock" };
            format!("https://schema.org/{state}")
        };
        if self.variants.is_empty() {
            return json!({
                "@type": "Offer",
                "url": paths::product(&self.slug),
                "price": self.price.value,
                "priceCurrency": self.currency,
                "availability": availability(self.sold_out),
            });
        }
        let offer = |choice: &VariantRow| {
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
            "highPrice": self.highest_price.value,
            "priceCurrency": self.currency,
            "offerCount": self.variants.len(),
            "availability": availability(self.sold_out),
            "offers": self.variants.iter().map(offer).collect::<Vec<_>>(),
        })
    }
}
