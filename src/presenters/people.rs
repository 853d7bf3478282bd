//! Accounts.

pub mod account_email;
pub mod account_notice;
pub mod admin_identity_provider;
pub mod admin_profile;
pub mod admin_role;
pub mod admin_staff;
pub mod device;
pub mod identity;
pub mod second_factor;
pub mod staff_email;
