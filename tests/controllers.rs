//! Each form with wrong input, each page that is not there, and what is on every answer.

mod accounts;
mod answers;
mod attention;
mod busy;
mod carts;
mod checkouts;
mod coupons;
mod gate;
mod gift_cards;
mod kept_pages;
mod letters;
mod lists;
mod picture_uploads;
mod pictures;
mod posts;
mod products;
mod saved_by_two;
mod searches;
mod sent_again;
mod settings;
mod stock;
mod submitted_twice;
mod variants;
