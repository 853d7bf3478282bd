//! The first start.

use askama::Template;

use crate::forms::Fields;
use crate::paths;
use crate::views::{Head, View, filters};

/// The page that creates the site and its owner.
#[derive(Template)]
#[template(path = "account/setups/new.html")]
pub struct New {
    /// What was typed.
    pub form: Fields,
    /// The key the program printed.
    pub key: String,
    /// Currencies: code and name.
    pub currencies: Vec<(String, String)>,
    /// Countries: code and name.
    pub countries: Vec<(String, String)>,
}

impl View for New {
    fn title(&self) -> String {
        let title = "Create your site";
        if self.form.is_good() { title.to_owned() } else { format!("Error: {title}") }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl New {
    /// Whether to begin without the sample shop.
    fn starts_empty(&self) -> bool {
        self.form.is("content", "empty")
    }
}
