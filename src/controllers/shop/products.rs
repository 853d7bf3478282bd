//! Products: the list, by category or all, and the product page.

use actix_web::web::Path;

use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::pictures::picture_from_media;
use crate::http::viewer::Subject;
use crate::http::{BuiltPage, PublicContext, PublicRequest, QueryParam, presenters};
use crate::models::catalog::category::{Category, ProductCounts};
use crate::models::catalog::product::options::{OPTION_FIELDS, ProductOption, VariantListing};
use crate::models::catalog::product::{Product, ProductFilter, ProductSort, TaxClass};
use crate::models::catalog::variant::{Variant, stock};
use crate::models::checkout::cart::MAX_QUANTITY;
use crate::models::checkout::quote;
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::platform::redirect::{self, RedirectTarget};
use crate::paths;
use crate::support::pagination::{Page, PageRequest};
use crate::views::Link;
use crate::views::shop::categories::Entry;
use crate::views::shop::products::{self as views, Index, OptionSelect, OptionValue, Show};

/// Products per page.
const PAGE: i64 = 24;
/// At or below this stock, pages show the number left. The triggers of `stock_levels` use the same number: above it, a
/// sale does not invalidate cached pages.
const LOW: i64 = 5;

pub async fn index(public: PublicRequest) -> Result<BuiltPage> {
    list(public, None).await
}

/// The products of a category and its subcategories.
pub async fn category(public: PublicRequest, path: Path<String>) -> Result<BuiltPage> {
    list(public, Some(path.into_inner())).await
}

async fn list(public: PublicRequest, path: Option<String>) -> Result<BuiltPage> {
    let sort = public
        .query_param(QueryParam::Sort)
        .and_then(|word| ProductSort::parse(&word))
        .unwrap_or(ProductSort::Featured);
    let paging = PageRequest::from_query(public.query_param(QueryParam::Page).as_deref(), PAGE);
    public
        .render_page(&[CacheTag::Shop], move |conn, cx| {
            let category = path.map(|path| Category::find(conn, &path)).transpose()?;
            let own = category.as_ref().map(|category| category.path.clone());
            let on_sale = cx.product_counts(conn)?;
            let is_small = own.as_deref().is_some_and(|path| on_sale.is_small_category(path, PAGE));
            let (count, categories) =
                (on_sale.for_category(own.as_deref()), tree(&Category::all(conn)?, on_sale, own.as_deref()));
            let filter =
                ProductFilter { category: own.clone(), is_small_category: is_small, ..ProductFilter::default() };
            let listed = Product::list_active(conn, &filter, sort, paging)?;
            if listed.items.is_empty() && paging.page > 1 {
                return Err(Error::NotFound);
            }
            if listed.items.is_empty() {
                cx.subject = Subject::Empty;
            }
            let cards = presenters::product_cards(conn, &listed.items, cx)?;
            let base = own.as_deref().map_or_else(|| paths::shop().to_owned(), paths::category);
            Ok(Index {
                heading: category.as_ref().map_or_else(|| "Shop".to_owned(), |category| category.title.clone()),
                description: category.map_or_else(String::new, |category| category.description),
                cards: Page { items: cards, number: listed.number, has_more: listed.has_more },
                count,
                sort: sort.as_str().to_owned(),
                categories,
                path: if sort == ProductSort::Featured { base } else { format!("{base}?sort={}", sort.as_str()) },
            })
        })
        .await
}

/// Categories with children and product counts; `current` marks the one being shown.
fn tree(all: &[Category], on_sale: &ProductCounts, current: Option<&str>) -> Vec<Entry> {
    let entry = |category: &Category, children| Entry {
        label: category.title.clone(),
        href: paths::category(&category.path),
        count: Some(on_sale.for_category(Some(&category.path))),
        current: current == Some(category.path.as_str()),
        children,
    };
    let below = |parent: &Category| {
        let start = format!("{}/", parent.path);
        all.iter().filter(|child| child.path.starts_with(&start)).map(|child| entry(child, Vec::new())).collect()
    };
    all.iter().filter(|category| !category.path.contains('/')).map(|top| entry(top, below(top))).collect()
}

/// Shows a product; an old slug redirects to the current one.
pub async fn show(public: PublicRequest, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    public.render_page(&[CacheTag::Shop], move |conn, cx| build_product_page(conn, cx, &slug, Fields::default())).await
}

