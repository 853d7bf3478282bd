//! The posts under a tag.

use askama::Template;

use crate::paths;
use crate::support::page::Page;
use crate::views::blog::posts::Card;
use crate::views::{Head, Link, View};

/// The posts under a tag.
#[derive(Template)]
#[template(path = "blog/tags/show.html")]
pub struct Show {
    /// The tag.
    pub name: String,
    /// Its address.
    pub slug: String,
    /// A few words; may be empty.
    pub description: String,
    /// The posts of this page.
    pub posts: Page<Card>,
    /// All tags.
    pub tags: Vec<Link>,
}

impl View for Show {
    fn title(&self) -> String {
        match self.posts.number {
            1 => self.name.clone(),
            number => format!("{}, page {number}", self.name),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::with_page(&self.path(), self.posts.number)),
            description: self.description.clone(),
            kind: Some("website"),
            ..Head::default()
        }
    }
}

impl Show {
    /// The list's own path.
    fn path(&self) -> String {
        paths::tag(&self.slug)
    }
}
