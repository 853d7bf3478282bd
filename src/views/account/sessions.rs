//! The log-in page.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::views::account::identity_logins::ProviderButton;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/sessions/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    /// Path to redirect to after log-in; empty for the default.
    pub next: String,
    /// Whether passkeys can be used here.
    pub has_passkeys: bool,
    /// Identity providers.
    pub providers: Vec<ProviderButton>,
}

impl New {
    /// Keeps the path to redirect to.
    fn register_href(&self) -> String {
        match self.next.as_str() {
            "" => paths::account::register().to_owned(),
            next => paths::with_query_param(paths::account::register(), "next", next),
        }
    }
}

impl View for New {
    fn title(&self) -> String {
        let title = self.t.common_log_in();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::login().to_owned()),
            description: self.t.account_log_in_description().to_owned(),
            ..Head::default()
        }
    }
}
