//! The public shop.

pub mod cart_lines;
pub mod carts;
pub mod checkouts;
pub mod coupons;
pub mod gift_cards;
pub mod home;
pub mod invoices;
pub mod order_accounts;
pub mod order_lookups;
pub mod orders;
pub mod payments;
pub mod pending_orders;
pub mod products;
pub mod returns;
pub mod searches;
