//! Orders and all that follows them.

mod attention;
mod checkout_throttle;
mod refunds;
