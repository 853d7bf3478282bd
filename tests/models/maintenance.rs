//! The audit and the retention of old rows.

mod audit;
mod retention;
