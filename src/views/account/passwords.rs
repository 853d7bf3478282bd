//! A new password.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::{Head, View, filters};

/// The page a reset link opens.
#[derive(Template)]
#[template(path = "account/passwords/edit.html")]
pub struct Edit {
    /// What was typed.
    pub form: Fields,
    /// What the link carries, if a script sent it along; the page keeps it in a cookie.
    pub token: String,
}

impl View for Edit {
    fn title(&self) -> String {
        let title = "Choose a new password";
        if self.form.is_good() { title.to_owned() } else { format!("Error: {title}") }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
