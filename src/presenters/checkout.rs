//! Carts, checkout, discounts, gift cards, shipping and taxes.

pub mod admin_coupon;
pub mod admin_gift_card;
pub mod admin_shipping_method;
pub mod admin_tax_rate;
pub mod admin_tax_rules;
pub mod cart;
pub mod checkout_page;
pub mod payment_method;
pub mod totals;
