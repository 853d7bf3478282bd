//! The outbox.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::CursorPage;
use crate::views::admin::Pill;
use crate::views::{DateTime, View, filters};

#[derive(Template)]
#[template(path = "admin/platform/emails/index.html")]
pub struct Index {
    pub t: Locale,
    pub rows: CursorPage<Row>,
    /// Whether SMTP is configured; otherwise emails are only stored.
    pub smtp_is_set: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub to: String,
    pub subject: String,
    pub state: Pill,
    pub note: String,
    pub when: DateTime,
}

#[derive(Template)]
#[template(path = "admin/platform/emails/show.html")]
pub struct Show {
    pub t: Locale,
    pub to: String,
    /// Reply-To; empty for the shop's address.
    pub reply_to: String,
    pub subject: String,
    pub state: Pill,
    pub when: DateTime,
    pub sent: Option<DateTime>,
    pub next_try: Option<DateTime>,
    pub about: Option<OrderLink>,
    pub body_src: String,
    pub text: String,
    pub heading: &'static str,
    pub note: String,
    pub is_bad: bool,
    /// Where to send it again; `None` without the permission.
    pub send: Option<String>,
    pub send_word: &'static str,
    /// Where to dismiss the failure; `None` if it did not fail.
    pub dismiss_href: Option<String>,
    pub change: Option<RecipientChange>,
}

#[derive(Clone, Debug)]
pub struct OrderLink {
    pub href: String,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct RecipientChange {
    pub action: String,
    pub form: Fields,
    /// The email went to the order's address, so that can be corrected too.
    pub can_update_order: bool,
}

/// An email of which only the plain text is stored.
#[derive(Template)]
#[template(path = "admin/platform/emails/body.html")]
pub struct Body {
    t: Locale,
    text: String,
}

impl Body {
    pub fn render_text(t: Locale, text: String) -> askama::Result<String> {
        Body { t, text }.render()
    }
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_email_title().to_owned()
    }
}

impl View for Show {
    fn title(&self) -> String {
        self.subject.clone()
    }
}
