//! Floor 6: one function an address. Each checks, calls one model verb, replies.

pub mod account;
pub mod admin;
pub mod blog;
pub mod shop;
pub mod system;
