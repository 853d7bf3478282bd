//! The audit log, emails and settings.

pub mod audit_logs;
pub mod emails;
pub mod settings;
