//! Coupons, gift cards, shipping methods, taxes.

pub mod coupons;
pub mod gift_cards;
pub mod shipping_methods;
pub mod tax_overrides;
pub mod tax_rates;
