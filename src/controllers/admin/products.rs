//! Products: the list and the form.

use actix_web::web::Path;

use super::uploads::{self, Uploaded};
use super::{Narrowing, check_mark, refuse, refused_when_busy, tax_classes};
use crate::app::Purpose;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::products::{ProductForm, Typed, join_values};
use crate::http::guards::needs;
use crate::http::pictures::picture;
use crate::http::{Context, Form, FormWithFiles, Reply, Staff};
use crate::models::category::Category;
use crate::models::media::Media;
use crate::models::product::choosing::Choice;
use crate::models::product::editing::WantedOption;
use crate::models::product::{Listed, Product, Status};
use crate::models::setting::Settings;
use crate::models::variant::listing::FEW;
use crate::models::variant::{Variant, stock};
use crate::paths;
use crate::support::markdown::Pictures;
use crate::views::admin::Pill;
use crate::views::admin::products::{Counts, Edit, FormPicture, FormVariant, Index, Row};

type Keeper = Staff<needs::Products>;
/// What they send: a hundred variants, pictures.
type KeeperForm = FormWithFiles<needs::Products>;

/// The list.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Keeper) -> Result<Reply> {
    let find = Narrowing::of(&staff);
    staff
        .page(move |conn, cx| {
            let rows = Product::stretch(conn, Status::parse(&find.tab), &find.words(), &find.window)?;
            let ids: Vec<i64> = rows.items.iter().map(|row| row.product.id).collect();
            let categories = Category::of_products(conn, &ids)?;
            let rows = rows.map(|row| listed(cx, row, &categories));
            Ok(Index { tab: find.tab, counts: counts(conn)?, q: find.q, rows })
        })
        .await
}

/// An empty form.
///
/// # Errors
/// When the database refuses.
pub async fn new(staff: Keeper) -> Result<Reply> {
    let form = Fields::of([
        ("status", Status::Draft.as_str().to_owned()),
        ("tax_class", "standard".to_owned()),
        ("stock", "0".to_owned()),
        ("lock_version", "0".to_owned()),
    ]);
    staff.page(move |conn, cx| page(conn, cx, None, form)).await
}

/// Makes a product.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Keeper, FormWithFiles { mut form, .. }: KeeperForm) -> Result<Reply> {
    let Some((typed, uploaded)) = check(&staff, &mut form).await? else {
        return again(&staff, None, form.fields, false).await;
    };
    let actor = staff.actor();
    let made = staff.write_once(&form.once, move |tx| {
        let typed = with_known_pictures(tx, &typed)?;
        let product = Product::create(tx, &typed.wanted, &actor)?;
        Ok(Reply::see(paths::admin::product(&product.public_id)).notice(uploaded.notice("Product saved.")))
    });
    match made.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            refuse(&mut form.fields, error)?;
            again(&staff, None, form.fields, false).await
        }
    }
}

/// The form of a product.
///
/// # Errors
/// `NotFound`.
pub async fn edit(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let (product, variant) = Product::find(conn, &id)?;
            let form = fields_of(conn, &product, &variant)?;
            page(conn, cx, Some((product, variant)), form)
        })
        .await
}

/// Saves a product.
///
/// # Errors
/// `NotFound`.
pub async fn update(staff: Keeper, id: Path<String>, FormWithFiles { mut form, .. }: KeeperForm) -> Result<Reply> {
    let id = id.into_inner();
    let Some((typed, uploaded)) = check(&staff, &mut form).await? else {
        return again(&staff, Some(id), form.fields, false).await;
    };
    let (actor, wanted) = (staff.actor(), id.clone());
    let saved = staff.write_once(&form.once, move |tx| {
        let (product, variant) = Product::find(tx.conn(), &wanted)?;
        let mut typed = with_known_pictures(tx, &typed)?;
        if !typed.says_options {
            typed.wanted.options = product.options(tx.conn())?.iter().map(WantedOption::of).collect();
        }
        product.save(tx, &variant, typed.lock_version, &typed.wanted, &actor)?;
        Ok(Reply::see(paths::admin::product(&wanted)).notice(uploaded.notice("Product saved.")))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::SentBefore) => again(&staff, Some(id), form.fields, true).await,
        Err(error) => {
            refuse(&mut form.fields, error)?;
            again(&staff, Some(id), form.fields, false).await
        }
    }
}

