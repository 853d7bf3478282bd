//! Emails and settings.

pub mod emails;
pub mod settings;
