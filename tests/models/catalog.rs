//! Products, variants, stock.

mod product_renames;
mod stock;
mod variants;