/// Keeps what was uploaded, then checks the rest: a wrong price costs nobody their pictures.
async fn check(staff: &Keeper, form: &mut Form) -> Result<Option<(Typed, Uploaded<Media>)>> {
    let uploaded = uploads::keep(staff, form.files.remove("images").unwrap_or_default()).await?;
    for media in &uploaded.pictures {
        if !form.fields.is("picture", &media.public_id) {
            form.fields.set(&format!("alt_{}", media.public_id), media.alt_text.clone());
            form.fields.add("picture", media.public_id.clone());
        }
    }
    if let Some(words) = &uploaded.refused {
        form.fields.refuse("images", words.clone());
    }
    let settings = staff.read(Settings::load).await?;
    form.fields.set("currency", settings.currency.code().to_owned());
    let Some(mut typed) = form.fields.check::<ProductForm>() else { return Ok(None) };
    let source = std::mem::take(&mut typed.description_md);
    match staff.visitor.app().render(source, Pictures::None, Purpose::Publish, "description").await {
        Ok(text) => typed.wanted.description = text,
        Err(error) => {
            refuse(&mut form.fields, refused_when_busy(error))?;
            return Ok(None);
        }
    }
    Ok(Some((typed, uploaded)))
}

/// Without pictures that were deleted from the library meanwhile.
fn with_known_pictures(tx: &mut Tx<'_>, typed: &Typed) -> Result<Typed> {
    let ids: Vec<String> = typed.wanted.pictures.iter().map(|(id, _)| id.clone()).collect();
    let known = Media::among(tx.conn(), &ids)?;
    let mut typed = typed.clone();
    typed.wanted.pictures.retain(|(id, _)| known.iter().any(|media| media.public_id == *id));
    Ok(typed)
}

/// The form again with what was typed (422). After a conflict it stands on the other version, so that saving once
/// more overwrites knowingly.
async fn again(staff: &Keeper, id: Option<String>, mut form: Fields, conflict: bool) -> Result<Reply> {
    let reply = staff.page(move |conn, cx| {
        let product = id.map(|id| Product::find(conn, &id)).transpose()?;
        if let Some((product, variant)) = product.as_ref().filter(|_| conflict) {
            form.compare(&fields_of(conn, product, variant)?);
        }
        page(conn, cx, product, form)
    });
    Ok(reply.await?.retry())
}

fn page(conn: &mut Conn, cx: &Context, product: Option<(Product, Variant)>, mut form: Fields) -> Result<Edit> {
    let ids = form.all("picture").to_vec();
    let library = Media::among(conn, &ids)?;
    let shown = ids.iter().filter_map(|id| library.iter().find(|media| media.public_id == *id));
    let pictures = shown.map(|media| FormPicture { id: media.public_id.clone(), picture: picture(media, None) });
    let pictures = pictures.collect();
    let variants = match &product {
        Some((product, _)) if !product.options(conn)?.is_empty() => product.choices(conn)?,
        _ => Vec::new(),
    };
    for choice in &variants {
        // Somebody may have made it since the form was opened.
        if form.all(&variant_field(choice, "price")).is_empty() {
            say_variant(&mut form, choice);
        }
    }
    let public = product.as_ref().filter(|(product, _)| product.status == Status::Active);
    Ok(Edit {
        state: state(product.as_ref().map_or(Status::Draft, |(product, _)| product.status)),
        public_href: public.map(|(product, _)| paths::product(&product.slug)),
        pictures,
        variants: variants.into_iter().map(variant_row).collect(),
        stock_href: product.as_ref().map(|(_, variant)| paths::admin::stock_of(&variant.public_id)),
        reserved: product.as_ref().map_or(Ok(0), |(_, variant)| stock::held(conn, variant.id))?,
        currency: cx.settings.currency.code().to_owned(),
        prices_include_tax: cx.settings.prices_include_tax,
        tax_classes: tax_classes(),
        known_categories: Category::all(conn)?.into_iter().map(|category| category.path).collect(),
        name: product.as_ref().map_or_else(String::new, |(product, _)| product.title.clone()),
        id: product.map(|(product, _)| product.public_id),
        form,
    })
}

