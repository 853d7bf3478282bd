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
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{OptionId, OptionValueId, ProductId, VariantId};
use crate::support::money::{Currency, Money};
use crate::support::{normalisation, slug};

/// Search keywords of a product besides its title.
pub(super) struct VariantKeywords {
    pub(super) skus: String,
    pub(super) barcodes: String,
}

#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = variants, check_for_backend(AnyBackend))]
struct StoredVariant {
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

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = variants, treat_none_as_default_value = false, treat_none_as_null = true)]
struct VariantColumns<'a> {
    option_key: &'a str,
    options: &'a str,
    position: i64,
    sku: &'a str,
    sku_normal: Option<String>,
    barcode: &'a str,
    price_minor: i64,
    compare_at_minor: Option<i64>,
    weight_g: i64,
}

#[derive(Insertable)]
#[diesel(table_name = variants, treat_none_as_default_value = false)]
struct NewVariant<'a> {
    #[diesel(embed)]
    columns: VariantColumns<'a>,
    public_id: String,
    product_id: ProductId,
    title: &'a str,
    sort_title: String,
    for_sale: bool,
    currency: Currency,
}

#[derive(Insertable)]
#[diesel(table_name = product_options, treat_none_as_default_value = false)]
struct NewOption<'a> {
    product_id: ProductId,
    position: i64,
    name: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = product_option_values, treat_none_as_default_value = false)]
struct NewOptionValue<'a> {
    option_id: OptionId,
    position: i64,
    name: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = price_history, treat_none_as_default_value = false)]
struct NewPrice {
    variant_id: VariantId,
    price_minor: i64,
    currency: Currency,
    effective_at: Utc,
}

struct Combination {
    option_key: String,
    label: String,
    position: i64,
}

/// Creates the variants of a new product; `Invalid` on `sku` when one is taken.
pub(super) fn create_variants(
    tx: &mut Tx<'_>,
    product: ProductId,
    input: &ProductInput,
    by: &Actor,
) -> Result<VariantKeywords> {
    let value_ids = insert_options(tx, product, &input.options)?;
    let mut created = Vec::new();
    for (indexes, position) in list_combinations(&input.options)?.iter().zip(1_i64..) {
        let combination = Combination::new(&input.options, &value_ids, indexes, position);
        let variant = match input.variants.get(created.len()) {
            Some(variant) => variant.clone(),
            None if created.is_empty() => input.base_variant.clone(),
            None => copy_price_and_weight(&input.base_variant),
        };
        created.push(insert_variant(tx, product, &input.title, &combination, &variant, by)?);
    }
    update_summary(tx, product, &created)
}

/// Changes the variants to match `input`. `own` is the variant that the product's own fields apply to.
///
/// # Errors
/// `Invalid` on the SKU or stock field of the variant concerned.
pub(super) fn sync_variants(
    tx: &mut Tx<'_>,
    product: &Product,
    own: &Variant,
    input: &ProductInput,
    by: &Actor,
) -> Result<VariantKeywords> {
    let old_options = product.options(tx.conn())?;
    let of_product = variants::product_id.eq(product.id);
    let stored: Vec<StoredVariant> =
        StoredVariant::query().filter(of_product).order((variants::position, variants::id)).load(tx.conn())?;
    if product.title != input.title {
        diesel::update(variants::table.filter(of_product))
            .set((variants::title.eq(&input.title), variants::sort_title.eq(slug::sort_key(&input.title))))
            .execute(tx.conn())?;
    }
    let (for_sale, mut archived): (Vec<StoredVariant>, Vec<StoredVariant>) =
        stored.into_iter().partition(|variant| variant.for_sale);
    let is_changed = !is_same(&old_options, &input.options);
    let combinations = list_combinations(&input.options)?;
    let (mut remaining, removed) = diff(for_sale, &old_options, &input.options);
    let value_ids = if is_changed {
        archive_all(tx, &removed)?;
        free_keys(tx, remaining.values())?;
        diesel::delete(product_options::table.filter(product_options::product_id.eq(product.id))).execute(tx.conn())?;
        insert_options(tx, product.id, &input.options)?
    } else {
        old_options.iter().map(|option| option.values.iter().map(|value| value.id).collect()).collect()
    };
    free_skus(tx, remaining.values(), input)?;
    let (mut synced, mut stock_changes) = (Vec::new(), Vec::new());
    for (indexes, position) in combinations.iter().zip(1_i64..) {
        let combination = Combination::new(&input.options, &value_ids, indexes, position);
        let variant = if let Some(variant) = remaining.remove(indexes) {
            let values = input.variants.iter().find(|values| values.public_id == variant.public_id).cloned();
            let is_own = variant.id == own.id && input.variants.is_empty();
            let values = values.or_else(|| is_own.then(|| input.base_variant.clone()));
            if let Some(values) = values.as_ref().filter(|values| values.stock != values.stock_was) {
                let field = field_name(input, &variant, "stock");
                stock_changes.push((variant.id, values.stock - values.stock_was, field));
            }
            update_variant(tx, variant, &combination, values.as_ref(), input, is_changed)?
        } else if let Some(variant) = take_archived(&mut archived, &combination) {
            restore_variant(tx, variant, &combination)?
        } else {
            let values = copy_price_and_weight(&input.base_variant);
            insert_variant(tx, product.id, &input.title, &combination, &values, by)?
        };
        synced.push(variant);
    }
    // Lock stock levels in the order of their variants, so that concurrent saves cannot deadlock.
    stock_changes.sort_by_key(|(variant, ..)| *variant);
    for (variant, change, field) in stock_changes {
        stock::adjust(tx, variant, change, by).map_err(|error| match error {
            Error::Invalid { message, .. } => Error::invalid(field, message),
            error => error,
        })?;
    }
    update_summary(tx, product.id, &synced)
}

