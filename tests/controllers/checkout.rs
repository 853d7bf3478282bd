//! Carts, prices, discounts, gift cards, taxes.

mod carts;
mod checkout_carts;
mod checkouts;
mod coupons;
mod gift_cards;
mod payment_methods;
mod regions;
mod vat_numbers;
