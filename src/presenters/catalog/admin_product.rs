//! Products in the admin: the list and the form.

use super::tax_class::tax_class_options;
use crate::forms::Fields;
use crate::models::catalog::category::Category;
use crate::models::catalog::product::options::VariantListing;
use crate::models::catalog::product::{Product, ProductListing, ProductStatus};
use crate::models::catalog::stock_listing::DEFAULT_LOW_STOCK;
use crate::models::catalog::variant::Variant;
use crate::models::content::media::Media;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::support::i18n::Locale;
use crate::support::ids::ProductId;
use crate::views::admin::Pill;
use crate::views::admin::catalog::products::{Edit, FormPicture, FormVariant, Row};

pub struct ProductEditor {
    /// The product with its only or cheapest variant; `None` for a new product.
    pub product: Option<(Product, Variant)>,
    pub pictures: Vec<Media>,
    /// Empty unless the product has options.
    pub variants: Vec<VariantListing>,
    pub reserved: i64,
    pub categories: Vec<Category>,
    pub prices_include_tax: bool,
}

pub fn product_status_label(t: Locale, status: ProductStatus) -> &'static str {
    match status {
        ProductStatus::Active => t.admin_product_active(),
        ProductStatus::Draft => t.admin_product_draft(),
        ProductStatus::Archived => t.admin_product_archived(),
    }
}

fn status_pill(t: Locale, status: ProductStatus) -> Pill {
    let kind = match status {
        ProductStatus::Active => "good",
        ProductStatus::Draft => "warn todo",
        ProductStatus::Archived => "",
    };
    Pill { text: product_status_label(t, status).to_owned(), kind }
}

/// `categories` are those of all products in the list, by product id.
pub fn product_row(listing: ProductListing, categories: &[(ProductId, Category)], format: &Format) -> Row {
    let id = listing.product.id;
    let categories = categories.iter().filter(|(product, _)| *product == id);
    let titles: Vec<&str> = categories.map(|(_, category)| category.title.as_str()).collect();
    Row {
        href: paths::admin::product(&listing.product.public_id),
        has_price_range: listing.has_price_range(),
        picture: listing.picture.map(|media| picture_from_media(&media, None)),
        state: status_pill(format.locale, listing.product.status),
        stock: listing.available,
        is_low: listing.sold_out_count == 0 && listing.min_available <= DEFAULT_LOW_STOCK,
        sold_out: listing.available <= 0,
        variants_sold_out: listing.sold_out_count,
        price: format.amount_in(listing.variant.price_minor, listing.variant.currency),
        categories: titles.join(", "),
        sku: match listing.product.variant_count {
            1 => listing.variant.sku,
            several => format.locale.admin_product_variants_count(several),
        },
        title: listing.product.title,
    }
}

pub fn product_form(editor: ProductEditor, form: Fields, format: &Format) -> Edit {
    let ProductEditor { product, pictures, variants, reserved, categories, prices_include_tax } = editor;
    let active = product.as_ref().filter(|(product, _)| product.status == ProductStatus::Active);
    let status = product.as_ref().map_or(ProductStatus::Draft, |(product, _)| product.status);
    Edit {
        t: format.locale,
        state: status_pill(format.locale, status),
        public_href: active.map(|(product, _)| paths::product(&product.slug)),
        pictures: pictures.into_iter().map(form_picture).collect(),
        variants: variants.into_iter().map(form_variant).collect(),
        stock_href: product.as_ref().map(|(_, variant)| paths::admin::variant_stock(&variant.public_id)),
        reserved,
        currency: format.currency.code().to_owned(),
        prices_include_tax,
        tax_classes: tax_class_options(format.locale),
        known_categories: categories.into_iter().map(|category| category.path).collect(),
        name: product.as_ref().map_or_else(String::new, |(product, _)| product.title.clone()),
        id: product.map(|(product, _)| product.public_id),
        form,
    }
}

fn form_picture(media: Media) -> FormPicture {
    FormPicture { picture: picture_from_media(&media, None), id: media.public_id }
}

fn form_variant(listing: VariantListing) -> FormVariant {
    FormVariant {
        stock_href: paths::admin::variant_stock(&listing.variant.public_id),
        name: listing.variant.options,
        id: listing.variant.public_id,
    }
}
