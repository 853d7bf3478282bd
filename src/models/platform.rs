//! The basis of the other areas: settings, events, jobs, emails, search, redirects, encrypted columns.

pub mod email;
pub mod event;
pub mod form_submission;
pub mod job;
pub mod redirect;
pub mod sealed_column;
pub mod search;
pub mod setting;
