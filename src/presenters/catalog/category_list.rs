//! The list of categories beside the products.

use crate::models::catalog::category::{Category, ProductCounts};
use crate::paths;
use crate::views::shop::categories::Entry;

/// Categories with children and product counts; `current` is the path of the one being shown.
pub fn category_list(all: &[Category], on_sale: &ProductCounts, current: Option<&str>) -> Vec<Entry> {
    let entry = |category: &Category, children| Entry {
        label: category.title.clone(),
        href: paths::category(&category.path),
        count: Some(on_sale.for_category(Some(&category.path))),
        current: current == Some(category.path.as_str()),
        children,
    };
    let below = |parent: &Category| {
        let start = format!("{}/", parent.path);
        all.iter().filter(|child| child.path.starts_with(&start)).map(|child| entry(child, Vec::new())).collect()
    };
    all.iter().filter(|category| !category.path.contains('/')).map(|top| entry(top, below(top))).collect()
}
