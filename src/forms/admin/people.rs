//! Forms about staff and customers.

pub mod customers;
pub mod identity_providers;
pub mod profiles;
pub mod staff;
