//! Keeps the variants of a product in step with its options: one variant per combination.
//!
//! The variant of a removed combination is never deleted: it is archived with its stock and history, and restored when
//! the combination returns.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Product;
use super::edit::{OptionInput, ProductInput, VariantInput, map_unique_violation};
use super::options::{MAX_VARIANTS, ProductOption, option_key_of, too_many_variants};
use crate::db::{AnyBackend, Tx};
use crate::error::{Error, Result};
use crate::models::catalog::variant::{Variant, stock};
use crate::models::platform::event::Actor;
use crate::schema::{price_history, product_option_values, product_options, products, variants};
use crate::support::i18n::Message;
use crate::support::ids::{ProductId, VariantId};
use crate::support::money::Money;
use crate::support::{normalisation, slug};

/// Search keywords of a product besides its title.
pub(super) struct VariantKeywords {
    pub(super) skus: String,
    pub(super) barcodes: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = variants, check_for_backend(AnyBackend))]
struct Stored {
    id: VariantId,
    public_id: String,
    option_key: String,
    options: String,
    position: i64,
    sku: String,
    barcode: String,
    price_minor: i64,
    compare_at_minor: Option<i64>,
    weight_g: i64,
    for_sale: bool,
}

/// Key, label and position of a variant within its product.
struct Place {
    key: String,
    label: String,
    position: i64,
}

/// Creates the variants of a new product.
///
/// # Errors
/// `Invalid` on `sku` when one is taken.
pub(super) fn create_variants(
    tx: &mut Tx<'_>,
    product: ProductId,
    wanted: &ProductInput,
    by: &Actor,
) -> Result<VariantKeywords> {
    let values = write_options(tx, product, &wanted.options)?;
    let mut made = Vec::new();
    for (at, combination) in combinations(&wanted.options)?.iter().enumerate() {
        let place = place_of(&wanted.options, &values, combination, at);
        let one = match wanted.variants.get(at) {
            Some(one) => one.clone(),
            None if at == 0 => wanted.base_variant.clone(),
            None => like(&wanted.base_variant),
        };
        made.push(insert(tx, product, &wanted.title, &place, &one, by)?);
    }
    summed_up(tx, product, &made)
}

/// Changes the variants to match `wanted`. `own` is the variant that the product's own fields apply to.
///
/// # Errors
/// `Invalid` on the SKU or stock field of the variant concerned.
pub(super) fn sync_variants(
    tx: &mut Tx<'_>,
    product: &Product,
    own: &Variant,
    wanted: &ProductInput,
    by: &Actor,
) -> Result<VariantKeywords> {
    let old = product.options(tx.conn())?;
    let mine = variants::table.filter(variants::product_id.eq(product.id));
    let stored: Vec<Stored> =
        mine.order((variants::position, variants::id)).select(Stored::as_select()).load(tx.conn())?;
    if product.title != wanted.title {
        diesel::update(mine)
            .set((variants::title.eq(&wanted.title), variants::sort_title.eq(slug::sort_key(&wanted.title))))
            .execute(tx.conn())?;
    }
    let (for_sale, mut put_away): (Vec<Stored>, Vec<Stored>) = stored.into_iter().partition(|one| one.for_sale);
    let is_other = !is_same(&old, &wanted.options);
    let wanted_combinations = combinations(&wanted.options)?;
    let (mut kept, gone) = diff(for_sale, &old, &wanted.options);
    let values = if is_other {
        archive_all(tx, &gone)?;
        free_keys(tx, kept.values())?;
        diesel::delete(product_options::table.filter(product_options::product_id.eq(product.id))).execute(tx.conn())?;
        write_options(tx, product.id, &wanted.options)?
    } else {
        old.iter().map(|option| option.values.iter().map(|value| value.id).collect()).collect()
    };
    free_skus(tx, kept.values(), wanted)?;
    let (mut now, mut counts) = (Vec::new(), Vec::new());
    for (at, combination) in wanted_combinations.iter().enumerate() {
        let place = place_of(&wanted.options, &values, combination, at);
        let one = if let Some(one) = kept.remove(combination) {
            let named = wanted.variants.iter().find(|named| named.public_id == one.public_id).cloned();
            let is_own = one.id == own.id && wanted.variants.is_empty();
            let named = named.or_else(|| is_own.then(|| wanted.base_variant.clone()));
            if let Some(named) = named.as_ref().filter(|named| named.stock != named.stock_was) {
                counts.push((one.id, named.stock - named.stock_was, field_of(wanted, &one, "stock")));
            }
            update(tx, one, &place, named.as_ref(), wanted, is_other)?
        } else if let Some(one) = again(&mut put_away, &place) {
            bring_back(tx, one, &place)?
        } else {
            insert(tx, product.id, &wanted.title, &place, &like(&wanted.base_variant), by)?
        };
        now.push(one);
    }
    // Lock stock levels in the order of their variants, so that concurrent saves cannot deadlock.
    counts.sort_by_key(|(variant, ..)| *variant);
    for (variant, change, field) in counts {
        stock::adjust(tx, variant, change, by).map_err(|error| match error {
            Error::Invalid { message, .. } => Error::invalid(field, message),
            error => error,
        })?;
    }
    summed_up(tx, product.id, &now)
}

