//! The webhook inbox.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::CursorPage;
use crate::views::admin::Pill;
use crate::views::{DateTime, View};

#[derive(Template)]
#[template(path = "admin/sales/webhooks/index.html")]
pub struct Index {
    pub t: Locale,
    pub rows: CursorPage<Row>,
    pub card_payments: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub kind: String,
    pub from: String,
    pub state: Pill,
    pub outcome: String,
    pub when: DateTime,
}

#[derive(Template)]
#[template(path = "admin/sales/webhooks/show.html")]
pub struct Show {
    pub t: Locale,
    pub kind: String,
    pub from: String,
    pub event: String,
    /// The provider's id of the object that the event is about.
    pub about: String,
    pub state: Pill,
    pub outcome: String,
    pub attempts: i64,
    pub when: DateTime,
    pub payload: String,
    /// Where to queue it for processing again; `None` if that is not possible.
    pub replay: Option<String>,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_webhook_title().to_owned()
    }
}

impl View for Show {
    fn title(&self) -> String {
        self.kind.clone()
    }
}
