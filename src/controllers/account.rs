//! Log-in and log-out, invitations, password reset and first setup.

pub mod impersonations;
pub mod invitations;
pub mod passwords;
pub mod sessions;
pub mod setups;
