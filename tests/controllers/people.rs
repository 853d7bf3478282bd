//! Accounts and log-ins, staff and customers.

mod accounts;
mod addresses;
mod admin_customers;
mod audit;
mod customer_accounts;
mod email_change;
mod find_order;
mod identity_logins;
mod identity_providers;
mod impersonation;
mod invitations;
mod logins;
mod registrations;
mod roles;
mod second_factors;
pub mod staff;
