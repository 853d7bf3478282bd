//! Accounts, roles, invitations, sessions, throttled log-ins.

pub mod account;
pub mod credentials;
pub mod customer;
pub mod email_request;
pub mod identity_provider;
pub mod impersonation;
pub mod invitation;
pub mod second_factor;
pub mod session;
pub mod staff;
pub mod throttle;
