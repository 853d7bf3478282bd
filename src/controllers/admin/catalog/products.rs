//! Products: the list and the form.

use crate::app::RenderPurpose;
use crate::controllers::admin::uploads::{self, UploadResult};
use crate::controllers::admin::{ListQuery, add_model_error, busy_to_invalid, checkbox_value};
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::catalog::products::{ProductForm, ProductFormData, join_values};
use crate::http::guards::needs;
use crate::http::resource_path::ProductPath;
use crate::http::{AdminRequest, Context, Form, FormWithFiles, Reply, Staff};
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

pub async fn index(admin: AdminRequest<needs::Products>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let list = ListQuery::from_context(cx);
            let status = ProductStatus::parse(&list.tab);
            let rows = Product::list_for_admin(conn, status, &list.search_words(), &list.cursor)?;
            let ids: Vec<_> = rows.items.iter().map(|row| row.product.id).collect();
            let categories = Category::for_products(conn, &ids)?;
            let rows = rows.map(|listing| product_row(listing, &categories, cx.format()));
            Ok(Index { t: cx.locale(), tab: list.tab, counts: load_counts(conn)?, q: list.q, rows })
        })
        .await
}

pub async fn new(admin: AdminRequest<needs::Products>) -> Result<Reply> {
    let form = Fields::from_pairs([
        ("status", ProductStatus::Draft.as_str().to_owned()),
        ("tax_class", "standard".to_owned()),
        ("stock", "0".to_owned()),
        ("lock_version", "0".to_owned()),
    ]);
    admin.render_page(move |conn, cx| build_page(conn, cx, None, form)).await
}

pub async fn create(
    staff: Staff<needs::Products>,
    FormWithFiles { mut form, .. }: FormWithFiles<needs::Products>,
) -> Result<Reply> {
    let Some((data, uploaded)) = check(&staff, &mut form).await? else {
        return render_form(&staff, None, form.fields, false).await;
    };
    let actor = staff.actor();
    let created = staff.write_once(&form.token, move |tx| {
        let data = drop_deleted_pictures(tx, &data)?;
        let product = Product::create(tx, &data.input, &actor)?;
        Ok(Reply::redirect(paths::admin::product(&product.public_id)).notice(uploaded.notice(Message::ProductSaved)))
    });
    match created.await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, None, form.fields, false).await
        }
    }
}

pub async fn edit(admin: AdminRequest<needs::Products>, path: ProductPath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let (product, variant) = path.load(conn)?;
            let form = load_fields(conn, &product, &variant)?;
            build_page(conn, cx, Some((product, variant)), form)
        })
        .await
}

pub async fn update(
    staff: Staff<needs::Products>,
    path: ProductPath,
    FormWithFiles { mut form, .. }: FormWithFiles<needs::Products>,
) -> Result<Reply> {
    let Some((data, uploaded)) = check(&staff, &mut form).await? else {
        return render_form(&staff, Some(path), form.fields, false).await;
    };
    let (actor, product_path) = (staff.actor(), path.clone());
    let saved = staff.write_once(&form.token, move |tx| {
        let (product, variant) = product_path.load(tx.conn())?;
        let mut data = drop_deleted_pictures(tx, &data)?;
        if !data.has_options {
            data.input.options = product.options(tx.conn())?.iter().map(OptionInput::from_option).collect();
        }
        product.save(tx, &variant, data.lock_version, &data.input, &actor)?;
        Ok(Reply::redirect(paths::admin::product(&product_path.id)).notice(uploaded.notice(Message::ProductSaved)))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::AlreadySubmitted) => render_form(&staff, Some(path), form.fields, true).await,
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, Some(path), form.fields, false).await
        }
    }
}

/// Stores uploads first, so that an invalid field does not lose them, then checks the rest of the form.
async fn check(
    staff: &Staff<needs::Products>,
    form: &mut Form,
) -> Result<Option<(ProductFormData, UploadResult<Media>)>> {
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
    let Some(mut data) = form.fields.check::<ProductForm>() else { return Ok(None) };
    let source = std::mem::take(&mut data.description_md);
    match staff.visitor.app().render_markdown(source, PicturePolicy::None, RenderPurpose::Publish, "description").await
    {
        Ok(text) => data.input.description = text,
        Err(error) => {
            add_model_error(&mut form.fields, busy_to_invalid(error))?;
            return Ok(None);
        }
    }
    Ok(Some((data, uploaded)))
}

