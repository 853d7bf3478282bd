//! Forms about staff and customers.

pub mod customers;
pub mod profiles;
pub mod staff;
