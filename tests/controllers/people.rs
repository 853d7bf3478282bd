//! Accounts and log-ins.

mod accounts;
mod logins;
mod second_factors;