fn take_archived(archived: &mut Vec<StoredVariant>, combination: &Combination) -> Option<StoredVariant> {
    let index = archived.iter().position(|variant| variant.options == combination.label)?;
    (!combination.label.is_empty()).then(|| archived.swap_remove(index))
}

/// Value indexes of all combinations; one empty combination without options.
fn list_combinations(options: &[OptionInput]) -> Result<Vec<Vec<usize>>> {
    let count: usize = options.iter().map(|option| option.values.len()).fold(1, usize::saturating_mul);
    if count > MAX_VARIANTS {
        return Err(Error::invalid("option_values_1", too_many_variants(count)));
    }
    let mut all = vec![Vec::new()];
    for option in options {
        let extend =
            |first: Vec<usize>| (0..option.values.len()).map(move |index| [first.clone(), vec![index]].concat());
        all = all.into_iter().flat_map(extend).collect();
    }
    Ok(all)
}

/// The form field of this variant, or of the product if it has only one.
fn field_name(input: &ProductInput, variant: &StoredVariant, name: &'static str) -> String {
    if input.variants.is_empty() { name.to_owned() } else { format!("variant_{}_{name}", variant.public_id) }
}

impl Combination {
    /// `indexes` are those of the values within their options, `ids` the row ids of all values.
    fn new(options: &[OptionInput], ids: &[Vec<OptionValueId>], indexes: &[usize], position: i64) -> Combination {
        let ids: Vec<OptionValueId> =
            ids.iter().zip(indexes).filter_map(|(values, index)| values.get(*index).copied()).collect();
        let labels = options
            .iter()
            .zip(indexes)
            .filter_map(|(option, index)| Some(format!("{}: {}", option.name, option.values.get(*index)?)));
        Combination { option_key: option_key_of(&ids), label: labels.collect::<Vec<_>>().join(" · "), position }
    }
}

fn is_same(old: &[ProductOption], new: &[OptionInput]) -> bool {
    old.iter().map(OptionInput::from_option).eq(new.iter().cloned())
}

/// For each new name the index of the old one that it continues: the same name, or the one at the same position if that
/// name no longer exists (a rename).
fn match_names(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let same = |left: &str, right: &str| normalisation::fold_case(left) == normalisation::fold_case(right);
    let mut matches: Vec<Option<usize>> =
        new.iter().map(|name| old.iter().position(|old_name| same(old_name, name))).collect();
    let taken: Vec<usize> = matches.iter().flatten().copied().collect();
    for (index, old_index) in matches.iter_mut().enumerate() {
        if old_index.is_none() && index < old.len() && !taken.contains(&index) {
            *old_index = Some(index);
        }
    }
    matches
}

