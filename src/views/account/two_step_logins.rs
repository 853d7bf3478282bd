//! The second step of the log-in.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/two_step_logins/new.html")]
pub struct New {
    pub t: Locale,
    /// Whether an authenticator app makes codes.
    pub has_app: bool,
    /// Whether a passkey can be used here.
    pub has_passkey: bool,
    pub form: Fields,
}

impl View for New {
    fn title(&self) -> String {
        let title = self.t.two_factor_log_in_title();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
