//! Products: the list, by category or all, and the product page.

use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::page_fragments::Subject;
use crate::http::resource_path::{CategoryPath, ProductSlugPath};
use crate::http::{BuiltPage, PublicContext, PublicRequest, QueryParam};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::options::{OPTION_FIELDS, ProductOption};
use crate::models::catalog::product::{Product, ProductFilter, ProductSort, TaxClass};
use crate::models::catalog::variant::{Variant, stock};
use crate::models::checkout::quote;
use crate::models::checkout::shipping_method::{ShippingBasis, ShippingMethod};
use crate::models::checkout::tax_rate::{TaxLocation, TaxRate};
use crate::models::platform::redirect::{self, RedirectTarget};
use crate::paths;
use crate::presenters::catalog::category_list::category_list;
use crate::presenters::catalog::product_card::{present_reduction, reduced_variants};
use crate::presenters::catalog::product_page::{
    PlacedVariant, ProductPage, option_selects, product_page, variant_rows,
};
use crate::support::pagination::{Page, PageRequest};
use crate::views::shop::products::{Index, Show};

const PRODUCTS_PER_PAGE: i64 = 24;

pub async fn index(public: PublicRequest) -> Result<BuiltPage> {
    list(public, None).await
}

pub async fn category(public: PublicRequest, path: CategoryPath) -> Result<BuiltPage> {
    list(public, Some(path)).await
}

async fn list(public: PublicRequest, path: Option<CategoryPath>) -> Result<BuiltPage> {
    let sort = public
        .query_param(QueryParam::Sort)
        .and_then(|sort| ProductSort::parse(&sort))
        .unwrap_or(ProductSort::Featured);
    let paging = PageRequest::from_query(public.query_param(QueryParam::Page).as_deref(), PRODUCTS_PER_PAGE);
    public
        .render_page(&[CacheTag::Shop], move |conn, cx| {
            let category = path.map(|path| path.load(conn)).transpose()?;
            let category_path = category.as_ref().map(|category| category.path.clone());
            let on_sale = cx.product_counts(conn)?;
            let is_small =
                category_path.as_deref().is_some_and(|path| on_sale.sorts_within_category(path, PRODUCTS_PER_PAGE));
            let (count, categories) = (
                on_sale.for_category(category_path.as_deref()),
                category_list(&Category::all(conn)?, on_sale, category_path.as_deref()),
            );
            let filter = ProductFilter {
                category: category_path.clone(),
                sorts_within_category: is_small,
                ..ProductFilter::default()
            };
            let products = Product::list_active(conn, &filter, sort, paging)?;
            if products.items.is_empty() && paging.page > 1 {
                return Err(Error::NotFound);
            }
            if products.items.is_empty() {
                cx.subject = Subject::Empty;
            }
            let cards = cx.load_product_cards(conn, &products.items)?;
            let base = category_path.as_deref().map_or_else(|| paths::shop().to_owned(), paths::category);
            Ok(Index {
                t: cx.locale(),
                heading: category
                    .as_ref()
                    .map_or_else(|| cx.locale().shop_title().to_owned(), |category| category.title.clone()),
                description: category.map_or_else(String::new, |category| category.description),
                cards: Page { items: cards, number: products.number, has_more: products.has_more },
                count,
                sort: sort.as_str().to_owned(),
                categories,
                path: if sort == ProductSort::Featured { base } else { format!("{base}?sort={}", sort.as_str()) },
            })
        })
        .await
}

/// Shows a product; an old slug redirects to the current one.
pub async fn show(public: PublicRequest, path: ProductSlugPath) -> Result<BuiltPage> {
    public.render_page(&[CacheTag::Shop], move |conn, cx| build_product_page(conn, cx, &path, Fields::default())).await
}

