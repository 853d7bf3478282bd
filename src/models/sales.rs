//! Orders, payments, refunds, returns, invoices.

pub mod checkout_throttle;
pub mod invoice;
pub mod order;
pub mod payment;
pub mod webhook;