/// The product page with `form` as it was typed.
///
/// # Errors
/// `NotFound`; `Moved` and `Gone` for old slugs.
pub fn build_product_page(conn: &mut Conn, cx: &mut PublicContext, slug: &str, form: Fields) -> Result<Show> {
    let (product, variant) = match Product::find_active(conn, slug) {
        Err(Error::NotFound) => return Err(elsewhere(conn, slug)?),
        found => found?,
    };
    cx.add_cache_tag(CacheTag::Product(product.id));
    cx.subject = Subject::Product(product.public_id.clone());
    let (options, found) = match product.variant_count {
        1 => (Vec::new(), Vec::new()),
        _ => (product.options(conn)?, product.variants_for_sale(conn)?),
    };
    let left = match found.iter().map(|choice| choice.available).max() {
        Some(most) => most,
        None => stock::available_quantity(conn, variant.id)?,
    };
    let reduced = presenters::load_reduction(conn, &variant, cx)?;
    let (options, choices) = choose(conn, cx, &options, &found, &form)?;
    let gallery = product.pictures(conn)?.iter().map(|media| picture_from_media(media, None)).collect();
    let categories = Category::for_product(conn, product.id)?;
    Ok(Show {
        slug: product.slug.clone(),
        tagline: String::new(),
        gallery,
        price: cx.amount_in(variant.price_minor, &variant.currency),
        highest_price: cx.amount_in(product.max_price_minor, &variant.currency),
        has_price_range: product.max_price_minor > product.min_price_minor,
        currency: variant.currency.clone(),
        compare_at: reduced.compare_at,
        low_30_days: reduced.low_30_days,
        discount_percent: reduced.percent,
        is_new: product.is_new(cx.now),
        stock_left: (left <= LOW && choices.is_empty()).then(|| presenters::to_i32(left)),
        max_quantity: presenters::to_i32(if left <= LOW { left.max(1) } else { MAX_QUANTITY }),
        sold_out: left <= 0,
        variant_id: variant.public_id.clone(),
        product_id: product.public_id.clone(),
        options,
        variants: choices,
        tax_note: if product.gift_card { "No tax".to_owned() } else { tax_note(cx, product.tax_class) },
        shipping_note: shipping_note(cx, &variant, product.gift_card),
        summary: presenters::excerpt(&product.description_html, 155),
        attributes: product.attribute_pairs(),
        crumbs: crumbs(&categories),
        related: related(conn, cx, &product, &categories)?,
        form,
        title: product.title,
        description_html: product.description_html,
    })
}

/// The option selects, and a row for each variant.
fn choose(
    conn: &mut Conn,
    cx: &PublicContext,
    options: &[ProductOption],
    found: &[VariantListing],
    form: &Fields,
) -> Result<(Vec<OptionSelect>, Vec<views::VariantRow>)> {
    let variants: Vec<&Variant> = found.iter().map(|choice| &choice.variant).collect();
    let reductions = presenters::load_reductions(conn, &variants, cx)?;
    let placed: Vec<(&VariantListing, Vec<Option<usize>>)> =
        found.iter().map(|choice| (choice, choice.value_positions(options))).collect();
    let chosen = chosen(options, &placed, form);
    let is_from =
        found.windows(2).any(|two| matches!(two, [one, next] if one.variant.price_minor != next.variant.price_minor));
    let words = |at: usize, place: usize, name: &str| {
        let with =
            || placed.iter().filter(|(_, places)| places.get(at) == Some(&Some(place))).map(|(choice, _)| choice);
        let mut words = name.to_owned();
        // With a single option its values are the variants, so their labels carry the price.
        if let Some(choice) = with().next().filter(|_| is_from && options.len() == 1) {
            words = format!("{words} – {}", cx.amount_in(choice.variant.price_minor, &choice.variant.currency).text);
        }
        if with().all(|choice| choice.available <= 0) {
            words = format!("{words}, sold out");
        }
        words
    };
    let choose = options.iter().zip(OPTION_FIELDS).enumerate().map(|(at, (option, field))| {
        let values = option.values.iter().enumerate().map(|(place, value)| OptionValue {
            name: value.name.clone(),
            words: words(at, place, &value.name),
            chosen: chosen.get(at) == Some(&Some(place)),
        });
        OptionSelect { field, label: option.name.clone(), values: values.collect() }
    });
    let choices = placed.iter().zip(reductions).map(|((choice, places), reduced)| {
        let names = options.iter().zip(places).filter_map(|(option, place)| option.values.get((*place)?));
        let places: Vec<String> = places.iter().flatten().map(usize::to_string).collect();
        views::VariantRow {
            name: names.map(|value| value.name.as_str()).collect::<Vec<_>>().join(", "),
            option_indexes: places.join("-"),
            sku: choice.variant.sku.clone(),
            price: cx.amount_in(choice.variant.price_minor, &choice.variant.currency),
            compare_at: reduced.compare_at,
            low_30_days: reduced.low_30_days,
            stock: match choice.available {
                left if left <= 0 => "Sold out".to_owned(),
                left if left <= LOW => format!("Only {left} left"),
                _ => "In stock".to_owned(),
            },
            is_low: (1..=LOW).contains(&choice.available),
            sold_out: choice.available <= 0,
        }
    });
    Ok((choose.collect(), choices.collect()))
}

