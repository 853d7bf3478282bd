//! Staff, roles and customers.

pub mod customers;
pub mod identity_providers;
pub mod profiles;
pub mod roles;
pub mod staff;
