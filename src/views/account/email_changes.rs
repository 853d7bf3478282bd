//! A new email address.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/email_changes/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    /// The present address.
    pub current: String,
}

impl View for New {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.t.account_page_change_email())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