/// Index of the selected value for each option: as submitted, or else the first variant in stock.
fn chosen(
    options: &[ProductOption],
    placed: &[(&VariantListing, Vec<Option<usize>>)],
    form: &Fields,
) -> Vec<Option<usize>> {
    if OPTION_FIELDS.iter().any(|field| !form.value(field).is_empty()) {
        let place = |(option, field): (&ProductOption, &str)| {
            let typed = form.value(field).trim().to_lowercase();
            option.values.iter().position(|value| value.name.to_lowercase() == typed)
        };
        return options.iter().zip(OPTION_FIELDS).map(place).collect();
    }
    let sent = placed.iter().find(|(choice, _)| choice.variant.public_id == form.value("variant_id"));
    let there = sent.or_else(|| placed.iter().find(|(choice, _)| choice.available > 0)).or(placed.first());
    there.map(|(_, places)| places.clone()).unwrap_or_default()
}

/// The error for a slug without an active product: `Moved`, `Gone` or `NotFound`.
fn elsewhere(conn: &mut Conn, slug: &str) -> Result<Error> {
    Ok(match redirect::resolve(conn, &paths::product(slug))? {
        Some(RedirectTarget::Product(slug)) if Product::find_active(conn, &slug).is_ok() => {
            Error::Moved(paths::product(&slug))
        }
        Some(RedirectTarget::Gone) => Error::Gone,
        _ => Error::NotFound,
    })
}

fn tax_note(cx: &PublicContext, class: TaxClass) -> String {
    let day = cx.now.format_in(&cx.settings.time_zone, "%Y-%m-%d");
    let rates =
        TaxRate::select_applicable(&cx.pricing_rules.tax_rates, &TaxLocation::from_country(&cx.settings.country), &day);
    let rates = quote::rates_for_class(&rates, class);
    let rate = rates.first().filter(|rate| rate.rate_ppm > 0);
    match (rate, cx.settings.prices_include_tax) {
        (Some(rate), true) => format!("incl. {}, plus shipping", presenters::tax_label(&rate.name, rate.rate_ppm)),
        (_, true) => "plus shipping".to_owned(),
        (_, false) => "plus tax and shipping".to_owned(),
    }
}

fn shipping_note(cx: &PublicContext, variant: &Variant, is_gift_card: bool) -> String {
    let country = &cx.settings.country;
    let (weight_g, goods_minor) = (variant.weight_g, variant.price_minor);
    let parcel = ShippingBasis { country, weight_g, goods_minor, is_digital_only: is_gift_card };
    let methods = ShippingMethod::select_available(&cx.pricing_rules.shipping_methods, &parcel);
    let Some((method, price)) = methods.iter().find(|(method, _)| !method.pickup) else { return String::new() };
    if *price == 0 {
        return format!("{}: free", method.name);
    }
    let price = cx.amount(*price).text;
    match method.free_over_minor {
        Some(over) => format!("{}: {price}, free from {}", method.name, cx.amount(over).text),
        None => format!("{}: {price}", method.name),
    }
}

fn crumbs(categories: &[Category]) -> Vec<Link> {
    let mut crumbs = vec![Link { label: "Shop".to_owned(), href: paths::shop().to_owned() }];
    let deepest = categories.iter().max_by_key(|category| category.path.len());
    crumbs
        .extend(deepest.map(|category| Link { label: category.title.clone(), href: paths::category(&category.path) }));
    crumbs
}

fn related(
    conn: &mut Conn,
    cx: &mut PublicContext,
    product: &Product,
    categories: &[Category],
) -> Result<Vec<crate::views::shop::products::Card>> {
    let kin = product.related(conn, categories.first(), 4)?;
    presenters::product_cards(conn, &kin, cx)
}
