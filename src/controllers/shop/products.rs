//! Products: the list, by category or all, and the product page.

use actix_web::web::Path;

use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::viewer::Subject;
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

/// Products per page.
const PAGE: i64 = 24;

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
                (on_sale.for_category(own.as_deref()), category_list(&Category::all(conn)?, on_sale, own.as_deref()));
            let filter =
                ProductFilter { category: own.clone(), is_small_category: is_small, ..ProductFilter::default() };
            let listed = Product::list_active(conn, &filter, sort, paging)?;
            if listed.items.is_empty() && paging.page > 1 {
                return Err(Error::NotFound);
            }
            if listed.items.is_empty() {
                cx.subject = Subject::Empty;
            }
            let cards = cx.load_product_cards(conn, &listed.items)?;
            let base = own.as_deref().map_or_else(|| paths::shop().to_owned(), paths::category);
            Ok(Index {
                t: cx.locale(),
                heading: category
                    .as_ref()
                    .map_or_else(|| cx.locale().shop_title().to_owned(), |category| category.title.clone()),
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
    let placed: Vec<PlacedVariant<'_>> =
        found.iter().map(|listing| PlacedVariant { listing, positions: listing.value_positions(&options) }).collect();
    let choices: Vec<&Variant> = found.iter().map(|listing| &listing.variant).collect();
    let reductions = cx.load_reductions(conn, &choices)?;
    let lowest = Variant::prior_prices(conn, &reduced_variants([&variant]), &cx.settings.time_zone)?;
    let categories = Category::for_product(conn, product.id)?;
    let pictures = product.pictures(conn)?;
    let related = product.related(conn, categories.first(), 4)?;
    let related = cx.load_product_cards(conn, &related)?;
    let tax_rate = tax_rate(cx, product.tax_class);
    let shipping = shipping_method(cx, &variant, product.gift_card);
    let page = ProductPage {
        options: option_selects(&options, &placed, &chosen(&options, &placed, &form), cx.format()),
        variants: variant_rows(&options, &placed, reductions, cx.format()),
        reduction: present_reduction(&variant, &lowest, cx.format()),
        product,
        variant: &variant,
        available: left,
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
fn chosen(options: &[ProductOption], placed: &[PlacedVariant<'_>], form: &Fields) -> Vec<Option<usize>> {
    if OPTION_FIELDS.iter().any(|field| !form.value(field).is_empty()) {
        let place = |(option, field): (&ProductOption, &str)| {
            let typed = form.value(field).trim().to_lowercase();
            option.values.iter().position(|value| value.name.to_lowercase() == typed)
        };
        return options.iter().zip(OPTION_FIELDS).map(place).collect();
    }
    let sent = placed.iter().find(|one| one.listing.variant.public_id == form.value("variant_id"));
    let there = sent.or_else(|| placed.iter().find(|one| one.listing.available > 0)).or(placed.first());
    there.map(|one| one.positions.clone()).unwrap_or_default()
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

/// The tax rate for buyers at home.
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
    let parcel = ShippingBasis { country, weight_g, goods_minor, is_digital_only: is_gift_card, locale: cx.locale() };
    let methods = ShippingMethod::select_available(&cx.pricing_rules.shipping_methods, &parcel);
    methods.into_iter().find(|(method, _)| !method.pickup)
}
