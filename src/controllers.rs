//! Floor 6: one function an address. Each checks, calls one model verb, replies.

pub mod account;
//ADMIN
pub mod blog;
pub mod shop;
pub mod system;
