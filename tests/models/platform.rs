//! Settings, events, jobs, emails, repeated forms.

mod events;
mod form_submissions;
mod jobs;
