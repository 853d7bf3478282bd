//! The variants of a product: one for each combination of its options, made, changed and put away with the product.
//!
//! A combination that is taken away is never deleted: it is not for sale any more, keeps its stock and its history, and
//! comes back when the same is wanted again.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Product;
use super::choosing::{MOST_VARIANTS, ProductOption, key_of, too_many};
use super::editing::{Wanted, WantedOption, WantedVariant, taken};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::models::variant::{Variant, stock};
use crate::schema::{price_history, product_option_values, product_options, products, variants};
use crate::support::money::Money;
use crate::support::{fold, slug};

/// What a product is found by besides its title.
pub(super) struct Varied {
    /// The SKUs of its variants for sale.
    pub(super) skus: String,
    /// Their barcodes.
    pub(super) barcodes: String,
}

/// A variant as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = variants, check_for_backend(Db))]
struct Stored {
    id: i64,
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

/// Where a variant stands among the others of its product.
struct Place {
    key: String,
    label: String,
    position: i64,
}

/// Makes the variants of a new product.
///
/// # Errors
/// `Invalid` on `sku` when one is taken.
pub(super) fn make(tx: &mut Tx<'_>, product: i64, wanted: &Wanted, by: &Actor) -> Result<Varied> {
    let values = write_options(tx, product, &wanted.options)?;
    let mut made = Vec::new();
    for (at, combination) in combinations(&wanted.options)?.iter().enumerate() {
        let place = place_of(&wanted.options, &values, combination, at);
        let one = match wanted.variants.get(at) {
            Some(one) => one.clone(),
            None if at == 0 => wanted.first.clone(),
            None => like(&wanted.first),
        };
        made.push(insert(tx, product, &wanted.title, &place, &one, by)?);
    }
    summed_up(tx, product, &made)
}

/// Makes the variants of a product what is wanted. `own` is the one that the product's own fields are for.
///
/// # Errors
/// `Invalid` on the SKU or the stock of one.
pub(super) fn vary(tx: &mut Tx<'_>, product: &Product, own: &Variant, wanted: &Wanted, by: &Actor) -> Result<Varied> {
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
    let (mut kept, gone) = kept_and_gone(for_sale, &old, &wanted.options);
    let values = if is_other {
        put_away_all(tx, &gone)?;
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
            let named = named.or_else(|| is_own.then(|| wanted.first.clone()));
            if let Some(named) = named.as_ref().filter(|named| named.stock != named.stock_was) {
                counts.push((one.id, named.stock - named.stock_was, field_of(wanted, &one, "stock")));
            }
            update(tx, one, &place, named.as_ref(), wanted, is_other)?
        } else if let Some(one) = again(&mut put_away, &place) {
            bring_back(tx, one, &place)?
        } else {
            insert(tx, product.id, &wanted.title, &place, &like(&wanted.first), by)?
        };
        now.push(one);
    }
    // Stock is locked in the same order everywhere.
    counts.sort_by_key(|(variant, ..)| *variant);
    for (variant, change, field) in counts {
        stock::adjust(tx, variant, change, by.label()).map_err(|error| match error {
            Error::Invalid { message, .. } => Error::invalid(field, message),
            error => error,
        })?;
    }
    summed_up(tx, product.id, &now)
}

/// The variant that was put away under the name that is wanted again.
fn again(put_away: &mut Vec<Stored>, place: &Place) -> Option<Stored> {
    let at = put_away.iter().position(|one| one.options == place.label)?;
    (!place.label.is_empty()).then(|| put_away.swap_remove(at))
}

/// All combinations of the options, by the places of their values; a single one when there is nothing to choose.
fn combinations(options: &[WantedOption]) -> Result<Vec<Vec<usize>>> {
    let many: usize = options.iter().map(|option| option.values.len()).fold(1, usize::saturating_mul);
    if many > MOST_VARIANTS {
        return Err(Error::invalid("option_values_1", too_many(many)));
    }
    let mut all = vec![Vec::new()];
    for option in options {
        let longer =
            |start: Vec<usize>| (0..option.values.len()).map(move |place| [start.clone(), vec![place]].concat());
        all = all.into_iter().flat_map(longer).collect();
    }
    Ok(all)
}

/// The name of a field about one of several variants, or of the product's own.
fn field_of(wanted: &Wanted, one: &Stored, name: &'static str) -> String {
    if wanted.variants.is_empty() { name.to_owned() } else { format!("variant_{}_{name}", one.public_id) }
}

/// Where the variant of a combination stands; `values` are the rows of the options' values.
fn place_of(options: &[WantedOption], values: &[Vec<i64>], combination: &[usize], at: usize) -> Place {
    let ids: Vec<i64> =
        values.iter().zip(combination).filter_map(|(values, place)| values.get(*place).copied()).collect();
    let chosen = options.iter().zip(combination);
    let label = chosen.filter_map(|(option, place)| Some(format!("{}: {}", option.name, option.values.get(*place)?)));
    let label = label.collect::<Vec<_>>().join(" · ");
    Place { key: key_of(&ids), label, position: i64::try_from(at).unwrap_or(0) + 1 }
}

fn is_same(old: &[ProductOption], new: &[WantedOption]) -> bool {
    old.iter().map(WantedOption::of).eq(new.iter().cloned())
}

