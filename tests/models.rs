//! The models on a real database, also under concurrency.

mod catalog;
mod checkout;
mod large_shop;
mod maintenance;
mod platform;
mod query_plans;
mod sales;
mod state_machines;
mod transactions;
