//! The search page.

use askama::Template;

use crate::paths;
use crate::views::blog::posts;
use crate::views::shop::products::Card;
use crate::views::{Head, Link, View};

#[derive(Template)]
#[template(path = "shop/searches/index.html")]
pub struct Index {
    /// The query; empty if nothing was searched for.
    pub words: String,
    pub products: Vec<Card>,
    pub posts: Vec<posts::Card>,
    pub pages: Vec<Link>,
}

impl View for Index {
    fn title(&self) -> String {
        if self.words.is_empty() { "Search".to_owned() } else { format!("Search: {}", self.words) }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl Index {
    /// Whether nothing was found.
    fn is_fruitless(&self) -> bool {
        self.products.is_empty() && self.posts.is_empty() && self.pages.is_empty()
    }
}
