//! Logging in.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::{Head, View, filters};

/// The login page.
#[derive(Template)]
#[template(path = "account/sessions/new.html")]
pub struct New {
    /// What was typed.
    pub form: Fields,
    /// The path to go to afterwards; empty for none.
    pub next: String,
}

impl View for New {
    fn title(&self) -> String {
        if self.form.is_good() { "Log in".to_owned() } else { "Error: Log in".to_owned() }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::login().to_owned()),
            description: "Log in to see your orders and details, or to look after this site.".to_owned(),
            ..Head::default()
        }
    }
}
