//! The page of an emailed link, with the button that uses it.

use askama::Template;

use super::unlisted;

use crate::support::i18n::Locale;
use crate::views::{Head, View};

#[derive(Template)]
#[template(path = "account/link_confirmation.html")]
pub struct LinkConfirmation {
    pub t: Locale,
    pub title: &'static str,
    pub note: String,
    pub button: &'static str,
    pub action: &'static str,
}

impl View for LinkConfirmation {
    fn title(&self) -> String {
        self.title.to_owned()
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
