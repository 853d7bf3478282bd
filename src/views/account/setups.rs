//! The first setup.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::{Head, View, filters};

#[derive(Template)]
#[template(path = "account/setups/new.html")]
pub struct New {
    pub form: Fields,
    /// The setup key that the server printed.
    pub key: String,
    /// Code and name.
    pub currencies: Vec<(String, String)>,
    /// Code and name.
    pub countries: Vec<(String, String)>,
}

impl View for New {
    fn title(&self) -> String {
        let title = "Create your site";
        if self.form.is_valid() { title.to_owned() } else { format!("Error: {title}") }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl New {
    fn starts_empty(&self) -> bool {
        self.form.has_value("content", "empty")
    }
}
