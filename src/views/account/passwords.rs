//! Choosing a new password.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/passwords/edit.html")]
pub struct Edit {
    pub form: Fields,
    /// The reset token as the form sent it, which only scripts do: browsers carry it in a cookie.
    pub token: String,
}

impl View for Edit {
    fn title(&self) -> String {
        let title = "Choose a new password";
        if self.form.is_valid() { title.to_owned() } else { format!("Error: {title}") }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}
