//! Choosing a new password.

use askama::Template;

use super::password_hint;
use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/passwords/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    /// The reset token as the form sent it, which only scripts do: browsers carry it in a cookie.
    pub token: String,
    /// Characters of the new password.
    pub min_length: usize,
}

impl Edit {
    fn min_length(&self) -> usize {
        self.min_length
    }

    fn hint(&self) -> &'static str {
        password_hint(self.t, self.min_length)
    }
}

impl View for Edit {
    fn title(&self) -> String {
        let title = self.t.account_new_password_title();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
