//! Products, variants, categories, stock.

pub mod category;
pub mod product;
pub mod stock_item;
pub mod variant;
