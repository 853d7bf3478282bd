//! The people who run the site.

use askama::Template;

use crate::paths;
use crate::views::{View, When};

/// Everybody with an admin account.
#[derive(Template)]
#[template(path = "admin/staff/index.html")]
pub struct Index {
    /// By name.
    pub rows: Vec<Row>,
}

/// Somebody with an admin account.
#[derive(Clone, Debug)]
pub struct Row {
    /// Their name.
    pub name: String,
    /// Where they read mail.
    pub email: String,
    /// `Shop manager`.
    pub role: String,
    /// When they last logged in.
    pub last_login: Option<When>,
}

impl View for Index {
    fn title(&self) -> String {
        "Staff".to_owned()
    }
}
