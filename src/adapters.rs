//! The world outside, each piece with a test double or a local form.

pub mod mail;
pub mod payments;
pub mod pictures;
pub mod smtp_check;
pub mod vies;
pub(crate) mod web_client;
