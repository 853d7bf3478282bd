//! Log-in and log-out, password reset and first setup.

pub mod passwords;
pub mod sessions;
pub mod setups;
