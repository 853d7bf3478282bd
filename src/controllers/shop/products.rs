//! The list of products, whole or by category, and the product page.

use actix_web::web::Path;

use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::http::person::Subject;
use crate::http::pictures::picture;
use crate::http::{BuiltPage, Parameter, Public, Shared, shown};
use crate::models::cart::MOST_PIECES;
use crate::models::category::{Category, OnSale};
use crate::models::product::choosing::{Choice, FIELDS, ProductOption};
use crate::models::product::{Filter, Product, Sort, TaxClass};
use crate::models::quote;
use crate::models::redirect::{self, Target};
use crate::models::shipping_method::{Parcel, ShippingMethod};
use crate::models::tax_rate::{Place, TaxRate};
use crate::models::variant::{Variant, stock};
use crate::paths;
use crate::support::page::{Page, Paging};
use crate::views::Link;
use crate::views::shop::categories::Entry;
use crate::views::shop::products::{self as views, Choose, Index, Show, Value};

/// Products a page.
const PAGE: i64 = 24;
/// So few left are worth saying. Kept pages are made anew when fewer than one more than these are left, and not for each
/// piece before: the triggers of `stock_levels` know this number.
const LOW: i64 = 5;

/// Shows all products.
pub async fn index(public: Public) -> Result<BuiltPage> {
    list(public, None).await
}

/// Shows the products of a category and all below it.
pub async fn category(public: Public, path: Path<String>) -> Result<BuiltPage> {
    list(public, Some(path.into_inner())).await
}

async fn list(public: Public, path: Option<String>) -> Result<BuiltPage> {
    let sort = public.parameter(Parameter::Sort).and_then(|word| Sort::parse(&word)).unwrap_or(Sort::Featured);
    let paging = Paging::of(public.parameter(Parameter::Page).as_deref(), PAGE);
    public
        .page(&[Topic::Shop], move |conn, cx| {
            let category = path.map(|path| Category::find(conn, &path)).transpose()?;
            let own = category.as_ref().map(|category| category.path.clone());
            let on_sale = cx.on_sale(conn)?;
            let is_small = own.as_deref().is_some_and(|path| on_sale.is_small(path, PAGE));
            let (count, categories) =
                (on_sale.of(own.as_deref()), tree(&Category::all(conn)?, on_sale, own.as_deref()));
            let filter = Filter { category: own.clone(), is_small, ..Filter::default() };
            let listed = Product::page(conn, &filter, sort, paging)?;
            if listed.items.is_empty() && paging.page > 1 {
                return Err(Error::NotFound);
            }
            if listed.items.is_empty() {
                cx.subject = Subject::Empty;
            }
            let cards = shown::product_cards(conn, &listed.items, cx)?;
            let base = own.as_deref().map_or_else(|| paths::shop().to_owned(), paths::category);
            Ok(Index {
                heading: category.as_ref().map_or_else(|| "Shop".to_owned(), |category| category.title.clone()),
                description: category.map_or_else(String::new, |category| category.description),
                cards: Page { items: cards, number: listed.number, more: listed.more },
                count,
                sort: sort.as_str().to_owned(),
                categories,
                path: if sort == Sort::Featured { base } else { format!("{base}?sort={}", sort.as_str()) },
            })
        })
        .await
}

/// Categories with their children and how much is in them, the shown one marked.
fn tree(all: &[Category], on_sale: &OnSale, current: Option<&str>) -> Vec<Entry> {
    let entry = |category: &Category, children| Entry {
        label: category.title.clone(),
        href: paths::category(&category.path),
        count: Some(on_sale.of(Some(&category.path))),
        current: current == Some(category.path.as_str()),
        children,
    };
    let below = |parent: &Category| {
        let start = format!("{}/", parent.path);
        all.iter().filter(|child| child.path.starts_with(&start)).map(|child| entry(child, Vec::new())).collect()
    };
    all.iter().filter(|category| !category.path.contains('/')).map(|top| entry(top, below(top))).collect()
}

