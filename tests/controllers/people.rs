//! Accounts and log-ins.

mod accounts;
mod logins;
