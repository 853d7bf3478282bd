//! Consents and stored data of a customer.

use askama::Template;

use super::{form_title, unlisted};
use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/privacy/show.html")]
pub struct Show {
    pub t: Locale,
    pub form: Fields,
}

impl View for Show {
    fn title(&self) -> String {
        form_title(self.t, &self.form, self.t.account_page_privacy())
    }

    fn head(&self) -> Head {
        unlisted()
    }
}

#[derive(Template)]
#[template(path = "account/privacy/data.html")]
pub struct PersonalDataPage {
    pub t: Locale,
    pub sections: Vec<DataSection>,
}

/// One kind of stored data, one entry per line.
#[derive(Clone, Debug)]
pub struct DataSection {
    pub title: &'static str,
    pub lines: Vec<String>,
}

impl View for PersonalDataPage {
    fn title(&self) -> String {
        self.t.account_page_your_data().to_owned()
    }

    fn head(&self) -> Head {
        unlisted()
    }
}
