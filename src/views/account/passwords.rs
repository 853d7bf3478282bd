//! Choosing a new password.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account;
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
