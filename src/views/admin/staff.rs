//! The list of staff accounts.

use askama::Template;

use crate::paths;
use crate::views::{DateTime, View};

#[derive(Template)]
#[template(path = "admin/staff/index.html")]
pub struct Index {
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
        "Staff".to_owned()
    }
}
