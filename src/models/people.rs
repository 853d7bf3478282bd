//! Accounts, roles, sessions, throttled log-ins.

pub mod account;
pub mod second_factor;
pub mod session;
pub mod throttle;
