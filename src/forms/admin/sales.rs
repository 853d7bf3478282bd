//! Orders, refunds and returns.

pub mod orders;
