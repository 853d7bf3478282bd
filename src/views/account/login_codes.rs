//! Typing the code that was sent to log in.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/login_codes/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    /// Whether the link was opened in this browser too.
    pub has_link: bool,
}

impl View for Edit {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.t.account_page_enter_code())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
