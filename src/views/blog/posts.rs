//! Posts: the list and the single page.

use askama::Template;
use serde_json::{Value, json};

use crate::paths;
use crate::support::page::Page;
use crate::views::{Head, Link, Picture, View, When, filters};

/// The list of posts.
#[derive(Template)]
#[template(path = "blog/posts/index.html")]
pub struct Index {
    /// "Blog".
    pub heading: String,
    /// A few words below; may be empty.
    pub description: String,
    /// The posts of this page.
    pub posts: Page<Card>,
    /// All tags.
    pub tags: Vec<Link>,
}

/// A post in a list.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// Its address, for the picture that travels to the page.
    pub slug: String,
    /// Its first tag.
    pub tag: Option<String>,
    /// When it came out.
    pub published: When,
    /// How long reading takes.
    pub reading_minutes: i32,
    /// One or two sentences; may be empty.
    pub standfirst: String,
    /// Its picture.
    pub cover: Option<Picture>,
}

/// A post.
#[derive(Template)]
#[template(path = "blog/posts/show.html")]
pub struct Show {
    /// Its title.
    pub title: String,
    /// Its address.
    pub slug: String,
    /// One or two sentences that somebody wrote; may be empty.
    pub standfirst: String,
    /// One or two sentences for search engines.
    pub description: String,
    /// Who wrote it; may be empty.
    pub author: String,
    /// When it came out; nothing before it did.
    pub published: Option<When>,
    /// When it was last changed, if that matters.
    pub updated: Option<When>,
    /// How long reading takes.
    pub reading_minutes: i32,
    /// Its picture.
    pub cover: Option<Picture>,
    /// Words below the picture; may be empty.
    pub cover_caption: String,
    /// The text, cleaned.
    pub body_html: String,
    /// Its headings.
    pub contents: Vec<Heading>,
    /// Its tags.
    pub tags: Vec<Link>,
    /// The post before.
    pub previous: Option<Link>,
    /// The post after.
    pub next: Option<Link>,
    /// Others to read.
    pub related: Vec<Card>,
    /// For its writer only: not on the site yet.
    pub preview: Option<Preview>,
}

/// What a preview says to the writer of a post.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Why the text cannot be shown; may be empty.
    pub problem: String,
    /// What the writer should know about the text.
    pub notes: Vec<String>,
}

/// A heading of a post.
#[derive(Clone, Debug)]
pub struct Heading {
    /// Its anchor.
    pub id: String,
    /// Its words.
    pub text: String,
    /// Two, three …
    pub level: u8,
}

impl View for Index {
    fn title(&self) -> String {
        match self.posts.number {
            1 => self.heading.clone(),
            number => format!("{}, page {number}", self.heading),
        }
    }

    fn head(&self) -> Head {
        Head {
            canonical: Some(paths::with_page(paths::blog(), self.posts.number)),
            description: self.description.clone(),
            kind: Some("website"),
            ..Head::default()
        }
    }
}

impl Index {
    /// The newest post stands out on the first page.
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
            kind: Some("article"),
        }
    }
}

impl Show {
    /// The headings worth a list: those of the first level, when there are at least three.
    fn outline(&self) -> Vec<&Heading> {
        let top: Vec<&Heading> = self.contents.iter().filter(|heading| heading.level == 2).collect();
        if top.len() < 3 { Vec::new() } else { top }
    }

    /// "9 minutes".
    fn reading_time(&self) -> String {
        if self.reading_minutes <= 1 { "1 minute".to_owned() } else { format!("{} minutes", self.reading_minutes) }
    }

    /// The first letters of the author's names.
    fn initials(&self) -> String {
        self.author.split_whitespace().filter_map(|name| name.chars().next()).take(2).collect()
    }

    /// The post for search engines: <https://schema.org/BlogPosting>.
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
            "author": { "@type": "Person", "name": self.author },
        })
    }
}
