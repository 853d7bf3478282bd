//! The product page: its options, its table of variants, and its notes on tax and shipping.

use crate::forms::Fields;
use crate::models::catalog::category::Category;
use crate::models::catalog::product::Product;
use crate::models::catalog::product::options::{OPTION_FIELDS, ProductOption, VariantListing};
use crate::models::catalog::variant::Variant;
use crate::models::checkout::cart::MAX_QUANTITY;
use crate::models::checkout::shipping_method::ShippingMethod;
use crate::models::checkout::tax_rate::TaxRate;
use crate::models::content::media::Media;
use crate::paths;
use crate::presenters::catalog::product_card::Reduction;
use crate::presenters::format::{Format, tax_label};
use crate::presenters::pictures::picture_from_media;
use crate::presenters::to_i32;
use crate::support::clock::Utc;
use crate::support::html_text;
use crate::support::i18n::Locale;
use crate::support::markdown::truncate_at_word;
use crate::views::Link;
use crate::views::shop::products::{Card, OptionSelect, OptionValue, Show, VariantRow};

/// Pages show the number left up to this stock. Above it, the triggers of `stock_levels` keep cached pages valid.
const LOW: i64 = 5;

pub struct ProductPage<'a> {
    pub product: Product,
    /// The variant that the page shows without a choice.
    pub variant: &'a Variant,
    /// Units for sale: of the variant with the most, if there are several.
    pub available: i64,
    pub reduction: Reduction,
    pub pictures: &'a [Media],
    pub categories: &'a [Category],
    pub options: Vec<OptionSelect>,
    pub variants: Vec<VariantRow>,
    /// The rate for buyers at home, if there is one.
    pub tax_rate: Option<&'a TaxRate>,
    pub prices_include_tax: bool,
    /// The first method that ships home, with its price in minor units.
    pub shipping: Option<&'a (ShippingMethod, i64)>,
    pub related: Vec<Card>,
    pub form: Fields,
}

/// A variant on sale, and the positions of its values within the product's options.
pub struct PlacedVariant<'a> {
    pub listing: &'a VariantListing,
    pub positions: Vec<Option<usize>>,
}

pub fn product_page(page: ProductPage<'_>, format: &Format, now: Utc) -> Show {
    let tax_note = tax_note(&page, format.locale);
    let ProductPage { product, variant, available, reduction, options, variants, .. } = page;
    Show {
        t: format.locale,
        slug: product.slug.clone(),
        tagline: String::new(),
        gallery: page.pictures.iter().map(|media| picture_from_media(media, None)).collect(),
        price: format.amount_in(variant.price_minor, variant.currency),
        highest_price: format.amount_in(product.max_price_minor, variant.currency),
        has_price_range: product.max_price_minor > product.min_price_minor,
        currency: variant.currency.code().to_owned(),
        compare_at: reduction.compare_at,
        low_30_days: reduction.low_30_days,
        discount_percent: reduction.percent,
        is_new: product.is_new(now),
        stock_left: (available <= LOW && variants.is_empty()).then(|| to_i32(available)),
        max_quantity: to_i32(if available <= LOW { available.max(1) } else { MAX_QUANTITY }),
        sold_out: available <= 0,
        variant_id: variant.public_id.clone(),
        product_id: product.public_id.clone(),
        options,
        variants,
        tax_note,
        shipping_note: page.shipping.map_or_else(String::new, |(method, price)| shipping_note(method, *price, format)),
        summary: excerpt(&product.description_html, 155),
        attributes: product.attribute_pairs(),
        crumbs: breadcrumbs(page.categories, format.locale),
        related: page.related,
        form: page.form,
        title: product.title,
        description_html: product.description_html,
    }
}

