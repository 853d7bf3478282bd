//! What people see when something did not work.

use askama::Template;

use crate::paths;
use crate::views::{Head, View};

/// An error in words.
#[derive(Template)]
#[template(path = "errors/error.html")]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: u16,
    /// What it is, in a few words.
    pub heading: String,
    /// What to do about it.
    pub message: String,
    /// What the request is called in the log.
    pub request_id: String,
    /// When trying again makes sense: "Please wait two minutes."
    pub retry: Option<String>,
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
    /// Something that is not there can be searched for.
    fn has_search(&self) -> bool {
        self.status == 404
    }

    /// Our fault: the same page may work in a minute.
    fn is_ours(&self) -> bool {
        self.status >= 500
    }
}
