//! Posts: the list and the single post.

use askama::Template;
use serde_json::{Value, json};

use crate::paths;
use crate::support::i18n::Locale;
use crate::support::pagination::Page;
use crate::views::{DateTime, Head, Link, Picture, View, filters};

#[derive(Template)]
#[template(path = "blog/posts/index.html")]
pub struct Index {
    pub t: Locale,
    pub heading: String,
    pub description: String,
    pub posts: Page<Card>,
    pub tags: Vec<Link>,
}

#[derive(Clone, Debug)]
pub struct Card {
    pub href: String,
    pub title: String,
    /// Names the cover for the view transition to the post.
    pub slug: String,
    pub tag: Option<String>,
    pub published: DateTime,
    pub reading_minutes: i32,
    pub excerpt: String,
    pub cover: Option<Picture>,
}

#[derive(Template)]
#[template(path = "blog/posts/show.html")]
pub struct Show {
    pub t: Locale,
    pub title: String,
    pub slug: String,
    pub excerpt: String,
    pub description: String,
    pub author: String,
    pub about_author: AuthorBox,
    pub published: Option<DateTime>,
    /// The last change, if it is at least a day after publication.
    pub updated: Option<DateTime>,
    pub reading_minutes: i32,
    pub cover: Option<Picture>,
    pub cover_caption: String,
    /// Sanitised HTML.
    pub body_html: String,
    pub contents: Vec<Heading>,
    pub tags: Vec<Link>,
    pub previous: Option<Link>,
    pub next: Option<Link>,
    pub related: Vec<Card>,
    /// Set only in the editor's preview.
    pub preview: Option<Preview>,
}

/// What the author says about themselves.
#[derive(Clone, Debug, Default)]
pub struct AuthorBox {
    /// Several lines; empty if they have written nothing.
    pub bio: String,
    pub picture: Option<Picture>,
}

#[derive(Clone, Debug, Default)]
pub struct Preview {
    pub problem: String,
    pub notes: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Heading {
    pub id: String,
    pub text: String,
    /// 2 for `<h2>` and so on.
    pub level: u8,
}

impl View for Index {
    fn title(&self) -> String {
        match self.posts.number {
            1 => self.heading.clone(),
            number => self.t.common_title_with_page(&self.heading, number),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::with_page(paths::blog(), self.posts.number)),
            description: self.description.clone(),
            og_type: Some("website"),
            ..Head::default()
        }
    }
}

impl Index {
    /// The first page displays the newest post larger.
    fn has_lead(&self) -> bool {
        self.posts.number == 1
    }
}

impl View for Show {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn head(&self) -> Head {
        Head {
            canonical: self.preview.is_none().then(|| paths::post(&self.slug)),
            description: self.description.clone(),
            picture: self.cover.as_ref().map(|picture| picture.src.clone()),
            json_ld: self.preview.is_none().then(|| self.json_ld()),
            noindex: self.preview.is_some(),
            og_type: Some("article"),
        }
    }
}

impl Show {
    /// The `<h2>` headings if there are at least three; fewer need no table of contents.
    fn outline(&self) -> Vec<&Heading> {
        let top: Vec<&Heading> = self.contents.iter().filter(|heading| heading.level == 2).collect();
        if top.len() < 3 { Vec::new() } else { top }
    }

    fn initials(&self) -> String {
        self.author.split_whitespace().filter_map(|name| name.chars().next()).take(2).collect()
    }

    /// <https://schema.org/BlogPosting>.
    fn json_ld(&self) -> Value {
        let published = self.published.as_ref().map(|when| when.iso.as_str());
        let updated = self.updated.as_ref().map(|when| when.iso.as_str());
        json!({
            "@context": "https://schema.org",
            "@type": "BlogPosting",
            "headline": self.title,
            "description": self.description,
            "url": paths::post(&self.slug),
            "image": self.cover.iter().map(|picture| picture.src.as_str()).collect::<Vec<_>>(),
            "datePublished": published,
            "dateModified": updated.or(published),
            "author": {
                "@type": "Person",
                "name": self.author,
                "description": Some(self.about_author.bio.as_str()).filter(|bio| !bio.is_empty()),
                "image": self.about_author.picture.as_ref().map(|picture| picture.src.as_str()),
            },
        })
    }
}
