//! Accounts and log-ins, staff and customers.

mod accounts;
mod admin_customers;
mod audit;
mod impersonation;
mod invitations;
mod logins;
mod roles;
mod second_factors;
mod staff;
