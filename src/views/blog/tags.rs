//! The posts of a tag.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::Page;
use crate::views::blog::posts::Card;
use crate::views::{Head, Link, View};

#[derive(Template)]
#[template(path = "blog/tags/show.html")]
pub struct Show {
    pub t: Locale,
    pub name: String,
    pub slug: String,
    pub description: String,
    pub posts: Page<Card>,
    pub tags: Vec<Link>,
}

impl View for Show {
    fn title(&self) -> String {
        match self.posts.number {
            1 => self.name.clone(),
            number => self.t.common_title_with_page(&self.name, number),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::with_page(&self.path(), self.posts.number)),
            description: self.description.clone(),
            og_type: Some("website"),
            ..Head::default()
        }
    }
}

impl Show {
    fn path(&self) -> String {
        paths::tag(&self.slug)
    }
}