/// Takes the archived variant with the same options, if there is one.
fn again(put_away: &mut Vec<Stored>, place: &Place) -> Option<Stored> {
    let at = put_away.iter().position(|one| one.options == place.label)?;
    (!place.label.is_empty()).then(|| put_away.swap_remove(at))
}

/// The value positions of all combinations of the options; one empty combination without options.
fn combinations(options: &[OptionInput]) -> Result<Vec<Vec<usize>>> {
    let many: usize = options.iter().map(|option| option.values.len()).fold(1, usize::saturating_mul);
    if many > MAX_VARIANTS {
        return Err(Error::invalid("option_values_1", too_many_variants(many)));
    }
    let mut all = vec![Vec::new()];
    for option in options {
        let longer =
            |start: Vec<usize>| (0..option.values.len()).map(move |place| [start.clone(), vec![place]].concat());
        all = all.into_iter().flat_map(longer).collect();
    }
    Ok(all)
}

/// The form field of this variant, or of the product if it has only one.
fn field_of(wanted: &ProductInput, one: &Stored, name: &'static str) -> String {
    if wanted.variants.is_empty() { name.to_owned() } else { format!("variant_{}_{name}", one.public_id) }
}

/// Key, label and position of a combination; `values` are the row ids of the options' values.
fn place_of(options: &[OptionInput], values: &[Vec<i64>], combination: &[usize], at: usize) -> Place {
    let ids: Vec<i64> =
        values.iter().zip(combination).filter_map(|(values, place)| values.get(*place).copied()).collect();
    let chosen = options.iter().zip(combination);
    let label = chosen.filter_map(|(option, place)| Some(format!("{}: {}", option.name, option.values.get(*place)?)));
    let label = label.collect::<Vec<_>>().join(" · ");
    Place { key: option_key_of(&ids), label, position: i64::try_from(at).unwrap_or(0) + 1 }
}

fn is_same(old: &[ProductOption], new: &[OptionInput]) -> bool {
    old.iter().map(OptionInput::from_option).eq(new.iter().cloned())
}

/// For each new name the index of the old one that it continues: the same name, or the one at the same position if that
/// name no longer exists (a rename).
fn matched(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let same = |one: &str, other: &str| normalisation::fold_case(one) == normalisation::fold_case(other);
    let mut places: Vec<Option<usize>> =
        new.iter().map(|name| old.iter().position(|known| same(known, name))).collect();
    let taken: Vec<usize> = places.iter().flatten().copied().collect();
    for (at, place) in places.iter_mut().enumerate() {
        if place.is_none() && at < old.len() && !taken.contains(&at) {
            *place = Some(at);
        }
    }
    places
}

/// Splits the variants into those that stay, by new combination, and those to archive. Existing variants get the first
/// value of a new option; when an option is removed, the variants with its first value stay.
fn diff(
    for_sale: Vec<Stored>,
    old: &[ProductOption],
    new: &[OptionInput],
) -> (HashMap<Vec<usize>, Stored>, Vec<Stored>) {
    let names = |options: &[ProductOption]| options.iter().map(|option| option.name.clone()).collect::<Vec<_>>();
    let (old_names, new_names) = (names(old), new.iter().map(|option| option.name.as_str()).collect::<Vec<_>>());
    let options = matched(&old_names.iter().map(String::as_str).collect::<Vec<_>>(), &new_names);
    let moves: Vec<Option<(usize, Vec<Option<usize>>)>> = options
        .iter()
        .zip(new)
        .map(|(from, option)| {
            let from = (*from)?;
            let known: Vec<&str> = old.get(from)?.values.iter().map(|value| value.name.as_str()).collect();
            let wanted: Vec<&str> = option.values.iter().map(String::as_str).collect();
            Some((from, matched(&known, &wanted)))
        })
        .collect();
    let dropped: Vec<usize> = (0..old.len()).filter(|at| !options.contains(&Some(*at))).collect();
    let combination = |one: &Stored| -> Option<Vec<usize>> {
        let ids: Vec<Option<i64>> = one.option_key.split('-').map(|id| id.parse().ok()).collect();
        let places: Vec<Option<usize>> = old
            .iter()
            .zip(&ids)
            .map(|(option, id)| option.values.iter().position(|value| Some(value.id) == *id))
            .collect();
        if dropped.iter().any(|at| places.get(*at) != Some(&Some(0))) {
            return None;
        }
        let place = |to: &Option<(usize, Vec<Option<usize>>)>| match to {
            None => Some(0),
            Some((from, values)) => {
                let was = places.get(*from).copied().flatten()?;
                values.iter().position(|value| *value == Some(was))
            }
        };
        moves.iter().map(place).collect()
    };
    let (mut kept, mut gone) = (HashMap::new(), Vec::new());
    for one in for_sale {
        match combination(&one) {
            Some(combination) if !kept.contains_key(&combination) => drop(kept.insert(combination, one)),
            _ => gone.push(one),
        }
    }
    (kept, gone)
}

