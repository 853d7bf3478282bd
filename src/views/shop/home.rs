//! The front page.

use askama::Template;

use crate::paths;
use crate::views::blog::posts;
use crate::views::shop::products::Card;
use crate::views::{Head, Link, Picture, View};

/// The front page.
#[derive(Template)]
#[template(path = "shop/home/show.html")]
pub struct Show {
    /// What greets the visitor.
    pub hero: Hero,
    /// What the visitor can count on; may be empty.
    pub promises: Vec<Promise>,
    /// Products to begin with.
    pub featured: Vec<Card>,
    /// Who is behind the site; may be missing.
    pub story: Option<Story>,
    /// The newest posts.
    pub latest: Vec<posts::Card>,
    /// One sentence for search engines.
    pub description: String,
}

/// The top of the front page.
#[derive(Clone, Debug)]
pub struct Hero {
    /// Large words.
    pub title: String,
    /// Smaller words; may be empty.
    pub text: String,
    /// A picture beside them.
    pub picture: Option<Picture>,
    /// Where to go.
    pub action: Option<Link>,
}

/// A reason to trust the shop.
#[derive(Clone, Debug)]
pub struct Promise {
    /// A drawing's name: `clock`, `truck`, `rotate`, `leaf`, `lock`, `check`.
    pub icon: &'static str,
    /// A few words.
    pub text: String,
}

/// A few words about who is behind the site.
#[derive(Clone, Debug)]
pub struct Story {
    /// A heading.
    pub title: String,
    /// A paragraph.
    pub text: String,
    /// A picture beside it.
    pub picture: Option<Picture>,
    /// Where there is more.
    pub more: Option<Link>,
}

impl View for Show {
    fn title(&self) -> String {
        String::new()
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::home().to_owned()),
            description: self.description.clone(),
            picture: self.hero.picture.as_ref().map(|picture| picture.src.clone()),
            kind: Some("website"),
            ..Head::default()
        }
    }
}

impl Show {
    /// Nothing to buy and nothing to read.
    fn is_bare(&self) -> bool {
        self.featured.is_empty() && self.latest.is_empty()
    }
}
