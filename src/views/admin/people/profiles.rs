//! The own profile.

use askama::Template;

use crate::forms::Fields;
use crate::forms::admin::people::profiles::limits;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{SelectOption, View, admin, filters};

#[derive(Template)]
#[template(path = "admin/people/profiles/edit.html")]
pub struct Edit {
    pub t: Locale,
    /// Fields: `name`, `bio`, `picture`, `time_zone`, `locale`, `lock_version`.
    pub form: Fields,
    pub email: String,
    /// The newest pictures of the library, by public id.
    pub pictures: Vec<SelectOption>,
    pub time_zones: Vec<SelectOption>,
    pub locales: Vec<SelectOption>,
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.t.admin_profile_title())
    }
}
