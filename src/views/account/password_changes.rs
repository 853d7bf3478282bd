//! A new password for a signed-in account.

use askama::Template;

use super::password_hint;
use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/password_changes/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    /// Without one, the page leads to the form for a new one.
    pub has_password: bool,
    /// Characters of the new password.
    pub min_length: usize,
}

impl View for New {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.t.account_security_change_password())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}

impl New {
    fn min_length(&self) -> usize {
        self.min_length
    }

    fn hint(&self) -> &'static str {
        password_hint(self.t, self.min_length)
    }
}
