//! Log-in, password reset and first setup.

pub mod invitations;
pub mod passkeys;
pub mod passwords;
pub mod recovery_codes;
pub mod second_factors;
pub mod sessions;
pub mod setups;
pub mod step_up;
pub mod two_step_logins;