/// Splits the variants into those that stay, by new combination, and those to archive. Existing variants get the first
/// value of a new option; when an option is removed, the variants with its first value stay.
fn diff(
    for_sale: Vec<StoredVariant>,
    old: &[ProductOption],
    new: &[OptionInput],
) -> (HashMap<Vec<usize>, StoredVariant>, Vec<StoredVariant>) {
    let names = |options: &[ProductOption]| options.iter().map(|option| option.name.clone()).collect::<Vec<_>>();
    let (old_names, new_names) = (names(old), new.iter().map(|option| option.name.as_str()).collect::<Vec<_>>());
    let matches = match_names(&old_names.iter().map(String::as_str).collect::<Vec<_>>(), &new_names);
    let continued: Vec<Option<(usize, Vec<Option<usize>>)>> = matches
        .iter()
        .zip(new)
        .map(|(from, option)| {
            let from = (*from)?;
            let old_values: Vec<&str> = old.get(from)?.values.iter().map(|value| value.name.as_str()).collect();
            let new_values: Vec<&str> = option.values.iter().map(String::as_str).collect();
            Some((from, match_names(&old_values, &new_values)))
        })
        .collect();
    let dropped_options: Vec<usize> = (0..old.len()).filter(|index| !matches.contains(&Some(*index))).collect();
    let combination = |variant: &StoredVariant| -> Option<Vec<usize>> {
        let ids: Vec<Option<OptionValueId>> = variant.option_key.split('-').map(|id| id.parse().ok()).collect();
        let indexes: Vec<Option<usize>> = old
            .iter()
            .zip(&ids)
            .map(|(option, id)| option.values.iter().position(|value| Some(value.id) == *id))
            .collect();
        if dropped_options.iter().any(|index| indexes.get(*index) != Some(&Some(0))) {
            return None;
        }
        let new_index = |option: &Option<(usize, Vec<Option<usize>>)>| match option {
            None => Some(0),
            Some((from, values)) => {
                let old_index = indexes.get(*from).copied().flatten()?;
                values.iter().position(|value| *value == Some(old_index))
            }
        };
        continued.iter().map(new_index).collect()
    };
    let (mut remaining, mut removed) = (HashMap::new(), Vec::new());
    for variant in for_sale {
        match combination(&variant) {
            Some(combination) if !remaining.contains_key(&combination) => drop(remaining.insert(combination, variant)),
            _ => removed.push(variant),
        }
    }
    (remaining, removed)
}

/// Returns the ids of the values.
fn insert_options(tx: &mut Tx<'_>, product: ProductId, options: &[OptionInput]) -> Result<Vec<Vec<OptionValueId>>> {
    let mut all_ids = Vec::new();
    for (option, position) in options.iter().zip(1_i64..) {
        let row = NewOption { product_id: product, position, name: &option.name };
        let id: OptionId = diesel::insert_into(product_options::table)
            .values(row)
            .returning(product_options::id)
            .get_result(tx.conn())?;
        let mut ids = Vec::new();
        for (value, position) in option.values.iter().zip(1_i64..) {
            let row = NewOptionValue { option_id: id, position, name: value };
            ids.push(
                diesel::insert_into(product_option_values::table)
                    .values(row)
                    .returning(product_option_values::id)
                    .get_result(tx.conn())?,
            );
        }
        all_ids.push(ids);
    }
    Ok(all_ids)
}

