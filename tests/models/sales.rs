//! Orders and all that follows them.

mod checkout_throttle;
mod fulfilments;
mod invoices;
mod orders;
mod refunds;
mod returns;
