//! The outbox.

use askama::Template;

use super::Pill;
use crate::paths;
use crate::support::page::Stretch;
use crate::views::{View, When};

/// The outbox.
#[derive(Template)]
#[template(path = "admin/letters/index.html")]
pub struct Index {
    /// The letters, the newest first.
    pub rows: Stretch<Row>,
    /// Whether letters are sent at all.
    pub smtp_is_set: bool,
}

/// A letter in the outbox.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its page.
    pub href: String,
    /// Who gets it.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// `Sent` (good), `Kept` or `Waiting` (warn), `Failed` (bad).
    pub state: Pill,
    /// When it was written.
    pub when: When,
}

/// A letter.
#[derive(Template)]
#[template(path = "admin/letters/show.html")]
pub struct Show {
    /// Who gets it.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// `Sent` (good), `Kept` or `Waiting` (warn), `Failed` (bad).
    pub state: Pill,
    /// When it was written.
    pub when: When,
    /// Address of the letter itself, for a frame.
    pub body_src: String,
    /// The letter without markup.
    pub text: String,
    /// Why it could not be sent.
    pub error: Option<String>,
}

impl View for Index {
    fn title(&self) -> String {
        "Outbox".to_owned()
    }
}

impl View for Show {
    fn title(&self) -> String {
        self.subject.clone()
    }
}
