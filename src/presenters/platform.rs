//! Events, settings, countries, emails and jobs.

pub mod actor;
pub mod admin_email;
pub mod admin_setting;
pub mod country;
pub mod job;
