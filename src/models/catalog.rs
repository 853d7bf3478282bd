//! Products, variants, categories, stock.

pub mod category;
pub mod product;
pub mod product_status;
pub mod stock_listing;
pub mod variant;
