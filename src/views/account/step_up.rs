//! The page that asks for the password before a sensitive action.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{View, filters};

#[derive(Template)]
#[template(path = "account/step_up.html")]
pub struct StepUp {
    pub t: Locale,
    pub form: Fields,
    /// Path of the form that is repeated.
    pub action: String,
    pub hidden: Vec<(String, String)>,
    /// False for an account that logs in with an identity provider only.
    pub has_password: bool,
}

impl View for StepUp {
    fn title(&self) -> String {
        let title = self.t.account_step_up_title();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }
}
