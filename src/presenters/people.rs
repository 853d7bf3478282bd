//! Accounts.

pub mod admin_profile;
pub mod admin_role;
pub mod admin_staff;
pub mod staff_email;
