//! Product cards, and the notes beside a reduced price.

use std::collections::HashMap;

use crate::models::catalog::product::ProductListing;
use crate::models::catalog::variant::Variant;
use crate::paths;
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::presenters::to_i32;
use crate::support::clock::Utc;
use crate::support::ids::VariantId;
use crate::support::money;
use crate::views::Amount;
use crate::views::shop::products::Card;

/// The price notes of a reduced variant (directive 98/6/EC art. 6a).
pub struct Reduction {
    /// The price before the reduction, as the owner states it.
    pub compare_at: Option<Amount>,
    /// The lowest price of the 30 days before the reduction, if it differs from `compare_at`.
    pub low_30_days: Option<Amount>,
    /// Reduction in whole percent of that lowest price; `None` if the price is not below it.
    pub percent: Option<i32>,
}

pub fn reduced_variants<'a>(variants: impl IntoIterator<Item = &'a Variant>) -> Vec<&'a Variant> {
    variants.into_iter().filter(|variant| variant.compare_at().is_some()).collect()
}

/// A variant's notes, all `None` if it is not reduced. `lowest` is the lowest prior price in minor units by variant id.
pub fn present_reduction(variant: &Variant, lowest: &HashMap<VariantId, i64>, format: &Format) -> Reduction {
    let Some(before) = variant.compare_at() else {
        return Reduction { compare_at: None, low_30_days: None, percent: None };
    };
    let lowest = lowest.get(&variant.id).copied();
    let off = lowest
        .and_then(|lowest| money::divide_rounded(i128::from(lowest - variant.price_minor) * 100, i128::from(lowest)));
    Reduction {
        compare_at: Some(format.amount_in(before.minor, variant.currency)),
        low_30_days: lowest
            .filter(|lowest| *lowest != before.minor)
            .map(|lowest| format.amount_in(lowest, variant.currency)),
        percent: off.map(to_i32).filter(|percent| *percent > 0),
    }
}

/// A product card. `lowest` is as in [`present_reduction`].
pub fn product_card(listing: &ProductListing, lowest: &HashMap<VariantId, i64>, format: &Format, now: Utc) -> Card {
    let ProductListing { product, variant, available, picture: media, .. } = listing;
    let reduction = present_reduction(variant, lowest, format);
    Card {
        href: paths::product(&product.slug),
        title: product.title.clone(),
        slug: product.slug.clone(),
        note: product.first_attribute().unwrap_or_default().to_owned(),
        picture: media.as_ref().map(|media| picture_from_media(media, None)),
        price: format.amount_in(variant.price_minor, variant.currency),
        has_price_range: listing.has_price_range(),
        compare_at: reduction.compare_at,
        low_30_days: reduction.low_30_days,
        discount_percent: reduction.percent,
        sold_out: *available <= 0,
        is_new: product.is_new(now),
    }
}
