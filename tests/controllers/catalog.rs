//! Products, variants, stock.

mod compare_at_prices;
mod products;
mod stock;
mod variants;
