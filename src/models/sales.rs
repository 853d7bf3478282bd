//! Orders, payments, refunds, returns, invoices, payment webhooks, and the throttle for orders.

pub mod customer_merge;
pub mod invoice;
pub mod order;
pub mod payment;
pub mod payment_method;
pub mod sign_in;
pub mod webhook;
