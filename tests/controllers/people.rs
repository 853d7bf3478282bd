//! Accounts and log-ins.

mod accounts;
mod addresses;
mod customer_accounts;
mod email_change;
mod find_order;
mod logins;
mod registrations;
mod second_factors;
