//! Log-in and log-out, registration, password reset, first setup, and the pages of a signed-in account.

pub mod addresses;
pub mod deletions;
pub mod email_changes;
pub mod email_reverts;
pub mod identities;
pub mod identity_logins;
pub mod impersonations;
pub mod invitations;
mod links;
pub mod login_codes;
pub mod orders;
pub mod overviews;
pub mod passkey_logins;
pub mod passkeys;
pub mod password_changes;
pub mod password_requests;
pub mod passwords;
pub mod privacy;
pub mod profiles;
pub mod recovery_codes;
pub mod registrations;
pub mod second_factors;
pub mod security;
pub mod sessions;
pub mod setups;
pub mod two_step_logins;