/// For each new name the place of the old one that it stands for: the same name, or else the one in the same place, if
/// that is not among the new ones; it is renamed then.
fn matched(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let same = |one: &str, other: &str| fold::caseless(one) == fold::caseless(other);
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

/// The variants that stay, by their new combination, and those whose combination is gone. An option that is new begins
/// with its first value; of one that is gone, the variants with its first value stay.
fn kept_and_gone(
    for_sale: Vec<Stored>,
    old: &[ProductOption],
    new: &[WantedOption],
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

/// Writes the options of a product that has none. Returns the rows of their values.
fn write_options(tx: &mut Tx<'_>, product: i64, options: &[WantedOption]) -> Result<Vec<Vec<i64>>> {
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

/// Combinations that nobody can buy any more. Their SKUs are free for others.
fn put_away_all(tx: &mut Tx<'_>, gone: &[Stored]) -> Result<()> {
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

/// Keys are made of rows that are about to be written anew: meanwhile nobody has one that another may get.
fn free_keys<'a>(tx: &mut Tx<'_>, kept: impl Iterator<Item = &'a Stored>) -> Result<()> {
    for one in kept {
        let key = variants::option_key.eq(format!("moving-{}", one.id));
        diesel::update(variants::table.find(one.id)).set(key).execute(tx.conn())?;
    }
    Ok(())
}

/// SKUs that change are given up first, so that two variants can exchange theirs.
fn free_skus<'a>(tx: &mut Tx<'_>, kept: impl Iterator<Item = &'a Stored>, wanted: &Wanted) -> Result<()> {
    for one in kept {
        let named = wanted.variants.iter().find(|named| named.public_id == one.public_id);
        if named.is_some_and(|named| named.sku != one.sku) {
            let none = variants::sku_normal.eq(None::<String>);
            diesel::update(variants::table.find(one.id)).set(none).execute(tx.conn())?;
        }
    }
    Ok(())
}

/// A new variant beside the first: its price and weight, and nothing of what is each one's own.
fn like(first: &WantedVariant) -> WantedVariant {
    WantedVariant { compare_at: first.compare_at, weight_g: first.weight_g, ..WantedVariant::at(first.price) }
}

fn sku_normal(sku: &str) -> Option<String> {
    (!sku.is_empty()).then(|| fold::caseless(sku))
}

fn insert(
    tx: &mut Tx<'_>,
    product: i64,
    title: &str,
    place: &Place,
    one: &WantedVariant,
    by: &Actor,
) -> Result<Stored> {
    let row = (
        variants::public_id.eq(tx.public_id()?),
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
        variants::currency.eq(one.price.currency.code()),
        variants::weight_g.eq(one.weight_g),
    );
    let made: Stored = taken("sku", "Another product has this SKU.", || {
        diesel::insert_into(variants::table)
            .values(row)
            .returning(<Stored as Selectable<Db>>::construct_selection())
            .get_result(tx.conn())
    })?;
    stock::begin(tx, made.id, one.stock, by.label())?;
    note_price(tx, made.id, one.price)?;
    Ok(made)
}

/// Writes what has changed of a variant, if anything has.
fn update(
    tx: &mut Tx<'_>,
    was: Stored,
    place: &Place,
    named: Option<&WantedVariant>,
    wanted: &Wanted,
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
        let words = match wanted.variants.len() {
            0 => "Another product has this SKU.",
            _ => "Something else has this SKU.",
        };
        taken(field_of(wanted, &was, "sku"), words, || {
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
        note_price(tx, was.id, Money::new(now.price_minor, wanted.first.price.currency))?;
    }
    Ok(now)
}

/// A combination that was put away is wanted again: as it was, but for a SKU that something else has got meanwhile.
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

/// What lists need to know of all its variants is kept with the product: how many there are, what they cost, and which
/// of them leads: the cheapest, or of several the first.
fn summed_up(tx: &mut Tx<'_>, product: i64, now: &[Stored]) -> Result<Varied> {
    let lead = now.iter().min_by_key(|one| one.price_minor).ok_or(Error::broken("a product without a variant"))?;
    let highest = now.iter().map(|one| one.price_minor).fold(lead.price_minor, i64::max);
    diesel::update(products::table.find(product))
        .set((
            products::lead_variant_id.eq(lead.id),
            products::lowest_minor.eq(lead.price_minor),
            products::highest_minor.eq(highest),
            products::variant_count.eq(i64::try_from(now.len()).unwrap_or(0)),
        ))
        .execute(tx.conn())?;
    let joined = |of: fn(&Stored) -> &str| now.iter().map(of).collect::<Vec<_>>().join(" ");
    Ok(Varied { skus: joined(|one| &one.sku), barcodes: joined(|one| &one.barcode) })
}

fn note_price(tx: &mut Tx<'_>, variant: i64, price: Money) -> Result<()> {
    let row = (
        price_history::variant_id.eq(variant),
        price_history::price_minor.eq(price.minor),
        price_history::currency.eq(price.currency.code()),
        price_history::effective_at.eq(tx.now()),
    );
    diesel::insert_into(price_history::table).values(row).execute(tx.conn())?;
    Ok(())
}
