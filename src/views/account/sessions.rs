//! The log-in page.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/sessions/new.html")]
pub struct New {
    pub form: Fields,
    /// Path to redirect to after log-in; empty for the default.
    pub next: String,
}

impl View for New {
    fn title(&self) -> String {
        if self.form.is_valid() { "Log in".to_owned() } else { "Error: Log in".to_owned() }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::login().to_owned()),
            description: "Log in to see your orders and details, or to manage this site.".to_owned(),
            ..Head::default()
        }
    }
}
