//! Carts, prices, discounts, gift cards, taxes.

mod discounts;
mod gift_cards;
mod prices;
