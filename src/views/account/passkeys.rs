//! Passkeys of an account.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::support::ids::PasskeyId;
use crate::views::{DateTime, Head, View, filters};

#[derive(Template)]
#[template(path = "account/passkeys/index.html")]
pub struct Index {
    pub t: Locale,
    pub passkeys: Vec<Row>,
    /// False if the site's address allows no passkeys.
    pub is_available: bool,
    /// The form for a new one: `name`, and what the script fills in.
    pub form: Fields,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub id: PasskeyId,
    pub name: String,
    pub added: DateTime,
    pub last_used: Option<DateTime>,
}

#[derive(Template)]
#[template(path = "account/passkeys/edit.html")]
pub struct Edit {
    pub t: Locale,
    pub passkey: Row,
    pub form: Fields,
}

impl View for Index {
    fn title(&self) -> String {
        let title = self.t.passkey_title();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl View for Edit {
    fn title(&self) -> String {
        let title = self.t.passkey_edit_title();
        if self.form.is_valid() { title.to_owned() } else { self.t.common_error_title(title) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
