//! What everything else stands on: settings, events, jobs, e-mails, webhooks, search, redirects.

pub mod email;
pub mod event;
pub mod form_submission;
pub mod job;
pub mod redirect;
pub mod search;
pub mod setting;
