//! Identity providers.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account::limits;
use crate::forms::admin::people::identity_providers::MAX_VALUE;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::admin::{self, Pill};
use crate::views::{SelectOption, View, filters};

#[derive(Template)]
#[template(path = "admin/people/identity_providers/index.html")]
pub struct Index {
    pub t: Locale,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub name: String,
    pub issuer: String,
    pub status: Pill,
    /// How many accounts log in with it.
    pub accounts: i64,
}

#[derive(Template)]
#[template(path = "admin/people/identity_providers/edit.html")]
pub struct Edit {
    pub t: Locale,
    /// Fields: `name`, `issuer`, `client_id`, `client_secret`, `status`, `lock_version`.
    pub form: Fields,
    /// `None` for a new one.
    pub id: Option<String>,
    /// Absolute URL that the provider has to know.
    pub callback: String,
    pub statuses: Vec<SelectOption>,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.identity_admin_title().to_owned()
    }
}

impl Index {
    fn count(&self) -> usize {
        self.rows.len()
    }
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.heading())
    }
}

impl Edit {
    fn heading(&self) -> &'static str {
        if self.id.is_some() { self.t.identity_admin_edit_title() } else { self.t.identity_admin_new_title() }
    }

    fn action(&self) -> String {
        self.id
            .as_deref()
            .map_or_else(|| paths::admin::new_identity_provider().to_owned(), paths::admin::identity_provider)
    }

    fn secret_hint(&self) -> &'static str {
        if self.id.is_some() { self.t.identity_admin_secret_kept() } else { self.t.identity_admin_secret_hint() }
    }

    fn issuer_hint(&self) -> &'static str {
        if self.id.is_some() { self.t.identity_admin_issuer_kept() } else { self.t.identity_admin_issuer_hint() }
    }

    fn saved_words(&self) -> &'static str {
        admin::saved_words(self.t, &self.form, self.id.is_some())
    }
}
