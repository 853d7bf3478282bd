//! The list of staff accounts.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{DateTime, View};

#[derive(Template)]
#[template(path = "admin/people/staff/index.html")]
pub struct Index {
    pub t: Locale,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub email: String,
    pub role: String,
    pub last_login: Option<DateTime>,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_staff_title().to_owned()
    }
}

impl Index {
    fn count(&self) -> usize {
        self.rows.len()
    }
}
