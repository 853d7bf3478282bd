//! The site's pages: about, imprint, terms.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::{Head, Picture, View, filters};

#[derive(Template)]
#[template(path = "blog/pages/show.html")]
pub struct Show {
    pub t: Locale,
    pub title: String,
    pub slug: String,
    pub excerpt: String,
    pub description: String,
    pub cover: Option<Picture>,
    /// Sanitised HTML.
    pub body_html: String,
}

impl View for Show {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::page(&self.slug)),
            description: self.description.clone(),
            picture: self.cover.as_ref().map(|picture| picture.src.clone()),
            og_type: Some("website"),
            ..Head::default()
        }
    }
}
