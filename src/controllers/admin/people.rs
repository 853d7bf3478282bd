//! Staff, roles and customers.

pub mod customers;
pub mod identity_providers;
pub mod impersonations;
pub mod invitations;
pub mod profiles;
pub mod roles;
pub mod staff;
