//! The first setup.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account::{self, limits};
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::views::{Head, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "account/setups/new.html")]
pub struct New {
    pub t: Locale,
    pub form: Fields,
    pub key: String,
    pub currencies: Vec<SelectOption>,
    pub countries: Vec<SelectOption>,
}

impl View for New {
    fn title(&self) -> String {
        let title = self.t.account_setup_title();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl New {
    fn starts_empty(&self) -> bool {
        self.form.has_value("content", "empty")
    }
}
