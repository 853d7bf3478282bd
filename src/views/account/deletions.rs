//! The page that deletes an account.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/deletions/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    /// Without one, the page leads to the form for a new one.
    pub has_password: bool,
}

impl View for New {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.t.account_page_delete_account())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
