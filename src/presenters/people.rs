//! Accounts.

pub mod admin_staff;
