//! Registration of a customer.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::forms::account::{self, limits};
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/registrations/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    /// Path to redirect to after the first log-in; empty for the default.
    pub next: String,
}

impl View for New {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.t.account_page_create_account())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