/// Writes the options of a product that has none. Returns the row ids of their values.
fn write_options(tx: &mut Tx<'_>, product: ProductId, options: &[OptionInput]) -> Result<Vec<Vec<i64>>> {
    let mut rows = Vec::new();
    for (option, position) in options.iter().zip(1_i64..) {
        let row = (
            product_options::product_id.eq(product),
            product_options::position.eq(position),
            product_options::name.eq(&option.name),
        );
        let id: i64 = diesel::insert_into(product_options::table)
            .values(row)
            .returning(product_options::id)
            .get_result(tx.conn())?;
        let mut values = Vec::new();
        for (value, position) in option.values.iter().zip(1_i64..) {
            let row = (
                product_option_values::option_id.eq(id),
                product_option_values::position.eq(position),
                product_option_values::name.eq(value),
            );
            values.push(
                diesel::insert_into(product_option_values::table)
                    .values(row)
                    .returning(product_option_values::id)
                    .get_result(tx.conn())?,
            );
        }
        rows.push(values);
    }
    Ok(rows)
}

/// Archives variants. Clears `sku_normal`, so that other variants can use the SKUs.
fn archive_all(tx: &mut Tx<'_>, gone: &[Stored]) -> Result<()> {
    for one in gone {
        diesel::update(variants::table.find(one.id))
            .set((
                variants::for_sale.eq(false),
                variants::option_key.eq(format!("gone-{}", one.id)),
                variants::sku_normal.eq(None::<String>),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Gives each variant a temporary key, so that rewriting the keys cannot violate their unique constraint.
fn free_keys<'a>(tx: &mut Tx<'_>, kept: impl Iterator<Item = &'a Stored>) -> Result<()> {
    for one in kept {
        let key = variants::option_key.eq(format!("moving-{}", one.id));
        diesel::update(variants::table.find(one.id)).set(key).execute(tx.conn())?;
    }
    Ok(())
}

/// Clears the SKUs that change before new ones are written, so that two variants can swap theirs.
fn free_skus<'a>(tx: &mut Tx<'_>, kept: impl Iterator<Item = &'a Stored>, wanted: &ProductInput) -> Result<()> {
    for one in kept {
        let named = wanted.variants.iter().find(|named| named.public_id == one.public_id);
        if named.is_some_and(|named| named.sku != one.sku) {
            let none = variants::sku_normal.eq(None::<String>);
            diesel::update(variants::table.find(one.id)).set(none).execute(tx.conn())?;
        }
    }
    Ok(())
}

/// A new variant with the price and weight of `first`, without SKU, barcode and stock.
fn like(first: &VariantInput) -> VariantInput {
    VariantInput { compare_at: first.compare_at, weight_g: first.weight_g, ..VariantInput::from_price(first.price) }
}

fn sku_normal(sku: &str) -> Option<String> {
    (!sku.is_empty()).then(|| normalisation::fold_case(sku))
}

fn insert(
    tx: &mut Tx<'_>,
    product: ProductId,
    title: &str,
    place: &Place,
    one: &VariantInput,
    by: &Actor,
) -> Result<Stored> {
    let row = (
        variants::public_id.eq(tx.generate_public_id()?),
        variants::product_id.eq(product),
        variants::option_key.eq(&place.key),
        variants::options.eq(&place.label),
        variants::title.eq(title),
        variants::sort_title.eq(slug::sort_key(title)),
        variants::position.eq(place.position),
        variants::for_sale.eq(true),
        variants::sku.eq(&one.sku),
        variants::sku_normal.eq(sku_normal(&one.sku)),
        variants::barcode.eq(&one.barcode),
        variants::price_minor.eq(one.price.minor),
        variants::compare_at_minor.eq(one.compare_at.map(|money| money.minor)),
        variants::currency.eq(one.price.currency),
        variants::weight_g.eq(one.weight_g),
    );
    let made: Stored = map_unique_violation("sku", Message::SkuTakenByProduct, || {
        diesel::insert_into(variants::table)
            .values(row)
            .returning(<Stored as Selectable<AnyBackend>>::construct_selection())
            .get_result(tx.conn())
    })?;
    stock::create_level(tx, made.id, one.stock, by)?;
    note_price(tx, made.id, one.price)?;
    Ok(made)
}

/// Writes a variant if anything has changed.
fn update(
    tx: &mut Tx<'_>,
    was: Stored,
    place: &Place,
    named: Option<&VariantInput>,
    wanted: &ProductInput,
    lost_its_key: bool,
) -> Result<Stored> {
    let mut now =
        Stored { option_key: place.key.clone(), options: place.label.clone(), position: place.position, ..was.clone() };
    if let Some(named) = named {
        now.sku.clone_from(&named.sku);
        now.barcode.clone_from(&named.barcode);
        now.price_minor = named.price.minor;
        now.compare_at_minor = named.compare_at.map(|money| money.minor);
        now.weight_g = named.weight_g;
    }
    if lost_its_key || now != was {
        let message = match wanted.variants.len() {
            0 => Message::SkuTakenByProduct,
            _ => Message::SkuTakenByVariant,
        };
        map_unique_violation(field_of(wanted, &was, "sku"), message, || {
            diesel::update(variants::table.find(was.id))
                .set((
                    variants::option_key.eq(&now.option_key),
                    variants::options.eq(&now.options),
                    variants::position.eq(now.position),
                    variants::sku.eq(&now.sku),
                    variants::sku_normal.eq(sku_normal(&now.sku)),
                    variants::barcode.eq(&now.barcode),
                    variants::price_minor.eq(now.price_minor),
                    variants::compare_at_minor.eq(now.compare_at_minor),
                    variants::weight_g.eq(now.weight_g),
                ))
                .execute(tx.conn())
        })?;
    }
    if was.price_minor != now.price_minor {
        note_price(tx, was.id, Money::new(now.price_minor, wanted.base_variant.price.currency))?;
    }
    Ok(now)
}

/// Restores an archived variant, without its SKU if another variant uses that now.
fn bring_back(tx: &mut Tx<'_>, mut one: Stored, place: &Place) -> Result<Stored> {
    let normal = sku_normal(&one.sku);
    if let Some(normal) = &normal {
        let other = variants::table.filter(variants::sku_normal.eq(normal));
        if diesel::select(diesel::dsl::exists(other)).get_result(tx.conn())? {
            one.sku = String::new();
        }
    }
    diesel::update(variants::table.find(one.id))
        .set((
            variants::option_key.eq(&place.key),
            variants::position.eq(place.position),
            variants::for_sale.eq(true),
            variants::sku.eq(&one.sku),
            variants::sku_normal.eq(sku_normal(&one.sku)),
        ))
        .execute(tx.conn())?;
    Ok(one)
}

/// Updates the summary columns of the product: number of variants, price range, and the cheapest variant (the first of
/// equally cheap ones).
fn summed_up(tx: &mut Tx<'_>, product: ProductId, now: &[Stored]) -> Result<VariantKeywords> {
    let lead = now.iter().min_by_key(|one| one.price_minor).ok_or(Error::bug("a product without a variant"))?;
    let highest = now.iter().map(|one| one.price_minor).fold(lead.price_minor, i64::max);
    diesel::update(products::table.find(product))
        .set((
            products::cheapest_variant_id.eq(lead.id),
            products::min_price_minor.eq(lead.price_minor),
            products::max_price_minor.eq(highest),
            products::variant_count.eq(i64::try_from(now.len()).unwrap_or(0)),
        ))
        .execute(tx.conn())?;
    let joined = |of: fn(&Stored) -> &str| now.iter().map(of).collect::<Vec<_>>().join(" ");
    Ok(VariantKeywords { skus: joined(|one| &one.sku), barcodes: joined(|one| &one.barcode) })
}

fn note_price(tx: &mut Tx<'_>, variant: VariantId, price: Money) -> Result<()> {
    let row = (
        price_history::variant_id.eq(variant),
        price_history::price_minor.eq(price.minor),
        price_history::currency.eq(price.currency),
        price_history::effective_at.eq(tx.now()),
    );
    diesel::insert_into(price_history::table).values(row).execute(tx.conn())?;
    Ok(())
}
