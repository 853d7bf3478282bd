//! Products and stock.

pub mod products;
pub mod stock;
