//! The front page.

use askama::Template;

use crate::paths;
use crate::support::i18n::Locale;
use crate::views::blog::posts;
use crate::views::shop::products::Card;
use crate::views::{Head, Link, Picture, View};

#[derive(Template)]
#[template(path = "shop/home/show.html")]
pub struct Show {
    pub t: Locale,
    pub hero: Hero,
    pub promises: Vec<Promise>,
    pub featured: Vec<Card>,
    pub story: Option<Story>,
    pub latest: Vec<posts::Card>,
    pub description: String,
}

#[derive(Clone, Debug)]
pub struct Hero {
    pub title: String,
    pub text: String,
    pub picture: Option<Picture>,
    pub action: Option<Link>,
}

#[derive(Clone, Debug)]
pub struct Promise {
    /// Name of an icon: `truck`, `map-pin`, `receipt`.
    pub icon: &'static str,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Story {
    pub title: String,
    pub text: String,
    pub picture: Option<Picture>,
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
            og_type: Some("website"),
            ..Head::default()
        }
    }
}

impl Show {
    fn is_bare(&self) -> bool {
        self.featured.is_empty() && self.latest.is_empty()
    }
}
