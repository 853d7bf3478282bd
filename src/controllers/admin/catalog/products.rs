//! Products: the list and the form.

use actix_web::web::Path;

use crate::app::RenderPurpose;
use crate::controllers::admin::uploads::{self, UploadResult};
use crate::controllers::admin::{ListQuery, add_model_error, busy_to_invalid, checkbox_value};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::catalog::products::{ProductForm, ProductFormData, join_values};
use crate::http::guards::needs;
use crate::http::{Context, Form, FormWithFiles, Reply, Staff};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::edit::OptionInput;
use crate::models::catalog::product::options::VariantListing;
use crate::models::catalog::product::{Product, ProductStatus};
use crate::models::catalog::variant::{Variant, stock};
use crate::models::content::media::Media;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::catalog::admin_product::{ProductEditor, product_form, product_row};
use crate::support::i18n::Message;
use crate::support::markdown::PicturePolicy;
use crate::views::admin::catalog::products::{Counts, Edit, Index};

type Keeper = Staff<needs::Products>;
type KeeperForm = FormWithFiles<needs::Products>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, cx| {
            let rows =
                Product::list_for_admin(conn, ProductStatus::parse(&find.tab), &find.search_words(), &find.cursor)?;
            let ids: Vec<_> = rows.items.iter().map(|row| row.product.id).collect();
            let categories = Category::for_products(conn, &ids)?;
            let rows = rows.map(|listing| product_row(listing, &categories, cx.format()));
            Ok(Index { t: cx.locale(), tab: find.tab, counts: counts(conn)?, q: find.q, rows })
        })
        .await
}

pub async fn new(staff: Keeper) -> Result<Reply> {
    let form = Fields::from_pairs([
        ("status", ProductStatus::Draft.as_str().to_owned()),
        ("tax_class", "standard".to_owned()),
        ("stock", "0".to_owned()),
        ("lock_version", "0".to_owned()),
    ]);
    staff.render_page(move |conn, cx| page(conn, cx, None, form)).await
}

pub async fn create(staff: Keeper, FormWithFiles { mut form, .. }: KeeperForm) -> Result<Reply> {
    let Some((typed, uploaded)) = check(&staff, &mut form).await? else {
        return render_form(&staff, None, form.fields, false).await;
    };
    let actor = staff.actor();
    let made = staff.write_once(&form.token, move |tx| {
        let typed = with_known_pictures(tx, &typed)?;
        let product = Product::create(tx, &typed.input, &actor)?;
        Ok(Reply::redirect(paths::admin::product(&product.public_id)).notice(uploaded.notice(Message::ProductSaved)))
    });
    match made.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, None, form.fields, false).await
        }
    }
}

pub async fn edit(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let (product, variant) = Product::find(conn, &id)?;
            let form = fields_of(conn, &product, &variant)?;
            page(conn, cx, Some((product, variant)), form)
        })
        .await
}

pub async fn update(staff: Keeper, id: Path<String>, FormWithFiles { mut form, .. }: KeeperForm) -> Result<Reply> {
    let id = id.into_inner();
    let Some((typed, uploaded)) = check(&staff, &mut form).await? else {
        return render_form(&staff, Some(id), form.fields, false).await;
    };
    let (actor, wanted) = (staff.actor(), id.clone());
    let saved = staff.write_once(&form.token, move |tx| {
        let (product, variant) = Product::find(tx.conn(), &wanted)?;
        let mut typed = with_known_pictures(tx, &typed)?;
        if !typed.has_options {
            typed.input.options = product.options(tx.conn())?.iter().map(OptionInput::from_option).collect();
        }
        product.save(tx, &variant, typed.lock_version, &typed.input, &actor)?;
        Ok(Reply::redirect(paths::admin::product(&wanted)).notice(uploaded.notice(Message::ProductSaved)))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::AlreadySubmitted) => render_form(&staff, Some(id), form.fields, true).await,
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, Some(id), form.fields, false).await
        }
    }
}

/// Stores uploads first, so that an invalid field does not lose them, then checks the rest of the form.
async fn check(staff: &Keeper, form: &mut Form) -> Result<Option<(ProductFormData, UploadResult<Media>)>> {
    let uploaded = uploads::add_to_library(staff, form.files.remove("images").unwrap_or_default()).await?;
    for media in &uploaded.pictures {
        if !form.fields.has_value("picture", &media.public_id) {
            form.fields.set(&format!("alt_{}", media.public_id), media.alt_text.clone());
            form.fields.add("picture", media.public_id.clone());
        }
    }
    if let Some(message) = &uploaded.error {
        form.fields.add_error("images", message.clone());
    }
    let settings = staff.read(Settings::load).await?;
    form.fields.set_currency(settings.currency, settings.locale);
    let Some(mut typed) = form.fields.check::<ProductForm>() else { return Ok(None) };
    let source = std::mem::take(&mut typed.description_md);
    match staff.visitor.app().render_markdown(source, PicturePolicy::None, RenderPurpose::Publish, "description").await
    {
        Ok(text) => typed.input.description = text,
        Err(error) => {
            add_model_error(&mut form.fields, busy_to_invalid(error))?;
            return Ok(None);
        }
    }
    Ok(Some((typed, uploaded)))
}

