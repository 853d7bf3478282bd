//! Settings, events, jobs, emails, repeated forms.

mod emails;
mod settings;