/// Shows a product; an old address leads to the present one.
pub async fn show(public: Public, slug: Path<String>) -> Result<BuiltPage> {
    let slug = slug.into_inner();
    public.page(&[Topic::Shop], move |conn, cx| product_page(conn, cx, &slug, Fields::default())).await
}

/// The product page with a form as it was filled in.
///
/// # Errors
/// `NotFound`, `Moved`, `Gone`.
pub fn product_page(conn: &mut Conn, cx: &mut Shared, slug: &str, form: Fields) -> Result<Show> {
    let (product, variant) = match Product::on_sale(conn, slug) {
        Err(Error::NotFound) => return Err(elsewhere(conn, slug)?),
        found => found?,
    };
    cx.shows(Topic::Product(product.id));
    cx.subject = Subject::Product(product.public_id.clone());
    let (options, found) = match product.variant_count {
        1 => (Vec::new(), Vec::new()),
        _ => (product.options(conn)?, product.choices(conn)?),
    };
    let left = match found.iter().map(|choice| choice.left).max() {
        Some(most) => most,
        None => stock::left(conn, variant.id)?,
    };
    let reduced = shown::reduction(conn, &variant, cx)?;
    let (options, choices) = choose(conn, cx, &options, &found, &form)?;
    let gallery = product.pictures(conn)?.iter().map(|media| picture(media, None)).collect();
    let categories = Category::of_product(conn, product.id)?;
    Ok(Show {
        slug: product.slug.clone(),
        tagline: String::new(),
        gallery,
        price: cx.amount_in(variant.price_minor, &variant.currency),
        highest: cx.amount_in(product.highest_minor, &variant.currency),
        is_from: product.highest_minor > product.lowest_minor,
        currency: variant.currency.clone(),
        compare_at: reduced.compare_at,
        low_30_days: reduced.low_30_days,
        discount_percent: reduced.percent,
        is_new: product.is_new(cx.now),
        stock_left: (left <= LOW && choices.is_empty()).then(|| shown::small(left)),
        most: shown::small(if left <= LOW { left.max(1) } else { MOST_PIECES }),
        sold_out: left <= 0,
        variant_id: variant.public_id.clone(),
        product_id: product.public_id.clone(),
        options,
        choices,
        tax_note: if product.gift_card { "No tax".to_owned() } else { tax_note(cx, product.tax_class) },
        shipping_note: shipping_note(cx, &variant, product.gift_card),
        summary: shown::beginning(&product.description_html, 155),
        facts: product.fact_pairs(),
        crumbs: crumbs(&categories),
        related: related(conn, cx, &product, &categories)?,
        form,
        title: product.title,
        description_html: product.description_html,
    })
}

/// What there is to choose, and what each combination costs.
fn choose(
    conn: &mut Conn,
    cx: &Shared,
    options: &[ProductOption],
    found: &[Choice],
    form: &Fields,
) -> Result<(Vec<Choose>, Vec<views::Choice>)> {
    let variants: Vec<&Variant> = found.iter().map(|choice| &choice.variant).collect();
    let reductions = shown::reductions(conn, &variants, cx)?;
    let placed: Vec<(&Choice, Vec<Option<usize>>)> =
        found.iter().map(|choice| (choice, choice.places(options))).collect();
    let chosen = chosen(options, &placed, form);
    let is_from =
        found.windows(2).any(|two| matches!(two, [one, next] if one.variant.price_minor != next.variant.price_minor));
    let words = |at: usize, place: usize, name: &str| {
        let with =
            || placed.iter().filter(|(_, places)| places.get(at) == Some(&Some(place))).map(|(choice, _)| choice);
        let mut words = name.to_owned();
        // With a single option its values are the variants, and say what they cost.
        if let Some(choice) = with().next().filter(|_| is_from && options.len() == 1) {
            words = format!("{words} – {}", cx.amount_in(choice.variant.price_minor, &choice.variant.currency).text);
        }
        if with().all(|choice| choice.left <= 0) {
            words = format!("{words}, sold out");
        }
        words
    };
    let choose = options.iter().zip(FIELDS).enumerate().map(|(at, (option, field))| {
        let values = option.values.iter().enumerate().map(|(place, value)| Value {
            name: value.name.clone(),
            words: words(at, place, &value.name),
            chosen: chosen.get(at) == Some(&Some(place)),
        });
        Choose { field, label: option.name.clone(), values: values.collect() }
    });
    let choices = placed.iter().zip(reductions).map(|((choice, places), reduced)| {
        let names = options.iter().zip(places).filter_map(|(option, place)| option.values.get((*place)?));
        let places: Vec<String> = places.iter().flatten().map(usize::to_string).collect();
        views::Choice {
            name: names.map(|value| value.name.as_str()).collect::<Vec<_>>().join(", "),
            places: places.join("-"),
            sku: choice.variant.sku.clone(),
            price: cx.amount_in(choice.variant.price_minor, &choice.variant.currency),
            compare_at: reduced.compare_at,
            low_30_days: reduced.low_30_days,
            stock: match choice.left {
                left if left <= 0 => "Sold out".to_owned(),
                left if left <= LOW => format!("Only {left} left"),
                _ => "In stock".to_owned(),
            },
            is_low: (1..=LOW).contains(&choice.left),
            sold_out: choice.left <= 0,
        }
    });
    Ok((choose.collect(), choices.collect()))
}

