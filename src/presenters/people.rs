//! Accounts.

pub mod account_email;
pub mod account_notice;
pub mod admin_profile;
pub mod admin_role;
pub mod admin_staff;
pub mod device;
pub mod second_factor;
pub mod staff_email;
