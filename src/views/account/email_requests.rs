//! Pages that ask for an address to send something to.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/email_request.html")]
pub struct EmailRequestPage {
    pub t: Locale,
    pub form: Fields,
    pub title: &'static str,
    pub note: &'static str,
    pub button: &'static str,
    pub action: &'static str,
}

impl View for EmailRequestPage {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.title)
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
