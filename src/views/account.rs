//! Log-in, password reset and first setup.

pub mod invitations;
pub mod passwords;
pub mod sessions;
pub mod setups;
pub mod step_up;
