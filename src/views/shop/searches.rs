//! The search page.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::blog::posts;
use crate::views::shop::products::Card;
use crate::views::{Head, Link, View};

#[derive(Template)]
#[template(path = "shop/searches/index.html")]
pub struct Index {
    pub t: Locale,
    pub words: String,
    pub products: Vec<Card>,
    pub posts: Vec<posts::Card>,
    pub pages: Vec<Link>,
}

impl View for Index {
    fn title(&self) -> String {
        match self.words.as_str() {
            "" => self.t.shop_search_title().to_owned(),
            words => self.t.shop_search_title_for(words),
        }
    }

    fn head(&self) -> Head {
        Head { noindex: true, ..Head::default() }
    }
}

impl Index {
    fn is_fruitless(&self) -> bool {
        self.products.is_empty() && self.posts.is_empty() && self.pages.is_empty()
    }

    fn found<T>(&self, results: &[T]) -> String {
        self.t.shop_found(results.len())
    }
}
