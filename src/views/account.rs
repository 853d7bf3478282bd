//! Logging in, passwords, the first start.

pub mod passwords;
pub mod sessions;
pub mod setups;
