//! Accounts, roles, sessions, throttled log-ins.

pub mod account;
pub mod session;
pub mod throttle;
