//! Pages of the site: about, imprint, terms.

use askama::Template;

use crate::paths;
use crate::views::{Head, Picture, View, filters};

/// A page of the site.
#[derive(Template)]
#[template(path = "blog/pages/show.html")]
pub struct Show {
    /// Its title.
    pub title: String,
    /// Its address.
    pub slug: String,
    /// One or two sentences that somebody wrote; may be empty.
    pub standfirst: String,
    /// One or two sentences for search engines.
    pub description: String,
    /// Its picture.
    pub cover: Option<Picture>,
    /// The text, cleaned.
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
            kind: Some("website"),
            ..Head::default()
        }
    }
}
