//! Each form with wrong input, each page that is not there, and what is on every answer.

mod accounts;
mod answers;
mod attention;
mod busy;
mod carts;
mod checkouts;
mod coupons;
mod email_addresses;
mod gate;
mod gift_cards;
mod kept_pages;
mod letters;
mod lists;
mod pictures;
mod posts;
mod products;
mod searches;
mod settings;
mod stock;
mod variants;
