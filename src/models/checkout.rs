//! Carts, prices, discounts, gift cards, shipping, taxes.

pub mod cart;
pub mod cart_code;
pub mod coupon;
pub mod gift_card;
pub mod quote;
pub mod shipping_method;
pub mod tax_override;
pub mod tax_rate;
