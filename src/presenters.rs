//! Turns models into the view structs of pages, emails and documents, without reading the database.

pub mod catalog;
pub mod checkout;
pub mod content;
pub mod format;
pub mod people;
pub mod pictures;
pub mod platform;
pub mod sales;

use crate::support::clock::Utc;

/// Converts to the integer type of views, saturating.
pub fn to_i32(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The time a number of 24-hour days before `now`.
pub fn days_before(now: Utc, days: i64) -> Utc {
    now.minus(jiff::SignedDuration::from_hours(24 * days))
}
