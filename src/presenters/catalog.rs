//! Products, their variants, categories and stock.

pub mod admin_product;
pub mod admin_stock;
pub mod category_list;
pub mod front_page;
pub mod product_card;
pub mod product_page;
pub mod tax_class;