/// The places of what is chosen: as it was sent, or else of the first combination that can be bought.
fn chosen(options: &[ProductOption], placed: &[(&Choice, Vec<Option<usize>>)], form: &Fields) -> Vec<Option<usize>> {
    if FIELDS.iter().any(|field| !form.value(field).is_empty()) {
        let place = |(option, field): (&ProductOption, &str)| {
            let typed = form.value(field).trim().to_lowercase();
            option.values.iter().position(|value| value.name.to_lowercase() == typed)
        };
        return options.iter().zip(FIELDS).map(place).collect();
    }
    let sent = placed.iter().find(|(choice, _)| choice.variant.public_id == form.value("variant_id"));
    let there = sent.or_else(|| placed.iter().find(|(choice, _)| choice.left > 0)).or(placed.first());
    there.map(|(_, places)| places.clone()).unwrap_or_default()
}

/// Where a product went that is not on sale under this address.
fn elsewhere(conn: &mut Conn, slug: &str) -> Result<Error> {
    Ok(match redirect::target(conn, &paths::product(slug))? {
        Some(Target::Product(slug)) if Product::on_sale(conn, &slug).is_ok() => Error::Moved(paths::product(&slug)),
        Some(Target::Gone) => Error::Gone,
        _ => Error::NotFound,
    })
}

fn tax_note(cx: &Shared, class: TaxClass) -> String {
    let day = cx.now.format_in(&cx.settings.time_zone, "%Y-%m-%d");
    let rates = TaxRate::among(&cx.terms.rates, &Place::country(&cx.settings.country), &day);
    let rates = quote::rates_of(&rates, class);
    let rate = rates.first().filter(|rate| rate.rate_ppm > 0);
    match (rate, cx.settings.prices_include_tax) {
        (Some(rate), true) => format!("incl. {}, plus shipping", shown::tax_label(&rate.name, rate.rate_ppm)),
        (_, true) => "plus shipping".to_owned(),
        (_, false) => "plus tax and shipping".to_owned(),
    }
}

fn shipping_note(cx: &Shared, variant: &Variant, is_gift_card: bool) -> String {
    let country = &cx.settings.country;
    let (weight_g, goods_minor) = (variant.weight_g, variant.price_minor);
    let parcel = Parcel { country, weight_g, goods_minor, is_empty: is_gift_card };
    let methods = ShippingMethod::among(&cx.terms.methods, &parcel);
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
    cx: &mut Shared,
    product: &Product,
    categories: &[Category],
) -> Result<Vec<crate::views::shop::products::Card>> {
    let kin = product.kin(conn, categories.first(), 4)?;
    shown::product_cards(conn, &kin, cx)
}