/// One select for each option; `chosen` has the position of the selected value for each of them.
pub fn option_selects(
    options: &[ProductOption],
    variants: &[PlacedVariant<'_>],
    chosen: &[Option<usize>],
    format: &Format,
) -> Vec<OptionSelect> {
    let t = format.locale;
    let price = |variant: &PlacedVariant<'_>| variant.listing.variant.price_minor;
    let prices_differ = variants.windows(2).any(|two| matches!(two, [one, next] if price(one) != price(next)));
    let label = |at: usize, position: usize, name: &str| {
        let with = || variants.iter().filter(|variant| variant.positions.get(at) == Some(&Some(position)));
        // With a single option its values are the variants, so their labels carry the price.
        let priced = with().next().filter(|_| prices_differ && options.len() == 1).map(|one| &one.listing.variant);
        let price = priced.map(|variant| format.amount_in(variant.price_minor, variant.currency).text);
        match (price, with().all(|variant| variant.listing.available <= 0)) {
            (None, false) => name.to_owned(),
            (None, true) => t.product_option_sold_out(name),
            (Some(price), false) => t.product_option_priced(name, price),
            (Some(price), true) => t.product_option_priced_sold_out(name, price),
        }
    };
    let select = |(at, (option, field)): (usize, (&ProductOption, &'static str))| {
        let values = option.values.iter().enumerate().map(|(position, value)| OptionValue {
            name: value.name.clone(),
            words: label(at, position, &value.name),
            chosen: chosen.get(at) == Some(&Some(position)),
        });
        OptionSelect { field, label: option.name.clone(), values: values.collect() }
    };
    options.iter().zip(OPTION_FIELDS).enumerate().map(select).collect()
}

/// One row for each variant; `reductions` are in the order of the variants.
pub fn variant_rows(
    options: &[ProductOption],
    variants: &[PlacedVariant<'_>],
    reductions: Vec<Reduction>,
    format: &Format,
) -> Vec<VariantRow> {
    let t = format.locale;
    let row = |(placed, reduction): (&PlacedVariant<'_>, Reduction)| {
        let PlacedVariant { listing: VariantListing { variant, available, .. }, positions } = placed;
        let values = options.iter().zip(positions).filter_map(|(option, position)| option.values.get((*position)?));
        let indexes: Vec<String> = positions.iter().flatten().map(usize::to_string).collect();
        VariantRow {
            name: values.map(|value| value.name.as_str()).collect::<Vec<_>>().join(", "),
            option_indexes: indexes.join("-"),
            sku: variant.sku.clone(),
            price: format.amount_in(variant.price_minor, variant.currency),
            compare_at: reduction.compare_at,
            low_30_days: reduction.low_30_days,
            stock: match *available {
                left if left <= 0 => t.product_sold_out().to_owned(),
                left if left <= LOW => t.product_only_left(left),
                _ => t.product_in_stock().to_owned(),
            },
            is_low: (1..=LOW).contains(available),
            sold_out: *available <= 0,
        }
    };
    variants.iter().zip(reductions).map(row).collect()
}

fn tax_note(page: &ProductPage<'_>, t: Locale) -> String {
    if page.product.gift_card {
        return t.product_no_tax().to_owned();
    }
    let rate = page.tax_rate.filter(|rate| rate.rate_ppm > 0);
    match (rate, page.prices_include_tax) {
        (Some(rate), true) => t.product_tax_included(tax_label(t, &rate.name, rate.rate_ppm)),
        (_, true) => t.product_shipping_extra().to_owned(),
        (_, false) => t.product_tax_and_shipping_extra().to_owned(),
    }
}

fn shipping_note(method: &ShippingMethod, price: i64, format: &Format) -> String {
    let t = format.locale;
    if price == 0 {
        return t.product_shipping_free(&method.name);
    }
    let price = format.amount(price).text;
    match method.free_over_minor {
        Some(over) => t.product_shipping_free_over(&method.name, price, format.amount(over).text),
        None => t.product_shipping_price(&method.name, price),
    }
}

fn breadcrumbs(categories: &[Category], t: Locale) -> Vec<Link> {
    let mut crumbs = vec![Link { label: t.shop_title().to_owned(), href: paths::shop().to_owned() }];
    let deepest = categories.iter().max_by_key(|category| category.path.len());
    crumbs
        .extend(deepest.map(|category| Link { label: category.title.clone(), href: paths::category(&category.path) }));
    crumbs
}

/// The first paragraph of rendered Markdown as plain text of at most `most` characters, for `meta description`.
fn excerpt(html: &str, most: usize) -> String {
    truncate_at_word(&html_text::first_paragraph(html), most)
}
