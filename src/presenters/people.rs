//! Accounts.

pub mod account_notice;
pub mod admin_staff;
pub mod second_factor;
