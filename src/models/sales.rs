//! Orders, payments, refunds, returns, invoices, payment webhooks, and the throttle for orders.

pub mod checkout_throttle;
pub mod invoice;
pub mod order;
pub mod payment;
pub mod webhook;
