//! The matrix of roles and permissions.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{View, admin, filters};

#[derive(Template)]
#[template(path = "admin/people/roles/edit.html")]
pub struct Edit {
    pub t: Locale,
    /// For each role a field of its name, with its permissions as values.
    pub form: Fields,
    pub roles: Vec<&'static str>,
    pub rows: Vec<Row>,
    /// To detect that somebody else has changed them.
    pub version: i64,
}

/// A permission.
#[derive(Clone, Debug)]
pub struct Row {
    pub label: &'static str,
    /// One for each role.
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug)]
pub struct Cell {
    pub name: &'static str,
    pub value: &'static str,
    pub label: String,
    pub is_granted: bool,
    pub can_change: bool,
}

impl View for Edit {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.t.admin_role_title())
    }
}