/// The page with `form` as it was typed. `NotFound`; `Moved` and `Gone` for old slugs.
pub fn build_product_page(
    conn: &mut Conn,
    cx: &mut PublicContext,
    path: &ProductSlugPath,
    form: Fields,
) -> Result<Show> {
    let (product, variant) = match path.load(conn) {
        Err(Error::NotFound) => return Err(resolve_missing(conn, &path.slug)?),
        product => product?,
    };
    cx.add_cache_tag(CacheTag::Product(product.id));
    cx.subject = Subject::Product(product.public_id.clone());
    let (options, variants) = match product.variant_count {
        1 => (Vec::new(), Vec::new()),
        _ => (product.options(conn)?, product.variants_for_sale(conn)?),
    };
    let available = match variants.iter().map(|listing| listing.available).max() {
        Some(available) => available,
        None => stock::available_quantity(conn, variant.id)?,
    };
    let placed: Vec<PlacedVariant<'_>> = variants
        .iter()
        .map(|listing| PlacedVariant { listing, positions: listing.value_positions(&options) })
        .collect();
    let compared: Vec<&Variant> = variants.iter().map(|listing| &listing.variant).collect();
    let reductions = cx.load_reductions(conn, &compared)?;
    let prior_prices = Variant::prior_prices(conn, &reduced_variants([&variant]), &cx.settings.time_zone)?;
    let categories = Category::for_product(conn, product.id)?;
    let pictures = product.pictures(conn)?;
    let related = product.related(conn, categories.first(), 4)?;
    let related = cx.load_product_cards(conn, &related)?;
    let tax_rate = tax_rate(cx, product.tax_class);
    let shipping = shipping_method(cx, &variant, product.gift_card);
    let page = ProductPage {
        options: option_selects(&options, &placed, &select_values(&options, &placed, &form), cx.format()),
        variants: variant_rows(&options, &placed, reductions, cx.format()),
        reduction: present_reduction(&variant, &prior_prices, cx.format()),
        product,
        variant: &variant,
        available,
        pictures: &pictures,
        categories: &categories,
        tax_rate: tax_rate.as_ref(),
        prices_include_tax: cx.settings.prices_include_tax,
        shipping: shipping.as_ref(),
        related,
        form,
    };
    Ok(product_page(page, cx.format(), cx.now))
}

/// Index of the selected value for each option: as submitted, or else the first variant in stock.
fn select_values(options: &[ProductOption], placed: &[PlacedVariant<'_>], form: &Fields) -> Vec<Option<usize>> {
    if OPTION_FIELDS.iter().any(|field| !form.value(field).is_empty()) {
        let find_position = |(option, field): (&ProductOption, &str)| {
            let name = form.value(field).trim().to_lowercase();
            option.values.iter().position(|value| value.name.to_lowercase() == name)
        };
        return options.iter().zip(OPTION_FIELDS).map(find_position).collect();
    }
    let submitted = placed.iter().find(|variant| variant.listing.variant.public_id == form.value("variant_id"));
    let selected = submitted.or_else(|| placed.iter().find(|variant| variant.listing.available > 0)).or(placed.first());
    selected.map(|variant| variant.positions.clone()).unwrap_or_default()
}

/// The error for a slug without an active product: `Moved`, `Gone` or `NotFound`.
fn resolve_missing(conn: &mut Conn, slug: &str) -> Result<Error> {
    Ok(match redirect::resolve(conn, &paths::product(slug))? {
        Some(RedirectTarget::Product(slug)) if Product::find_active(conn, &slug).is_ok() => {
            Error::Moved(paths::product(&slug))
        }
        Some(RedirectTarget::Gone) => Error::Gone,
        _ => Error::NotFound,
    })
}

fn tax_rate(cx: &PublicContext, class: TaxClass) -> Option<TaxRate> {
    let day = cx.now.format_in(&cx.settings.time_zone, "%Y-%m-%d");
    let rates =
        TaxRate::select_applicable(&cx.pricing_rules.tax_rates, &TaxLocation::from_country(&cx.settings.country), &day);
    quote::rates_for_class(&rates, class).first().map(|rate| (*rate).clone())
}

/// The first method that ships one unit home, with its price.
fn shipping_method(cx: &PublicContext, variant: &Variant, is_gift_card: bool) -> Option<(ShippingMethod, i64)> {
    let country = &cx.settings.country;
    let (weight_g, goods_minor) = (variant.weight_g, variant.price_minor);
    let basis = ShippingBasis { country, weight_g, goods_minor, is_digital_only: is_gift_card, locale: cx.locale() };
    let methods = ShippingMethod::select_available(&cx.pricing_rules.shipping_methods, &basis);
    methods.into_iter().find(|(method, _)| !method.pickup)
}
