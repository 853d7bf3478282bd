//! Log-in and log-out, invitations, password reset and first setup.

pub mod impersonations;
pub mod invitations;
pub mod passkey_logins;
pub mod passkeys;
pub mod passwords;
pub mod recovery_codes;
pub mod second_factors;
pub mod sessions;
pub mod setups;
pub mod two_step_logins;