/// Drops pictures that were deleted from the library since the form was opened.
fn with_known_pictures(tx: &mut Tx<'_>, typed: &ProductFormData) -> Result<ProductFormData> {
    let ids: Vec<String> = typed.input.pictures.iter().map(|(id, _)| id.clone()).collect();
    let known = Media::find_by_public_ids(tx.conn(), &ids)?;
    let mut typed = typed.clone();
    typed.input.pictures.retain(|(id, _)| known.iter().any(|media| media.public_id == *id));
    Ok(typed)
}

/// Renders the form with what was typed (422). After a conflict it takes over the saved `lock_version`, so that saving
/// again overwrites deliberately.
async fn render_form(staff: &Keeper, id: Option<String>, mut form: Fields, conflict: bool) -> Result<Reply> {
    let reply = staff.render_page(move |conn, cx| {
        let product = id.map(|id| Product::find(conn, &id)).transpose()?;
        if let Some((product, variant)) = product.as_ref().filter(|_| conflict) {
            form.add_conflict(&fields_of(conn, product, variant)?);
        }
        page(conn, cx, product, form)
    });
    Ok(reply.await?.unprocessable())
}

fn page(conn: &mut Conn, cx: &Context, product: Option<(Product, Variant)>, mut form: Fields) -> Result<Edit> {
    let ids = form.values("picture").to_vec();
    let library = Media::find_by_public_ids(conn, &ids)?;
    let pictures = ids.iter().filter_map(|id| library.iter().find(|media| media.public_id == *id)).cloned().collect();
    let variants = match &product {
        Some((product, _)) if !product.options(conn)?.is_empty() => product.variants_for_sale(conn)?,
        _ => Vec::new(),
    };
    for choice in &variants {
        // The variant may have been created since the form was opened.
        if form.values(&variant_field(choice, "price")).is_empty() {
            say_variant(&mut form, choice);
        }
    }
    let editor = ProductEditor {
        pictures,
        variants,
        reserved: product.as_ref().map_or(Ok(0), |(_, variant)| stock::held_quantity(conn, variant.id))?,
        categories: Category::all(conn)?,
        prices_include_tax: cx.settings.prices_include_tax,
        product,
    };
    Ok(product_form(editor, form, cx.format()))
}

fn fields_of(conn: &mut Conn, product: &Product, variant: &Variant) -> Result<Fields> {
    let left = Variant::available_quantities(conn, &[variant.id])?.first().map_or(0, |(_, left)| *left);
    let categories: Vec<String> = Category::for_product(conn, product.id)?.into_iter().map(|c| c.path).collect();
    let mut form = Fields::from_pairs([
        ("title", product.title.clone()),
        ("description", product.description_md.clone()),
        ("facts", product.attributes.clone()),
        ("tax_class", product.tax_class.as_str().to_owned()),
        ("sku", variant.sku.clone()),
        ("barcode", variant.barcode.clone()),
        ("stock", left.to_string()),
        ("stock_was", left.to_string()),
        ("weight_grams", variant.weight_g.to_string()),
        ("status", product.status.as_str().to_owned()),
        ("slug", product.slug.clone()),
        ("featured", checkbox_value(product.featured)),
        ("gift_card", checkbox_value(product.gift_card)),
        ("categories", categories.join(", ")),
        ("lock_version", product.lock_version.to_string()),
    ]);
    form.set_amount("price", variant.price());
    form.set_amount("compare_at_price", variant.compare_at());
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

/// Must match `FormVariant::field`.
fn variant_field(choice: &VariantListing, name: &str) -> String {
    format!("variant_{}_{name}", choice.variant.public_id)
}

fn say_variant(form: &mut Fields, choice: &VariantListing) {
    let VariantListing { variant, available: left, .. } = choice;
    form.set_amount(&variant_field(choice, "price"), variant.price());
    form.set_amount(&variant_field(choice, "compare_at_price"), variant.compare_at());
    for (name, value) in [
        ("sku", variant.sku.clone()),
        ("barcode", variant.barcode.clone()),
        ("stock", left.to_string()),
        ("stock_was", left.to_string()),
        ("weight_grams", variant.weight_g.to_string()),
    ] {
        form.set(&variant_field(choice, name), value);
    }
}

fn counts(conn: &mut Conn) -> Result<Counts> {
    let mut count = |status| Product::count(conn, status);
    Ok(Counts {
        all: count(None)?,
        active: count(Some(ProductStatus::Active))?,
        draft: count(Some(ProductStatus::Draft))?,
        archived: count(Some(ProductStatus::Archived))?,
    })
}
