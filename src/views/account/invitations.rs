//! The page where an invited person chooses a password.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account::{self, limits};
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/invitations/new.html")]
pub struct New {
    pub t: Locale,
    /// Fields: `name`, `password`.
    pub form: Fields,
    pub site: String,
    pub role: &'static str,
    pub email: String,
}

impl View for New {
    fn title(&self) -> String {
        let title = self.t.invitation_title(&self.site);
        if self.form.is_valid() { title } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
