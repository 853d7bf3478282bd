//! Name and language of an account.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::forms::account::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "account/profiles/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub form: Fields,
    pub email: String,
    pub locales: Vec<SelectOption>,
}

impl View for Edit {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.t.account_page_profile())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
