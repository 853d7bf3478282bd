//! Staff accounts.

pub mod staff;
