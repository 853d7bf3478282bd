//! New recovery codes, shown once.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View};

#[derive(Template)]
#[template(path = "account/recovery_codes/show.html")]
pub struct Show {
    pub t: Locale,
    /// Empty when they have been shown.
    pub codes: Vec<String>,
}

impl View for Show {
    fn title(&self) -> String {
        self.t.two_factor_codes_new_title().to_owned()
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
