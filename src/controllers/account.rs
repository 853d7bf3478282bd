//! Signing in and out, a new password, the first start.

pub mod passwords;
pub mod sessions;
pub mod setups;