/// Drops pictures that were deleted from the library since the form was opened.
fn drop_deleted_pictures(tx: &mut Tx<'_>, data: &ProductFormData) -> Result<ProductFormData> {
    let ids: Vec<String> = data.input.pictures.iter().map(|(id, _)| id.clone()).collect();
    let library = Media::find_by_public_ids(tx.conn(), &ids)?;
    let mut data = data.clone();
    data.input.pictures.retain(|(id, _)| library.iter().any(|media| media.public_id == *id));
    Ok(data)
}

/// Renders the form with what was typed (422); a conflict also takes over the saved `lock_version`.
/// The fields of a product without options; otherwise each variant has its own.
const FIELDS_WITHOUT_VARIANTS: [&str; 6] = ["price", "compare_at_price", "sku", "barcode", "stock", "weight_grams"];

async fn render_form(
    staff: &Staff<needs::Products>,
    path: Option<ProductPath>,
    mut form: Fields,
    is_conflict: bool,
) -> Result<Reply> {
    let page = staff.render_page(move |conn, cx| {
        let product = path.map(|path| path.load(conn)).transpose()?;
        if let Some((product, variant)) = product.as_ref().filter(|_| is_conflict) {
            form.add_conflict(&load_fields(conn, product, variant)?);
        }
        build_page(conn, cx, product, form)
    });
    Ok(page.await?.unprocessable())
}

fn build_page(conn: &mut Conn, cx: &Context, product: Option<(Product, Variant)>, mut form: Fields) -> Result<Edit> {
    let ids = form.values("picture").to_vec();
    let library = Media::find_by_public_ids(conn, &ids)?;
    let pictures = ids.iter().filter_map(|id| library.iter().find(|media| media.public_id == *id)).cloned().collect();
    let variants = match &product {
        Some((product, _)) if !product.options(conn)?.is_empty() => product.variants_for_sale(conn)?,
        _ => Vec::new(),
    };
    for listing in &variants {
        // The variant may have been created since the form was opened.
        if form.values(&variant_field(listing, "price")).is_empty() {
            set_variant_fields(&mut form, listing);
        }
    }
    // A variant may have been removed, or the first ones created, since the form was opened.
    form.detach_hidden_errors(|name| match name.starts_with("variant_") {
        true => variants.iter().any(|listing| name.starts_with(&variant_field(listing, ""))),
        false => variants.is_empty() || !FIELDS_WITHOUT_VARIANTS.contains(&name),
    });
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

fn load_fields(conn: &mut Conn, product: &Product, variant: &Variant) -> Result<Fields> {
    let available = Variant::available_quantities(conn, &[variant.id])?.first().map_or(0, |(_, available)| *available);
    let categories: Vec<String> = Category::for_product(conn, product.id)?.into_iter().map(|c| c.path).collect();
    let mut form = Fields::from_pairs([
        ("title", product.title.clone()),
        ("description", product.description_md.clone()),
        ("facts", product.attributes.clone()),
        ("tax_class", product.tax_class.as_str().to_owned()),
        ("sku", variant.sku.clone()),
        ("barcode", variant.barcode.clone()),
        ("stock", available.to_string()),
        ("stock_was", available.to_string()),
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
fn variant_field(listing: &VariantListing, name: &str) -> String {
    format!("variant_{}_{name}", listing.variant.public_id)
}

fn set_variant_fields(form: &mut Fields, listing: &VariantListing) {
    let VariantListing { variant, available, .. } = listing;
    form.set_amount(&variant_field(listing, "price"), variant.price());
    form.set_amount(&variant_field(listing, "compare_at_price"), variant.compare_at());
    for (name, value) in [
        ("sku", variant.sku.clone()),
        ("barcode", variant.barcode.clone()),
        ("stock", available.to_string()),
        ("stock_was", available.to_string()),
        ("weight_grams", variant.weight_g.to_string()),
    ] {
        form.set(&variant_field(listing, name), value);
    }
}

fn load_counts(conn: &mut Conn) -> Result<Counts> {
    let mut count = |status| Product::count(conn, status);
    Ok(Counts {
        all: count(None)?,
        active: count(Some(ProductStatus::Active))?,
        draft: count(Some(ProductStatus::Draft))?,
        archived: count(Some(ProductStatus::Archived))?,
    })
}
