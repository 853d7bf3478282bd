//! Checks the columns of products that are derived from their variants, and the combinations of their options.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{AuditReport, group_by_key};
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::schema::{product_option_values, product_options, products, variants};
use crate::support::ids::{OptionId, OptionValueId, ProductId, VariantId};

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = variants, check_for_backend(AnyBackend))]
struct VariantRow {
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
    type ProductRow = (ProductId, String, Option<VariantId>, i64, i64, i64);
    let all: Vec<ProductRow> = products::table
        .select((
            products::id,
            products::title,
            products::cheapest_variant_id,
            products::min_price_minor,
            products::max_price_minor,
            products::variant_count,
        ))
        .load(conn)?;
    let rows: Vec<VariantRow> = VariantRow::query().order(variants::id).load(conn)?;
    report.record_checked("variants", rows.len());
    let by_product = group_by_key(rows.into_iter().map(|variant| (variant.product_id, variant)));
    let values: Vec<(ProductId, OptionId, String, OptionValueId, String)> = product_options::table
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
    for (product, title, cheapest, lowest, highest, count) in &all {
        let variants = by_product.get(product).map_or(&[][..], Vec::as_slice);
        if variants.iter().any(|variant| variant.title != *title) {
            report.add_violation(format!("product {product}: a variant has another title"));
        }
        let for_sale: Vec<&VariantRow> = variants.iter().filter(|variant| variant.for_sale).collect();
        let prices = || for_sale.iter().map(|variant| variant.price_minor);
        if (prices().min(), prices().max()) != (Some(*lowest), Some(*highest)) {
            report.add_violation(format!(
                "product {product}: its lowest and highest price are not those of its variants"
            ));
        }
        if usize::try_from(*count).ok() != Some(for_sale.len()) {
            report.add_violation(format!("product {product}: {count} variants, {} are for sale", for_sale.len()));
        }
        if !for_sale.iter().any(|variant| Some(variant.id) == *cheapest && variant.price_minor == *lowest) {
            report.add_violation(format!("product {product}: its default variant is not the cheapest"));
        }
        let expected = combinations(options.get(product).map_or(&[][..], Vec::as_slice));
        if expected.len() != for_sale.len()
            || for_sale.iter().any(|variant| expected.get(&variant.option_key) != Some(&variant.options))
        {
            report.add_violation(format!("product {product}: its variants are not the combinations of its options"));
        }
    }
    Ok(())
}

type OptionLabel = (OptionId, OptionValueId, String);

/// All combinations by key, with their names; `values` are in order.
fn combinations(values: &[OptionLabel]) -> HashMap<String, String> {
    let mut all = vec![(String::new(), String::new())];
    let mut rest = values;
    while let Some((option, ..)) = rest.first() {
        let count = rest.iter().take_while(|(other, ..)| other == option).count();
        let (of_option, others) = rest.split_at(count);
        rest = others;
        let joined = |first: &str, separator: &str, next: &str| match first {
            "" => next.to_owned(),
            first => format!("{first}{separator}{next}"),
        };
        let extend = |(key, name): &(String, String)| {
            let append = |(_, id, label): &OptionLabel| (joined(key, "-", &id.to_string()), joined(name, " · ", label));
            of_option.iter().map(append).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(extend).collect();
    }
    all.into_iter().collect()
}
