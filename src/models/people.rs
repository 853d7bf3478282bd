//! Accounts, roles, invitations, sessions, throttled log-ins.

pub mod account;
pub mod customer;
pub mod impersonation;
pub mod invitation;
pub mod second_factor;
pub mod session;
pub mod staff;
pub mod throttle;
