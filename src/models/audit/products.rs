//! What is kept with products of their variants, and the combinations of their options.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Report, grouped};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::schema::{product_option_values, product_options, products, variants};

/// A variant as far as its product is concerned.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = variants, check_for_backend(Db))]
struct One {
    id: i64,
    product_id: i64,
    option_key: String,
    options: String,
    title: String,
    price_minor: i64,
    for_sale: bool,
}

/// What is kept of all variants with their product is true; each combination of its options is for sale once, under its
/// right name, and nothing else is.
pub(super) fn check(conn: &mut Conn, report: &mut Report) -> Result<()> {
    type Kept = (i64, String, Option<i64>, i64, i64, i64);
    let all: Vec<Kept> = products::table
        .select((
            products::id,
            products::title,
            products::lead_variant_id,
            products::lowest_minor,
            products::highest_minor,
            products::variant_count,
        ))
        .load(conn)?;
    let rows: Vec<One> = variants::table.order(variants::id).select(One::as_select()).load(conn)?;
    report.check("variants", rows.len());
    let of_products = grouped(rows.into_iter().map(|one| (one.product_id, one)));
    let values: Vec<(i64, i64, String, i64, String)> = product_options::table
        .inner_join(product_option_values::table)
        .order((product_options::product_id, product_options::position, product_option_values::position))
        .select((
            product_options::product_id,
            product_options::id,
            product_options::name,
            product_option_values::id,
            product_option_values::name,
        ))
        .load(conn)?;
    let options = grouped(values.into_iter().map(|(product, option, name, id, value)| {
        let label = format!("{name}: {value}");
        (product, (option, id, label))
    }));
    for (product, title, lead, lowest, highest, count) in &all {
        let mine = of_products.get(product).map_or(&[][..], Vec::as_slice);
        if mine.iter().any(|one| one.title != *title) {
            report.broken(format!("product {product}: a variant has another title"));
        }
        let for_sale: Vec<&One> = mine.iter().filter(|one| one.for_sale).collect();
        let prices = || for_sale.iter().map(|one| one.price_minor);
        if (prices().min(), prices().max()) != (Some(*lowest), Some(*highest)) {
            report.broken(format!("product {product}: its lowest and highest price are not those of its variants"));
        }
        if usize::try_from(*count).ok() != Some(for_sale.len()) {
            report.broken(format!("product {product}: {count} variants, {} are for sale", for_sale.len()));
        }
        if !for_sale.iter().any(|one| Some(one.id) == *lead && one.price_minor == *lowest) {
            report.broken(format!("product {product}: what leads is not its cheapest variant"));
        }
        let wanted = combinations(options.get(product).map_or(&[][..], Vec::as_slice));
        if wanted.len() != for_sale.len()
            || for_sale.iter().any(|one| wanted.get(&one.option_key) != Some(&one.options))
        {
            report.broken(format!("product {product}: its variants are not the combinations of its options"));
        }
    }
    Ok(())
}

/// The names of all combinations by their keys; `values` are option, value and name in order.
fn combinations(values: &[(i64, i64, String)]) -> HashMap<String, String> {
    let mut all = vec![(String::new(), String::new())];
    let mut rest = values;
    while let Some((option, ..)) = rest.first() {
        let many = rest.iter().take_while(|(other, ..)| other == option).count();
        let (mine, others) = rest.split_at(many);
        rest = others;
        let joined = |start: &str, between: &str, next: &str| match start {
            "" => next.to_owned(),
            start => format!("{start}{between}{next}"),
        };
        let longer = |(key, name): &(String, String)| {
            let with =
                |(_, id, label): &(i64, i64, String)| (joined(key, "-", &id.to_string()), joined(name, " · ", label));
            mine.iter().map(with).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all.into_iter().collect()
}
