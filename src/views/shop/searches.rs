//! The search page.

use askama::Template;

use crate::paths;
use crate::views::blog::posts;
use crate::views::shop::products::Card;
use crate::views::{Head, Link, View};

/// The search form and what was found.
#[derive(Template)]
#[template(path = "shop/searches/index.html")]
pub struct Index {
    /// What was searched for; empty when nothing was.
    pub words: String,
    /// Products found.
    pub products: Vec<Card>,
    /// Posts found.
    pub posts: Vec<posts::Card>,
    /// Pages found.
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
    /// Searched in vain.
    fn is_fruitless(&self) -> bool {
        self.products.is_empty() && self.posts.is_empty() && self.pages.is_empty()
    }
}
