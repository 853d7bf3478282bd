//! Checks the columns of products that are derived from their variants, and the combinations of their options.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{AuditReport, group_by_key};
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::schema::{product_option_values, product_options, products, variants};
use crate::support::ids::{ProductId, VariantId};

/// The columns of a variant that its product depends on.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = variants, check_for_backend(AnyBackend))]
struct One {
    id: VariantId,
    product_id: ProductId,
    option_key: String,
    options: String,
    title: String,
    price_minor: i64,
    for_sale: bool,
}

/// The derived columns match the variants, and exactly one variant is for sale for each combination of option values.
pub(super) fn check(conn: &mut Conn, report: &mut AuditReport) -> Result<()> {
    type Kept = (ProductId, String, Option<VariantId>, i64, i64, i64);
    let all: Vec<Kept> = products::table
        .select((
            products::id,
            products::title,
            products::cheapest_variant_id,
            products::min_price_minor,
            products::max_price_minor,
            products::variant_count,
        ))
        .load(conn)?;
    let rows: Vec<One> = variants::table.order(variants::id).select(One::as_select()).load(conn)?;
    report.record_checked("variants", rows.len());
    let of_products = group_by_key(rows.into_iter().map(|one| (one.product_id, one)));
    let values: Vec<(ProductId, i64, String, i64, String)> = product_options::table
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
    let options = group_by_key(values.into_iter().map(|(product, option, name, id, value)| {
        let label = format!("{name}: {value}");
        (product, (option, id, label))
    }));
    for (product, title, lead, lowest, highest, count) in &all {
        let mine = of_products.get(product).map_or(&[][..], Vec::as_slice);
        if mine.iter().any(|one| one.title != *title) {
            report.add_violation(format!("product {product}: a variant has another title"));
        }
        let for_sale: Vec<&One> = mine.iter().filter(|one| one.for_sale).collect();
        let prices = || for_sale.iter().map(|one| one.price_minor);
        if (prices().min(), prices().max()) != (Some(*lowest), Some(*highest)) {
            report.add_violation(format!(
                "product {product}: its lowest and highest price are not those of its variants"
            ));
        }
        if usize::try_from(*count).ok() != Some(for_sale.len()) {
            report.add_violation(format!("product {product}: {count} variants, {} are for sale", for_sale.len()));
        }
        if !for_sale.iter().any(|one| Some(one.id) == *lead && one.price_minor == *lowest) {
            report.add_violation(format!("product {product}: its default variant is not the cheapest"));
        }
        let wanted = combinations(options.get(product).map_or(&[][..], Vec::as_slice));
        if wanted.len() != for_sale.len()
            || for_sale.iter().any(|one| wanted.get(&one.option_key) != Some(&one.options))
        {
            report.add_violation(format!("product {product}: its variants are not the combinations of its options"));
        }
    }
    Ok(())
}

/// All combinations by key, with their names; `values` are option id, value id and label, in order.
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