/// Clears `sku_normal`, so that other variants can use the SKUs.
fn archive_all(tx: &mut Tx<'_>, removed: &[StoredVariant]) -> Result<()> {
    for variant in removed {
        diesel::update(variants::table.find(variant.id))
            .set((
                variants::for_sale.eq(false),
                variants::option_key.eq(format!("gone-{}", variant.id)),
                variants::sku_normal.eq(None::<String>),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Sets temporary keys, so that rewriting the keys cannot violate their unique constraint.
fn free_keys<'a>(tx: &mut Tx<'_>, remaining: impl Iterator<Item = &'a StoredVariant>) -> Result<()> {
    for variant in remaining {
        let key = variants::option_key.eq(format!("moving-{}", variant.id));
        diesel::update(variants::table.find(variant.id)).set(key).execute(tx.conn())?;
    }
    Ok(())
}

/// Clears SKUs that change before new ones are written, so that two variants can swap theirs.
fn free_skus<'a>(
    tx: &mut Tx<'_>,
    remaining: impl Iterator<Item = &'a StoredVariant>,
    input: &ProductInput,
) -> Result<()> {
    for variant in remaining {
        let values = input.variants.iter().find(|values| values.public_id == variant.public_id);
        if values.is_some_and(|values| values.sku != variant.sku) {
            let none = variants::sku_normal.eq(None::<String>);
            diesel::update(variants::table.find(variant.id)).set(none).execute(tx.conn())?;
        }
    }
    Ok(())
}

/// Without SKU, barcode and stock.
fn copy_price_and_weight(base: &VariantInput) -> VariantInput {
    VariantInput { compare_at: base.compare_at, weight_g: base.weight_g, ..VariantInput::from_price(base.price) }
}

fn normalise_sku(sku: &str) -> Option<String> {
    (!sku.is_empty()).then(|| normalisation::fold_case(sku))
}

fn insert_variant(
    tx: &mut Tx<'_>,
    product: ProductId,
    title: &str,
    combination: &Combination,
    values: &VariantInput,
    by: &Actor,
) -> Result<StoredVariant> {
    let row = NewVariant {
        columns: VariantColumns {
            option_key: &combination.option_key,
            options: &combination.label,
            position: combination.position,
            sku: &values.sku,
            sku_normal: normalise_sku(&values.sku),
            barcode: &values.barcode,
            price_minor: values.price.minor,
            compare_at_minor: values.compare_at.map(|money| money.minor),
            weight_g: values.weight_g,
        },
        public_id: tx.generate_public_id()?,
        product_id: product,
        title,
        sort_title: slug::sort_key(title),
        for_sale: true,
        currency: values.price.currency,
    };
    let variant: StoredVariant = map_unique_violation("sku", Message::SkuTakenByProduct, || {
        diesel::insert_into(variants::table)
            .values(row)
            .returning(<StoredVariant as Selectable<AnyBackend>>::construct_selection())
            .get_result(tx.conn())
    })?;
    stock::create_level(tx, variant.id, values.stock, by)?;
    record_price(tx, variant.id, values.price)?;
    Ok(variant)
}

fn update_variant(
    tx: &mut Tx<'_>,
    old: StoredVariant,
    combination: &Combination,
    values: Option<&VariantInput>,
    input: &ProductInput,
    lost_its_key: bool,
) -> Result<StoredVariant> {
    let mut new = StoredVariant {
        option_key: combination.option_key.clone(),
        options: combination.label.clone(),
        position: combination.position,
        ..old.clone()
    };
    if let Some(values) = values {
        new.sku.clone_from(&values.sku);
        new.barcode.clone_from(&values.barcode);
        new.price_minor = values.price.minor;
        new.compare_at_minor = values.compare_at.map(|money| money.minor);
        new.weight_g = values.weight_g;
    }
    if lost_its_key || new != old {
        let message = match input.variants.len() {
            0 => Message::SkuTakenByProduct,
            _ => Message::SkuTakenByVariant,
        };
        let columns = VariantColumns {
            option_key: &new.option_key,
            options: &new.options,
            position: new.position,
            sku: &new.sku,
            sku_normal: normalise_sku(&new.sku),
            barcode: &new.barcode,
            price_minor: new.price_minor,
            compare_at_minor: new.compare_at_minor,
            weight_g: new.weight_g,
        };
        map_unique_violation(field_name(input, &old, "sku"), message, || {
            diesel::update(variants::table.find(old.id)).set(columns).execute(tx.conn())
        })?;
    }
    if old.price_minor != new.price_minor {
        record_price(tx, old.id, Money::new(new.price_minor, input.base_variant.price.currency))?;
    }
    Ok(new)
}

/// Drops the SKU if another variant uses it now.
fn restore_variant(tx: &mut Tx<'_>, mut variant: StoredVariant, combination: &Combination) -> Result<StoredVariant> {
    if let Some(sku_normal) = normalise_sku(&variant.sku) {
        let others = variants::table.filter(variants::sku_normal.eq(sku_normal));
        if diesel::select(diesel::dsl::exists(others)).get_result(tx.conn())? {
            variant.sku = String::new();
        }
    }
    diesel::update(variants::table.find(variant.id))
        .set((
            variants::option_key.eq(&combination.option_key),
            variants::position.eq(combination.position),
            variants::for_sale.eq(true),
            variants::sku.eq(&variant.sku),
            variants::sku_normal.eq(normalise_sku(&variant.sku)),
        ))
        .execute(tx.conn())?;
    Ok(variant)
}

/// Updates number of variants, price range, and the cheapest variant (the first of equally cheap ones).
fn update_summary(tx: &mut Tx<'_>, product: ProductId, variants: &[StoredVariant]) -> Result<VariantKeywords> {
    let cheapest =
        variants.iter().min_by_key(|variant| variant.price_minor).ok_or(Error::bug("a product without a variant"))?;
    let highest = variants.iter().map(|variant| variant.price_minor).fold(cheapest.price_minor, i64::max);
    diesel::update(products::table.find(product))
        .set((
            products::cheapest_variant_id.eq(cheapest.id),
            products::min_price_minor.eq(cheapest.price_minor),
            products::max_price_minor.eq(highest),
            products::variant_count.eq(i64::try_from(variants.len()).unwrap_or(0)),
        ))
        .execute(tx.conn())?;
    let join = |column: fn(&StoredVariant) -> &str| variants.iter().map(column).collect::<Vec<_>>().join(" ");
    Ok(VariantKeywords { skus: join(|variant| &variant.sku), barcodes: join(|variant| &variant.barcode) })
}

fn record_price(tx: &mut Tx<'_>, variant: VariantId, price: Money) -> Result<()> {
    let row =
        NewPrice { variant_id: variant, price_minor: price.minor, currency: price.currency, effective_at: tx.now() };
    diesel::insert_into(price_history::table).values(row).execute(tx.conn())?;
    Ok(())
}
