//! Accounts, roles, sessions, throttled log-ins.

pub mod account;
pub mod credentials;
pub mod email_request;
pub mod second_factor;
pub mod session;
pub mod throttle;
