//! The outbox.

use askama::Template;

use super::Pill;
use crate::forms::Fields;
use crate::paths;
use crate::support::page::Stretch;
use crate::views::{View, When, filters};

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
    /// `Sent` (good), `Not sent` or `Waiting` (warn), `Refused` or `Failed` (bad).
    pub state: Pill,
    /// Why it was not sent; may be empty.
    pub note: String,
    /// When it was written.
    pub when: When,
}

/// A letter.
#[derive(Template)]
#[template(path = "admin/letters/show.html")]
pub struct Show {
    /// Who gets it.
    pub to: String,
    /// Where an answer goes; empty for the shop.
    pub reply_to: String,
    /// What it is about.
    pub subject: String,
    /// `Sent` (good), `Not sent` or `Waiting` (warn), `Refused` or `Failed` (bad).
    pub state: Pill,
    /// When it was written.
    pub when: When,
    /// When the mail server took it.
    pub sent: Option<When>,
    /// When it is tried again.
    pub next_try: Option<When>,
    /// The order it is about.
    pub about: Option<About>,
    /// Address of the letter itself, for a frame.
    pub body_src: String,
    /// The letter without markup.
    pub text: String,
    /// What is wrong, in a few words; empty for nothing.
    pub heading: &'static str,
    /// Why; may be empty.
    pub note: String,
    /// Somebody has to do something about it.
    pub is_bad: bool,
    /// Where to send it again; none for those who may not.
    pub send: Option<String>,
    /// What that button says.
    pub send_word: &'static str,
    /// Where to leave it; none when there is nothing to leave.
    pub leave: Option<String>,
    /// Another address; none for those who may not.
    pub change: Option<Change>,
}

/// The order that a letter is about.
#[derive(Clone, Debug)]
pub struct About {
    /// Its page.
    pub href: String,
    /// `Order 1001`.
    pub name: String,
}

/// The form for another address.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it is sent.
    pub action: String,
    /// The fields: `email`, `correct_order`.
    pub form: Fields,
    /// The order can be given the address as well.
    pub offers_order: bool,
}

/// A letter whose markup is gone.
#[derive(Template)]
#[template(path = "admin/letters/body.html")]
pub struct Body {
    text: String,
}

impl Body {
    /// Its text as a page.
    ///
    /// # Errors
    /// When the template cannot be rendered.
    pub fn html(text: String) -> askama::Result<String> {
        Body { text }.render()
    }
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