fn fields_of(conn: &mut Conn, product: &Product, variant: &Variant) -> Result<Fields> {
    let left = Variant::available(conn, &[variant.id])?.first().map_or(0, |(_, left)| *left);
    let categories: Vec<String> = Category::of_product(conn, product.id)?.into_iter().map(|c| c.path).collect();
    let mut form = Fields::of([
        ("title", product.title.clone()),
        ("description", product.description_md.clone()),
        ("facts", product.facts.clone()),
        ("price", variant.price().decimal()),
        ("compare_at_price", variant.compare_at().map_or_else(String::new, |money| money.decimal())),
        ("tax_class", product.tax_class.as_str().to_owned()),
        ("sku", variant.sku.clone()),
        ("barcode", variant.barcode.clone()),
        ("stock", left.to_string()),
        ("stock_was", left.to_string()),
        ("weight_grams", variant.weight_g.to_string()),
        ("status", product.status.as_str().to_owned()),
        ("slug", product.slug.clone()),
        ("featured", check_mark(product.featured)),
        ("gift_card", check_mark(product.gift_card)),
        ("categories", categories.join(", ")),
        ("lock_version", product.lock_version.to_string()),
    ]);
    for (option, number) in product.options(conn)?.iter().zip(1..) {
        let values: Vec<&str> = option.values.iter().map(|value| value.name.as_str()).collect();
        form.set(&format!("option_name_{number}"), option.name.clone());
        form.set(&format!("option_values_{number}"), join_values(&values));
    }
    for media in product.pictures(conn)? {
        form.set(&format!("alt_{}", media.public_id), media.alt_text);
        form.add("picture", media.public_id);
    }
    Ok(form)
}

/// The name of a field about one of several variants.
fn variant_field(choice: &Choice, name: &str) -> String {
    format!("variant_{}_{name}", choice.variant.public_id)
}

/// Fills in the fields about one of several variants.
fn say_variant(form: &mut Fields, choice: &Choice) {
    let Choice { variant, left, .. } = choice;
    for (name, value) in [
        ("price", variant.price().decimal()),
        ("compare_at_price", variant.compare_at().map_or_else(String::new, |money| money.decimal())),
        ("sku", variant.sku.clone()),
        ("barcode", variant.barcode.clone()),
        ("stock", left.to_string()),
        ("stock_was", left.to_string()),
        ("weight_grams", variant.weight_g.to_string()),
    ] {
        form.set(&variant_field(choice, name), value);
    }
}

fn variant_row(choice: Choice) -> FormVariant {
    FormVariant {
        stock_href: paths::admin::stock_of(&choice.variant.public_id),
        name: choice.variant.options,
        id: choice.variant.public_id,
    }
}

fn listed(cx: &Context, row: Listed, categories: &[(i64, Category)]) -> Row {
    let mine = categories.iter().filter(|(id, _)| *id == row.product.id).map(|(_, category)| category.title.as_str());
    Row {
        href: paths::admin::product(&row.product.public_id),
        is_from: row.is_from(),
        picture: row.picture.map(|media| picture(&media, None)),
        state: state(row.product.status),
        stock: row.left,
        is_low: row.sold_out == 0 && row.fewest <= FEW,
        sold_out: row.left <= 0,
        variants_sold_out: row.sold_out,
        price: cx.amount_in(row.variant.price_minor, &row.variant.currency),
        categories: mine.collect::<Vec<_>>().join(", "),
        sku: match row.product.variant_count {
            1 => row.variant.sku,
            several => format!("{several} variants"),
        },
        title: row.product.title,
    }
}

fn counts(conn: &mut Conn) -> Result<Counts> {
    let mut count = |status| Product::count(conn, status);
    Ok(Counts {
        all: count(None)?,
        active: count(Some(Status::Active))?,
        draft: count(Some(Status::Draft))?,
        archived: count(Some(Status::Archived))?,
    })
}

fn state(status: Status) -> Pill {
    let (text, kind) = match status {
        Status::Active => ("Active", "good"),
        Status::Draft => ("Draft", "warn todo"),
        Status::Archived => ("Archived", ""),
    };
    Pill { text: text.to_owned(), kind }
}
