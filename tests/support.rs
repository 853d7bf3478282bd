//! Test support: a shop per test, a browser without scripts, and builders.

pub mod browser;
pub mod builders;
pub mod customers;
pub mod database;
pub mod database_dump;
pub mod emails;
pub mod html;
pub mod identity_provider;
pub mod pictures;
pub mod program;
pub mod second_factors;
pub mod shop;
pub mod smtp;
pub mod stripe;

pub use browser::Browser;
pub use builders::{TestProduct, fill_checkout, unlimited_coupon};
pub use html::Page;
pub use shop::TestShop;
pub use smtp::{FakeSmtpServer, SmtpBehaviour};
pub use stripe::FakeStripe;
