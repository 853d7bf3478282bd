//! The log of what happened.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::CursorPage;
use crate::views::{DateTime, Link, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "admin/platform/audit_logs/index.html")]
pub struct Index {
    pub t: Locale,
    /// Fields: `actor`, `group`, `from`, `until`, `record`.
    pub form: Fields,
    pub actors: Vec<SelectOption>,
    pub groups: Vec<SelectOption>,
    /// The record whose events are shown; empty for all.
    pub record: String,
    pub rows: CursorPage<Row>,
    /// The list with its filters.
    pub href: String,
    /// The file with what the list shows.
    pub export_href: String,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub when: DateTime,
    pub who: String,
    /// Who acted in the name of the account.
    pub impersonator: Option<String>,
    pub text: String,
    pub changes: Vec<Change>,
    /// What it is about.
    pub record: Option<Link>,
    /// The client's network; empty for guests and the program itself.
    pub network: String,
}

/// One thing that was changed.
#[derive(Clone, Debug)]
pub struct Change {
    pub label: String,
    pub before: String,
    pub after: String,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.event_log_title().to_owned()
    }
}
