//! The error page.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View};

#[derive(Template)]
#[template(path = "errors/error.html")]
pub struct ErrorPage {
    pub t: Locale,
    pub status: u16,
    pub heading: String,
    pub message: String,
    pub request_id: String,
}

impl View for ErrorPage {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl ErrorPage {
    fn has_search(&self) -> bool {
        self.status == 404
    }

    /// A server error: retrying may help.
    fn is_ours(&self) -> bool {
        self.status >= 500
    }
}
