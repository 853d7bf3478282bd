//! What tests stand on: a shop of their own, a browser without scripts, builders that read as sentences.

pub mod browser;
pub mod builders;
pub mod database;
pub mod html;
pub mod letters;
pub mod pictures;
pub mod program;
pub mod rows;
pub mod shop;
pub mod smtp;
pub mod stripe;

pub use browser::Browser;
pub use builders::{Goods, checkout, coupon};
pub use html::Page;
pub use shop::TestShop;
pub use smtp::{Manner, SmtpStandIn};
pub use stripe::StripeStandIn;
