//! What payment providers sent.

use askama::Template;

use super::Pill;
use crate::paths;
use crate::support::page::Stretch;
use crate::views::{View, When};

/// The inbox.
#[derive(Template)]
#[template(path = "admin/webhooks/index.html")]
pub struct Index {
    /// The messages, the newest first.
    pub rows: Stretch<Row>,
    /// Whether a provider is set up that sends any.
    pub card_payments: bool,
}

/// A message in the inbox.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its page.
    pub href: String,
    /// What it says happened.
    pub kind: String,
    /// Who sent it.
    pub from: String,
    /// What came of it, in a word.
    pub state: Pill,
    /// What came of it, in words; may be empty.
    pub outcome: String,
    /// When it came.
    pub when: When,
}

/// A message.
#[derive(Template)]
#[template(path = "admin/webhooks/show.html")]
pub struct Show {
    /// What it says happened.
    pub kind: String,
    /// Who sent it.
    pub from: String,
    /// The provider's name for it.
    pub event: String,
    /// What it is about, by the provider's name.
    pub about: String,
    /// What came of it, in a word.
    pub state: Pill,
    /// What came of it, in words; may be empty.
    pub outcome: String,
    /// How often it was looked at.
    pub attempts: i64,
    /// When it came.
    pub when: When,
    /// All of it.
    pub payload: String,
    /// Where to have it looked at again.
    pub replay: Option<String>,
}

impl View for Index {
    fn title(&self) -> String {
        "Webhooks".to_owned()
    }
}

impl View for Show {
    fn title(&self) -> String {
        self.kind.clone()
    }
}
